// The small worlds that are explored, and what each of them is about.
import type { AuthorIndex } from "../../src/ids.ts";
import { type Bounds, type Configuration, type Exploration, explore } from "./search.ts";
import { type Action, type Faults, queueOf, type World, type Worlds } from "./world.ts";

const NOTHING: Faults = { losses: 0, crashes: 0, wipes: 0, early: 0 };

const THREE = {
  members: 3,
  fault: { crash: 1, byzantine: 0 },
  commands: [{ id: 1, at: 0 }],
  reads: [],
  crash: [],
  cuts: false,
  instantDisks: true,
  faults: NOTHING,
} as const;

const FOUR = { ...THREE, members: 4, fault: { crash: 0, byzantine: 1 } } as const;

/** Lets time pass, everything delivered in one fixed order. */
export function settle(worlds: Worlds, world: World, ms: number): World {
  const end = world.now + ms;
  for (world = worlds.calm(world); worlds.wakeAt(world) <= end && world.violation === undefined; )
    world = worlds.calm(worlds.apply(world, { kind: "advance" }));
  return world;
}

/** One member does not hear from the others, nor they from it, while a few commands are ordered. */
export function leaveBehind(worlds: Worlds, world: World, behind: AuthorIndex, ids: readonly number[]): World {
  world = worlds.cutOff(world, behind);
  for (const id of ids) world = settle(worlds, worlds.submit(world, id, (behind + 1 + id) % world.places.length), 300);
  // Some moments later, so that a round may be opened at once.
  return worlds.rejoin({ ...world, now: world.now + 5 }, behind);
}

/** A write that one member did not see, acknowledged; then that member is read at. */
const READ_PAST_LIAR = {
  ...FOUR,
  before: [1],
  commands: [],
  reads: [{ id: 1, at: 2 }],
  prepare: (worlds: Worlds, world: World) => leaveBehind(worlds, world, 2, [1]),
} as const;

/**
 * B votes, A commits and answers, C has B's first block but its disk has not answered yet; A goes down and comes back in
 * the end, B loses its disk: B and C must not make a history without the write.
 */
const DANGER = {
  ...THREE,
  instantDisks: false,
  before: [1],
  commands: [],
  crash: [{ at: [0], how: "return-later" }],
  faults: { ...NOTHING, early: 1 },
  hasty: [1],
  prepare: (worlds: Worlds, world: World) => {
    const go = (action: Action): void => {
      world = worlds.apply(world, action);
    };
    const deliver = (from: AuthorIndex, to: AuthorIndex): void =>
      go({ kind: "deliver", queue: queueOf(from, to, "blocks", 3) });
    world = worlds.submit(world, 1, 0);
    go({ kind: "sync", at: 0 });
    deliver(0, 1);
    go({ kind: "sync", at: 1 });
    deliver(1, 0);
    go({ kind: "sync", at: 0 });
    deliver(1, 2);
    world = { ...world, left: { ...NOTHING, crashes: 1, wipes: 1 } };
    go({ kind: "crash", at: 0, how: "return-later", keep: world.places[0]!.confirmed, state: 0 });
    go({ kind: "cut", queue: queueOf(0, 2, "blocks", 3) });
    go({ kind: "crash", at: 1, how: "wipe", keep: 0, state: 0 });
    deliver(1, 2);
    // The first plea waits for a timer, and C's disk may be slower than that.
    world = { ...world, left: { ...NOTHING, early: 3 } };
    for (let timer = 0; timer < 3; timer++) go({ kind: "early", at: 1 });
    return world;
  },
} as const;

const CONFIGURATIONS = {
  // Nobody may be left with need and nothing to do, whatever one frame and one member do.
  "quiescence without faults": { ...THREE },
  "quiescence, one loss": { ...THREE, faults: { ...NOTHING, losses: 1 } },
  "quiescence, one stop": {
    ...THREE,
    crash: [{ at: [0, 1, 2], how: "stop" }],
    faults: { ...NOTHING, crashes: 1 },
    cuts: true,
  },
  "quiescence, one unnoticed stop": {
    ...THREE,
    crash: [{ at: [0, 1, 2], how: "stop-unnoticed" }],
    faults: { ...NOTHING, crashes: 1 },
    cuts: true,
  },
  "quiescence, one loss and one stop": {
    ...THREE,
    crash: [{ at: [0, 1, 2], how: "stop-unnoticed" }],
    faults: { ...NOTHING, crashes: 1, losses: 1 },
  },
  "quiescence, one early timer and one loss": { ...THREE, faults: { ...NOTHING, losses: 1, early: 1 } },
  "quiescence, two at once": {
    ...THREE,
    commands: [
      { id: 1, at: 0 },
      { id: 2, at: 1 },
    ],
    faults: { ...NOTHING, losses: 1 },
  },
  "quiescence, slow disks": { ...THREE, instantDisks: false, faults: { ...NOTHING, losses: 1 } },

  // Never two blocks for a round, and nothing acknowledged is lost, wherever the log is cut.
  restart: {
    ...THREE,
    instantDisks: false,
    crash: [{ at: [0, 1], how: "restart" }],
    faults: { ...NOTHING, crashes: 1 },
    cuts: true,
  },
  "restart and one loss": {
    ...THREE,
    instantDisks: false,
    crash: [{ at: [0, 1], how: "restart" }],
    faults: { ...NOTHING, crashes: 1, losses: 1, early: 1 },
    cuts: true,
  },
  "return later": {
    ...THREE,
    instantDisks: false,
    crash: [{ at: [0, 1], how: "return-later" }],
    faults: { ...NOTHING, crashes: 1 },
    cuts: true,
  },
  "canary: a vote before its sync": {
    ...THREE,
    instantDisks: false,
    orderLaw: false,
    mutations: { voteBeforeSync: true },
    crash: [{ at: [0, 1], how: "restart" }],
    faults: { ...NOTHING, crashes: 1, early: 1 },
    cuts: true,
  },

  // A member without its disk says nothing that others count on before it has learnt enough.
  amnesia: { ...THREE, crash: [{ at: [1], how: "wipe" }], faults: { ...NOTHING, wipes: 1 }, cuts: true },
  "amnesia, slow disks": {
    ...THREE,
    instantDisks: false,
    crash: [{ at: [1], how: "wipe" }],
    faults: { ...NOTHING, wipes: 1, early: 3 },
    hasty: [1],
    cuts: true,
  },
  "amnesia of the submitter": {
    ...THREE,
    crash: [{ at: [0], how: "wipe" }],
    faults: { ...NOTHING, wipes: 1 },
    cuts: true,
  },
  "amnesia and one loss": {
    ...THREE,
    crash: [{ at: [1], how: "wipe" }],
    faults: { ...NOTHING, wipes: 1, losses: 1 },
    cuts: true,
  },
  "amnesia while another is down": DANGER,
  "canary: one answer ends amnesia": { ...DANGER, mutations: { recoveryQuorum: -1 } },

  // A read that begins after the answer sees the write.
  reads: { ...THREE, reads: [{ id: 1, at: 2 }], faults: NOTHING },
  "reads, one loss": { ...THREE, reads: [{ id: 1, at: 2 }], faults: { ...NOTHING, losses: 1 } },
  "reads, one stop": {
    ...THREE,
    reads: [{ id: 1, at: 2 }],
    crash: [{ at: [0, 1], how: "stop-unnoticed" }],
    faults: { ...NOTHING, crashes: 1 },
    cuts: true,
  },
  "reads, one restart": {
    ...THREE,
    reads: [{ id: 1, at: 2 }],
    instantDisks: false,
    crash: [{ at: [0, 1, 2], how: "restart" }],
    faults: { ...NOTHING, crashes: 1 },
    cuts: true,
  },
  "reads, one amnesiac": {
    ...THREE,
    reads: [{ id: 1, at: 2 }],
    crash: [{ at: [1], how: "wipe" }],
    faults: { ...NOTHING, wipes: 1 },
    cuts: true,
  },
  "canary: a read asks one too few": { ...THREE, reads: [{ id: 1, at: 2 }], mutations: { readQuorum: -1 } },

  // A laggard fills its rounds one by one where they can still help.
  fill: {
    ...THREE,
    commands: [{ id: 3, at: 1 }],
    prepare: (worlds, world) => leaveBehind(worlds, world, 2, [1, 2]),
    faults: { ...NOTHING, losses: 1 },
  },
  "fill, four with a liar": {
    ...FOUR,
    commands: [{ id: 3, at: 1 }],
    prepare: (worlds, world) => leaveBehind(worlds, world, 3, [1, 2]),
  },
  "canary: jumping": {
    ...THREE,
    commands: [{ id: 3, at: 1 }],
    prepare: (worlds, world) => leaveBehind(worlds, world, 2, [1, 2]),
    mutations: { jump: true },
  },

  // One of four lies: silent, or about its frontier.
  "four, one silent": {
    ...FOUR,
    crash: [{ at: [0, 1, 2, 3], how: "stop-unnoticed" }],
    faults: { ...NOTHING, crashes: 1 },
    cuts: true,
  },
  "four, reads past a liar that names nothing": { ...READ_PAST_LIAR, liar: { at: 3, frontier: "genesis" } },
  "four, reads past a liar with an old head": { ...READ_PAST_LIAR, liar: { at: 3, frontier: "first" } },
  "four, write and read past a liar": {
    ...FOUR,
    reads: [{ id: 1, at: 2 }],
    liar: { at: 3, frontier: "genesis" },
  },
  "canary: a read past a liar asks one too few": {
    ...READ_PAST_LIAR,
    liar: { at: 3, frontier: "genesis" },
    mutations: { readQuorum: -1 },
  },

  // Heads that rotate in step with the waves cannot all be dead; heads that rotate every round can.
  "six, two silent": {
    ...THREE,
    members: 6,
    fault: { crash: 1, byzantine: 1 },
    commands: [{ id: 3, at: 4 }],
    prepare: silence,
  },
  "canary: six, two silent, heads rotate every round": {
    ...THREE,
    members: 6,
    fault: { crash: 1, byzantine: 1 },
    commands: [{ id: 3, at: 4 }],
    prepare: silence,
    tailMs: 80,
    slotsOf: (round) => Array.from({ length: 6 }, (_, rank) => (round + rank) % 6),
  },
} as const satisfies Record<string, Omit<Configuration, "name">>;

/** The members whose places as heads lie a wave apart go down; then there is a command, for the log to pass them. */
function silence(worlds: Worlds, world: World): World {
  for (const at of [0, 3])
    world = worlds.apply(
      { ...world, left: { ...NOTHING, crashes: 1 } },
      { kind: "crash", at, how: "stop-unnoticed", keep: -1, state: 0 },
    );
  return settle(worlds, worlds.submit(world, 1, 1), 100);
}

export type ConfigurationName = keyof typeof CONFIGURATIONS;

export const CONFIGURATION_NAMES: readonly ConfigurationName[] = Object.keys(CONFIGURATIONS) as ConfigurationName[];

/** Bounds for a soak: minutes a configuration. Most are exhausted with one instant; a second multiplies the worlds. */
export const FULL: Bounds = { worlds: 4_000_000, instants: 1, ends: 2_000, walks: 2_000, doubts: 4 };

/** Explores one of the configurations within bounds. */
export function runExploration(name: ConfigurationName, bounds: Partial<Bounds> = {}): Exploration {
  return explore({ name, ...CONFIGURATIONS[name] }, { ...FULL, ...bounds });
}
