// Sends the same commands to the machine and to a real Redis and compares every reply. A failure is cut down to the few
// commands that still show it, and printed with the seed that made it.
import { Driver } from "../drive.ts";
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
}

interface Difference {
  readonly at: number;
  readonly words: Words;
  readonly ours: Wire;
  readonly theirs: Wire;
}

/** Pieces that a run is made of: both sides start each from nothing, so that a failure has little before it. */
const PIECE = 1000;

/** Runs the comparison; answers how many commands agreed, or throws with the smallest sequence that does not. */
export async function compare({ port, protocol, generators, seed, commands }: Comparison): Promise<number> {
  const client = await RespClient.connect(port, protocol);
  const chance = new Chance(seed);
  let compared = 0;
  try {
    while (compared < commands) {
      const piece: Words[] = [];
      while (piece.length < PIECE) piece.push(...chance.pick(generators)(chance));
      const difference = await firstDifference(client, protocol, piece);
      if (difference !== undefined) {
        const small = await shrink(client, protocol, piece.slice(0, difference.at + 1));
        throw new Error(await describe(client, protocol, small, seed));
      }
      compared += piece.length;
    }
  } finally {
    client.close();
  }
  return compared;
}

async function firstDifference(
  client: RespClient,
  protocol: Protocol,
  piece: readonly Words[],
): Promise<Difference | undefined> {
  await client.send([["FLUSHALL"]]);
  const driver = new Driver({ time: Date.now() });
  const theirs = await client.send(piece);
  // A few commits, so that what a commit sees of the one before is compared too.
  const ours: Wire[] = [];
  for (let start = 0; start < piece.length; start += 97) {
    driver.time = Math.max(driver.time, Date.now());
    for (const reply of driver.commit(piece.slice(start, start + 97))) ours.push(toWire(reply, protocol));
  }
  for (const [at, words] of piece.entries()) {
    if (!agree(words, ours[at]!, theirs[at]!)) return { at, words, ours: ours[at]!, theirs: theirs[at]! };
  }
  return undefined;
}

/** Leaves out ever smaller stretches of the sequence for as long as its last command still differs. */
async function shrink(client: RespClient, protocol: Protocol, piece: readonly Words[]): Promise<readonly Words[]> {
  let best = piece;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < best.length - 1; ) {
      const shorter = best.filter((_, at) => at < start || at >= Math.min(start + size, best.length - 1));
      const difference = await firstDifference(client, protocol, shorter);
      if (difference === undefined) start += size;
      else best = shorter.slice(0, difference.at + 1);
    }
  }
  return best;
}

async function describe(
  client: RespClient,
  protocol: Protocol,
  piece: readonly Words[],
  seed: number,
): Promise<string> {
  const difference = await firstDifference(client, protocol, piece);
  const lines = piece.map((words) => `  ${words.map((word) => JSON.stringify(word)).join(" ")}`);
  return [
    `the machine and Redis differ under RESP${protocol} (seed ${seed}):`,
    ...lines,
    `machine: ${difference === undefined ? "(no longer)" : printWire(difference.ours)}`,
    `Redis:   ${difference === undefined ? "(no longer)" : printWire(difference.theirs)}`,
  ].join("\n");
}
