// A random schedule of faults. Every verb can come up in every kind of cluster; each that lasts has an end of its own, so
// that several overlap and none lasts for ever.
import type { AuthorIndex, Millis } from "@quorate/core";
import type { Fault, FaultVerb, TimedFault } from "../fault/fault.ts";
import type { Rng } from "../rng.ts";

/** The verbs that begin something; each has an ending of its own. */
export type Strike = Exclude<FaultVerb, "heal" | "release" | "unmute" | "restart" | "resume">;

export const STRIKES: readonly Strike[] = [
  "partition",
  "cut",
  "hold",
  "mute",
  "spoil",
  "crash",
  "crash-at",
  "blackout",
  "pause",
  "corrupt",
  "wipe",
  "fill",
  "skew",
  "jump",
  "slow",
];

export interface FaultPlan {
  readonly members: number;
  readonly count: number;
  /** Faults begin within this time. */
  readonly withinMs: Millis;
  /** How long one lasts, at most. */
  readonly lastsMs: Millis;
}

export function randomFaults({ members, count, withinMs, lastsMs }: FaultPlan, rng: Rng): readonly TimedFault[] {
  const schedule: TimedFault[] = [];
  for (let made = 0; made < count; made++) {
    const at = rng.next() * withinMs;
    const lasts = 20 + rng.next() * lastsMs;
    for (const [delay, fault] of strike(rng.pick(STRIKES), members, lasts, rng)) {
      schedule.push({ at: Math.round(at + delay), fault });
    }
  }
  return inOrder(schedule);
}

/** In the order in which they begin. */
export function inOrder(schedule: readonly TimedFault[]): readonly TimedFault[] {
  return schedule.toSorted((left, right) => left.at - right.at);
}

/** One disk of these is lost, or rots. */
export function randomLoss(
  members: readonly AuthorIndex[],
  { lastsMs, withinMs }: Pick<FaultPlan, "lastsMs" | "withinMs">,
  rng: Rng,
): TimedFault {
  const at = Math.round(rng.next() * withinMs);
  const restartMs = Math.round(20 + rng.next() * lastsMs);
  return { at, fault: { verb: rng.pick(["wipe", "corrupt"] as const), member: rng.pick(members), restartMs } };
}

/** A fault with what ends it: when, after the beginning, and what. */
function strike(verb: Strike, members: number, lasts: Millis, rng: Rng): readonly (readonly [Millis, Fault])[] {
  const member = rng.integer(members);
  const restartMs = Math.round(lasts);
  switch (verb) {
    case "partition":
      return [
        [0, { verb, groups: randomGroups(members, rng) }],
        [lasts, { verb: "heal" }],
      ];
    case "cut": {
      const from = someMembers(members, rng);
      const drawn = someMembers(members, rng);
      // A member has no link to itself.
      const to = from.length === 1 && drawn.length === 1 && from[0] === drawn[0] ? [(drawn[0]! + 1) % members] : drawn;
      return [
        [0, { verb, from, to }],
        [lasts, { verb: "heal" }],
      ];
    }
    case "hold": {
      const from = someMembers(members, rng);
      return [
        [0, { verb, from }],
        [lasts, { verb: "release", from }],
      ];
    }
    case "mute":
      return [
        [0, { verb, member }],
        [lasts, { verb: "unmute", member }],
      ];
    case "spoil":
      return [
        [0, { verb, frames: { loss: rng.next() * 0.2, duplicate: rng.next() * 0.2, reorder: rng.next() * 0.5 } }],
        [lasts, { verb }],
      ];
    case "crash":
      return [
        [0, { verb, member, power: rng.chance(0.5) }],
        [lasts, { verb: "restart", member }],
      ];
    case "crash-at":
      // A few in a row, so that the process dies again while it is still finding its way back.
      return Array.from({ length: 1 + rng.integer(3) }, (_, nth): [Millis, Fault] => [
        nth * lasts * 0.5,
        { verb, member, point: 1 + rng.integer(60), restartMs: 1 + rng.integer(restartMs) },
      ]);
    case "blackout":
    case "wipe":
    case "corrupt":
    case "fill":
      return [[0, verb === "blackout" ? { verb, restartMs } : { verb, member, restartMs }]];
    case "pause":
      return [
        [0, { verb, member }],
        [lasts, { verb: "resume", member }],
      ];
    case "skew":
      return [[0, { verb, member, rate: 0.5 + rng.next() * 1.5 }]];
    case "jump":
      return [[0, { verb, member, by: Math.round((rng.next() - 0.5) * 4_000) }]];
    case "slow":
      return [
        [0, { verb, member, factor: 1 + rng.integer(20), turnMs: rng.integer(10) }],
        [lasts, { verb, member, factor: 1, turnMs: 0 }],
      ];
  }
}

function randomGroups(members: number, rng: Rng): AuthorIndex[][] {
  const order = rng.shuffle(Array.from({ length: members }, (_, member) => member));
  const groups: AuthorIndex[][] = Array.from({ length: 2 + rng.integer(2) }, () => []);
  for (const member of order) rng.pick(groups).push(member);
  const filled = groups.filter((group) => group.length > 0);
  // One group is no partition.
  return filled.length > 1 ? filled : [order.slice(0, 1), order.slice(1)];
}

function someMembers(members: number, rng: Rng): AuthorIndex[] {
  const count = 1 + rng.integer(Math.max(1, members - 1));
  return rng
    .shuffle(Array.from({ length: members }, (_, member) => member))
    .slice(0, count)
    .sort((left, right) => left - right);
}
