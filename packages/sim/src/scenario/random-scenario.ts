// A scenario from a seed, for campaigns: any size, any fault model, equal or weighted stake, near or far, and a schedule of
// faults. The scenario depends on the seed alone; running it with the same seed is one run that can be replayed.
import { type AuthorIndex, type FaultBounds, thresholds } from "@quorate/core";
import type { AdversarySpec, BehaviourName } from "../adversary/spec.ts";
import { DEFAULT_WORKLOAD, type WorkloadSpec } from "../client/workload.ts";
import { oneWayDelayMs, REGIONS } from "../regions.ts";
import { createRng, type Rng } from "../rng.ts";
import { type DelayModel, LAN } from "../world/delays.ts";
import type { DiskModel } from "../world/disk.ts";
import { leftBehind } from "./left-behind.ts";
import { liarsAmong } from "./liars-among.ts";
import { inOrder, randomFaults, randomLoss } from "./random-faults.ts";
import { defineScenario, equalStakes, type Scenario } from "./scenario.ts";

/** What a campaign may fix beforehand. */
export interface RandomOptions {
  readonly replicas?: number;
  readonly crash?: number;
  readonly byzantine?: number;
  /** Rounds at least; left out: 200. More of them have more time. */
  readonly rounds?: number;
}

const SMALL = [3, 4, 5, 6, 7];
const LARGE = [10, 20];
/** One campaign seed in so many is of a large cluster. */
const LARGE_EVERY = 20;

/** Least length of a run. */
const ROUNDS = 200;

/**
 * Chance alone seldom makes a weighted committee with liars, and seldom lets one vote both ways: seeds from here on look for
 * these, so that a campaign meets everything often.
 */
const RARE_FROM = 10_000;

/** Nor does it leave anybody behind what all others remember: in the small clusters of seeds from here on somebody is. */
const BEHIND_FROM = 17_500;
const BEHIND_SIZES = { hybrid: [6, 7], byzantine: [4, 5, 7] };

export function randomScenario(seed: number | string, options: RandomOptions = {}): Scenario {
  const scenario = chanceScenario(seed, options);
  const { byzantine, crash, replicas } = options;
  const isOpen = replicas === undefined && crash === undefined && byzantine === undefined;
  if (typeof seed !== "number" || seed < BEHIND_FROM || !isOpen || LARGE.includes(scenario.stakes.length))
    return scenario;
  const rng = createRng(seed).fork("behind");
  // Of each kind of cluster in which somebody may lie there are as many.
  const [isHybrid, isWeighted] = [seed % 2 === 0, seed % 4 < 2];
  const members = rng.pick(isHybrid ? BEHIND_SIZES.hybrid : BEHIND_SIZES.byzantine);
  const drawn = chanceScenario(seed, { ...options, replicas: members });
  const stakes = isWeighted ? randomWeights(members, rng) : equalStakes(members);
  return leftBehind({ ...drawn, stakes }, isHybrid ? 1 : 0, rng);
}

function chanceScenario(seed: number | string, options: RandomOptions): Scenario {
  const rng = createRng(seed).fork("scenario");
  const rare = typeof seed === "number" && seed >= RARE_FROM;
  const { rounds = ROUNDS } = options;
  const large = rng.integer(LARGE_EVERY) === 0;
  const least = 3 * (options.byzantine ?? 0) + 2 * (options.crash ?? 0) + 1;
  const sizes = (large ? LARGE : SMALL).filter((size) => size >= least);
  const members = options.replicas ?? (sizes.length === 0 ? least : rng.pick(sizes));
  // Bounds that equals cannot bear are refused for every seed, whatever stakes it would draw.
  thresholds(equalStakes(members), { crash: options.crash ?? 0, byzantine: options.byzantine ?? 0 });
  const stakes = randomStakes(members, rare, rng);
  const fault = randomFault(stakes, options, rare, rng);
  const delays = randomDelays(members, rng);
  // Far links make slow rounds: a run is as long as about the same number of rounds takes.
  const pace = delays === LAN ? 0.4 : delays.kind === "places" ? 8 : delays.kind === "tail" ? 3 : 1;
  const chaosMs = (members >= 10 ? 600 : 1_500) * pace;
  const span = { withinMs: chaosMs * 0.9, lastsMs: chaosMs * 0.4 };
  const scenario = defineScenario({
    name: "random",
    about: "whatever the seed says",
    stakes,
    fault,
    delays,
    noticeMs: [50 * pace, 400 * pace],
    disk: randomDisk(rng),
    limits: {
      gcDepth: 64 << rng.integer(3),
      weakDepth: 32,
      checkpointCommits: rng.pick([16, 64, 256]),
    },
    tuning: { retainRounds: rng.pick([8, 64, 256]), keepAliveMs: rng.pick([200, 1_000]) },
    workload: randomWorkload(pace, members >= 10, rng),
    faults: randomFaults({ members, count: 3 + rng.integer(6), ...span }, rng),
    adversaries: randomAdversaries(stakes, fault, rare, rng),
    chaosMs: [chaosMs, 40 * chaosMs * Math.max(1, rounds / ROUNDS)],
    rounds,
    operations: 50,
    calmMs: 200 * pace,
  });
  const losable = losableOf(scenario);
  if (fault.crash > 0 || losable.length === 0) return scenario;
  // Nobody may crash here, so that a disk may be lost only in the place of a liar that there is not. That is rare, and chance
  // alone would meet it too seldom.
  return { ...scenario, faults: inOrder([...scenario.faults, randomLoss(losable, span, rng.fork("loss"))]) };
}

/** The honest members of which any one may lose its disk. */
function losableOf({ adversaries, fault, stakes }: Scenario): readonly AuthorIndex[] {
  const liars = adversaries.flatMap(({ members }) => members);
  const lying = liars.reduce((sum, member) => sum + (stakes[member] ?? 0), 0);
  const most = fault.crash + Math.max(0, fault.byzantine - lying);
  return [...stakes.keys()].filter((member) => !liars.includes(member) && (stakes[member] ?? 0) <= most);
}

function randomStakes(members: number, rare: boolean, rng: Rng): readonly number[] {
  return rng.chance(rare ? 0.4 : 0.7) ? equalStakes(members) : randomWeights(members, rng);
}

function randomWeights(members: number, rng: Rng): readonly number[] {
  return Array.from({ length: members }, () => 1 + rng.integer(3));
}

function randomFault(stakes: readonly number[], options: RandomOptions, rare: boolean, rng: Rng): FaultBounds {
  const total = stakes.reduce((sum, stake) => sum + stake, 0);
  // What may crash for certain leaves so much to liars.
  const most = Math.max(0, Math.floor((total - 2 * (options.crash ?? 0) - 1) / 3));
  const byzantine = options.byzantine ?? (most === 0 || rng.chance(rare ? 0.1 : 0.5) ? 0 : 1 + rng.integer(most));
  const crashMost = Math.max(0, Math.floor((total - 3 * byzantine - 1) / 2));
  // The largest bound is what most people run; a smaller one has other thresholds.
  const crash = options.crash ?? (rng.chance(0.7) ? crashMost : rng.integer(crashMost + 1));
  if (options.crash === undefined && crash + byzantine === 0) return { crash: Math.min(1, crashMost), byzantine };
  return { crash, byzantine };
}

function randomDelays(members: number, rng: Rng): DelayModel {
  switch (rng.integer(5)) {
    case 0:
      return LAN;
    case 1:
      return { kind: "tail", base: 5, mean: 10 };
    case 2:
      return { kind: "even", from: 1, to: 20 };
    case 3: {
      const places = Array.from({ length: members }, () => rng.integer(REGIONS.length));
      const matrix = REGIONS.map((from) => REGIONS.map((to) => Math.max(0.3, oneWayDelayMs(from, to))));
      return { kind: "places", places, matrix, jitter: 0.1 };
    }
    default:
      return { kind: "constant", ms: 10 };
  }
}

function randomDisk(rng: Rng): DiskModel {
  return {
    syncMs: rng.pick([0, 0.2, 2, 8]),
    syncTailMs: rng.pick([0, 0.1, 5]),
    flushEveryMs: rng.pick([5, 50, 400]),
  };
}

function randomWorkload(pace: number, large: boolean, rng: Rng): WorkloadSpec {
  return {
    ...DEFAULT_WORKLOAD,
    clients: large ? 3 : 2 + rng.integer(5),
    keys: 1 + rng.integer(4),
    rawShare: rng.pick([0, 0.2, 0.5]),
    thinkMs: rng.pick([1, 5, 20]) * Math.sqrt(pace),
    patienceMs: rng.pick([150, 400, 1_000]) * pace,
    roam: rng.pick([0, 0.1, 0.5]),
    mix: rng.pick([
      DEFAULT_WORKLOAD.mix,
      { read: 6, write: 1, cas: 1, append: 1, list: 2, txn: 1, lend: 1 },
      { read: 2, write: 2, cas: 4, append: 3, list: 2, txn: 3, lend: 1 },
    ]),
  };
}

/** Behaviours that a random member may have. */
export const BEHAVIOURS: readonly BehaviourName[] = [
  "silent",
  "equivocate",
  "withhold",
  "vote-both",
  "chain-bomb",
  "far-future",
  "forge",
  "replay",
  "poison-time",
  "garbage",
  "under-report",
  "lie-votes",
  "stingy",
];

/** Members that lie, within the bound; sometimes nobody does, because honest clusters under this rule must work as well. */
function randomAdversaries(
  stakes: readonly number[],
  fault: FaultBounds,
  rare: boolean,
  rng: Rng,
): readonly AdversarySpec[] {
  if (fault.byzantine === 0 || rng.chance(0.15)) return [];
  const members = liarsAmong(rng.shuffle([...stakes.keys()]), stakes, fault.byzantine);
  if (members.length === 0) return [];
  if (rng.chance(0.3)) return [{ kind: "twins", members }];
  const count = 1 + rng.integer(4);
  const drawn = rng.shuffle(BEHAVIOURS);
  const chosen = drawn.slice(0, count);
  // Equals that bear both crashes and lies are rare, so that their liars know more tricks; the silent have none.
  const isScarce = rare && fault.crash > 0 && stakes.every((stake) => stake === 1);
  if (isScarce) chosen.push(...drawn.slice(count, count + 2).filter((name) => name !== "silent"));
  // Who votes both ways needs twins to vote for.
  const both: readonly BehaviourName[] = rare && rng.chance(0.6) ? ["equivocate", "vote-both"] : [];
  const behaviours = [...new Set([...chosen, ...both])];
  return [{ kind: "crafting", members, behaviours }];
}
