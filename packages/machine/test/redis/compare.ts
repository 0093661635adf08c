// Sends the same commands to the machine and to a real Redis and compares every reply. A failure is cut down to the few
// commands that still show it, and printed with the seed that made it.
import type { Reply } from "../../src/index.ts";
import { type DriveOptions, Driver } from "../drive.ts";
import { agree } from "./agreement.ts";
import { Chance } from "./chance.ts";
import { RespClient } from "./resp-client.ts";
import { type Protocol, printWire, toWire, type Wire } from "./wire.ts";

export type Words = readonly string[];

/** Makes the commands of one family. One call gives one command, or a few that belong together. */
export type Generator = (chance: Chance) => readonly Words[];

export interface Comparison {
  readonly port: number;
  readonly protocol: Protocol;
  readonly generators: readonly Generator[];
  readonly seed: number;
  readonly commands: number;
  /** For canaries: a machine that is meant to differ. */
  readonly machine?: DriveOptions;
}

interface Sides {
  readonly client: RespClient;
  readonly protocol: Protocol;
  readonly machine: DriveOptions;
}

interface Difference {
  readonly at: number;
  readonly words: Words;
  readonly ours: Wire;
  readonly theirs: Wire;
}

/** Pieces that a run is made of: both sides start each from nothing, so that a failure has little before it. */
const PIECE = 1000;
/** Not a divisor of it. */
const COMMIT = 97;

/** Runs the comparison; answers how many commands agreed, or throws with the smallest sequence that does not. */
export async function compare({
  port,
  protocol,
  generators,
  seed,
  commands,
  machine = {},
}: Comparison): Promise<number> {
  const client = await RespClient.connect(port, protocol);
  const chance = new Chance(seed);
  let compared = 0;
  try {
    while (compared < commands) {
      const piece: Words[] = [];
      while (piece.length < PIECE) piece.push(...chance.pick(generators)(chance));
      const difference = await firstDifference({ client, protocol, machine }, piece);
      if (difference !== undefined) {
        const small = await shrink({ client, protocol, machine }, piece.slice(0, difference.at + 1));
        throw new Error(await describe({ client, protocol, machine }, small, seed));
      }
      compared += piece.length;
    }
  } finally {
    client.close();
  }
  return compared;
}

async function firstDifference(
  { client, protocol, machine }: Sides,
  piece: readonly Words[],
): Promise<Difference | undefined> {
  // A piece may end amid a transaction.
  await client.send([["DISCARD"], ["UNWATCH"], ["FLUSHALL"]]);
  const driver = new Driver({ ...machine, time: Date.now() });
  const theirs = await client.send(piece);
  const ours = answer(driver, piece).map((reply) => toWire(reply, protocol));
  let queued: Words[] = [];
  for (const [at, words] of piece.entries()) {
    const [left, right] = [ours[at]!, theirs[at]!];
    if (!agreeOnOne(words, queued, left, right)) return { at, words, ours: left, theirs: right };
    if (right.value === "QUEUED") queued.push(words);
    else if (["exec", "discard"].includes(words[0]!.toLowerCase())) queued = [];
  }
  return undefined;
}

/** A few commits, so that what one sees of another is compared too; with transactions, one commit a command. */
function answer(driver: Driver, piece: readonly Words[]): Reply[] {
  const replies: Reply[] = [];
  const connected = piece.some(([name]) => name === "MULTI");
  const step = connected ? 1 : COMMIT;
  for (let start = 0; start < piece.length; start += step) {
    driver.time = Math.max(driver.time, Date.now());
    if (connected) replies.push(driver.connection(piece[start]!));
    else replies.push(...driver.commit(piece.slice(start, start + step)));
  }
  return replies;
}

function agreeOnOne(words: Words, queued: readonly Words[], ours: Wire, theirs: Wire): boolean {
  if (theirs.value === "QUEUED") return ours.value === "QUEUED";
  const executed = words[0]?.toLowerCase() === "exec" && Array.isArray(theirs.value);
  return executed ? agreeOnAll(queued, ours, theirs) : agree(words, ours, theirs);
}

/** EXEC's answer, item by item, each as its own command's. */
function agreeOnAll(queued: readonly Words[], ours: Wire, theirs: Wire): boolean {
  if (!Array.isArray(ours.value) || !Array.isArray(theirs.value) || ours.type !== theirs.type) return false;
  const [left, right]: (readonly Wire[])[] = [ours.value, theirs.value];
  return left!.length === right!.length && queued.every((words, at) => agree(words, left![at]!, right![at]!));
}

/** Leaves out ever smaller stretches of the sequence for as long as its last command still differs. */
async function shrink(sides: Sides, piece: readonly Words[]): Promise<readonly Words[]> {
  let best = piece;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < best.length - 1; ) {
      const shorter = best.filter((_, at) => at < start || at >= Math.min(start + size, best.length - 1));
      const difference = await firstDifference(sides, shorter);
      if (difference === undefined) start += size;
      else best = shorter.slice(0, difference.at + 1);
    }
  }
  return best;
}

async function describe(sides: Sides, piece: readonly Words[], seed: number): Promise<string> {
  const difference = await firstDifference(sides, piece);
  const lines = piece.map((words) => `  ${words.map((word) => JSON.stringify(word)).join(" ")}`);
  return [
    `the machine and Redis differ under RESP${sides.protocol} (seed ${seed}):`,
    ...lines,
    `machine: ${difference === undefined ? "(no longer)" : printWire(difference.ours)}`,
    `Redis:   ${difference === undefined ? "(no longer)" : printWire(difference.theirs)}`,
  ].join("\n");
}
