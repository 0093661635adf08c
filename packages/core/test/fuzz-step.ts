// Throws hostile frames at whole replicas while they work. One member's seat is taken by somebody who sends, besides what
// that member says, mutated copies of everything that was ever on the wire, and noise. Nothing may escape `step` as an
// exception, no honest replica may halt, the others must go on committing the same log, and what a replica keeps must stay bounded.
import type { FaultBounds } from "../src/committee/quorum.ts";
import { mutateBytes } from "./codec/mutate.ts";
import { Rng } from "./codec/rng.ts";
import { Desk } from "./desk.ts";

export interface StepFuzzReport {
  readonly seed: number;
  readonly frames: number;
  readonly accepted: number;
  /** How often each code of refusal came. */
  readonly refused: Readonly<Record<string, number>>;
  readonly commits: number;
  readonly pendingBlocksMax: number;
  /** What broke a law. Empty is good. */
  readonly problems: readonly string[];
}

const LIMITS = { gcDepth: 32, weakDepth: 16, checkpointCommits: 32 };
const CORPUS_MAX = 400;
const FRAMES_PER_WORLD = 5_000;
const FRAMES_PER_TURN = 50;

const CLUSTERS: readonly { readonly members: number; readonly fault: FaultBounds }[] = [
  { members: 4, fault: { crash: 0, byzantine: 1 } },
  { members: 6, fault: { crash: 1, byzantine: 1 } },
];

/** Feeds that many hostile frames in all. */
export function runStepFuzz({ seed, count }: { readonly seed: number; readonly count: number }): StepFuzzReport {
  const rng = new Rng(seed);
  const refused: Record<string, number> = {};
  const problems: string[] = [];
  let fed = 0;
  let commits = 0;
  let pendingBlocksMax = 0;
  for (let world = 0; fed < count; world++) {
    const shape = CLUSTERS[world % CLUSTERS.length]!;
    const liar = shape.members - 1;
    const desk = new Desk({ ...shape, limits: LIMITS, tuning: { retainRounds: 16 } });
    const corpus: Uint8Array[] = [];
    desk.tap = (_from, _to, bytes) => {
      if (corpus.length < CORPUS_MAX) corpus.push(bytes);
      else if (rng.chance(0.05)) corpus[rng.below(CORPUS_MAX)] = bytes;
      return bytes;
    };
    try {
      desk.run(100);
      for (let id = 0, inWorld = 0; fed < count && inWorld < FRAMES_PER_WORLD; id++) {
        desk.submit(id % liar, [id]);
        if (id % 7 === 0) desk.read((id + 1) % liar, id);
        for (let turn = 0; turn < FRAMES_PER_TURN && fed < count; turn++, fed++, inWorld++) {
          const bytes = hostileFrame(rng, corpus);
          desk.feed(rng.below(liar), {
            kind: "message",
            from: rng.chance(0.98) ? liar : shape.members + rng.below(50),
            bytes,
          });
        }
        desk.run(15);
        for (const { replica } of desk.places.slice(0, liar)) {
          pendingBlocksMax = Math.max(pendingBlocksMax, replica.status().pendingBlocks);
        }
      }
      desk.run(3_000);
    } catch (error) {
      problems.push(`world ${world}: ${error instanceof Error ? error.stack : String(error)}`);
      continue;
    }
    const honest = desk.places.slice(0, liar);
    for (const [at, { told }] of honest.entries()) {
      for (const effect of told) {
        if (effect.kind === "halt")
          problems.push(`world ${world}: replica ${at} halted: ${effect.reason} ${effect.dump}`);
        if (effect.kind === "rejected") refused[effect.rejection.code] = (refused[effect.rejection.code] ?? 0) + 1;
      }
    }
    const chains = new Map<number, string>();
    for (const { batches } of honest) {
      for (const { chainDigest, index } of batches) {
        if ((chains.get(index) ?? chainDigest) !== chainDigest)
          problems.push(`world ${world}: two logs at commit ${index}`);
        chains.set(index, chainDigest);
      }
    }
    if (chains.size === 0) problems.push(`world ${world}: nothing was committed`);
    commits += chains.size;
  }
  const refusals = Object.values(refused).reduce((sum, times) => sum + times, 0);
  return {
    seed,
    frames: fed,
    accepted: fed - Math.min(fed, refusals),
    refused,
    commits,
    pendingBlocksMax,
    problems: problems.slice(0, 10),
  };
}

function hostileFrame(rng: Rng, corpus: readonly Uint8Array[]): Uint8Array {
  if (corpus.length === 0 || rng.chance(0.1)) return rng.bytes(rng.below(200));
  const frame = corpus[rng.below(corpus.length)]!;
  // Replayed as it is now and then: somebody else's words in a liar's mouth.
  return rng.chance(0.15) ? frame : mutateBytes(rng, frame, rng.pick(corpus));
}
