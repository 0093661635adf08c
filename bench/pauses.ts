// How long the protocol itself pauses when a member dies, falls silent, is cut off or comes back: five replicas on a desk,
// in virtual time, each with a command every few milliseconds. No machine is too busy for it, and it repeats exactly; what
// a real cluster pauses beyond this is the machine's, the links' or the clients' (bench/cluster).
//
//   npm run bench -- pauses
import { Desk } from "../packages/core/test/desk.ts";

export interface PauseRow {
  readonly fault: string;
  /** One way between any two. */
  readonly "delay, ms": number;
  /** Longest time between two commits of own commands at any healthy replica, and their slowest command. */
  readonly "longest pause, ms": number;
  readonly "slowest write, ms": number;
  /** The same from the moment the fault is over. */
  readonly "return: longest pause": number;
  readonly "return: slowest write": number;
}

const MEMBERS = 5;
const VICTIMS = [0, 2];
const EVERY_MS = 10;
const SETTLE_MS = 500;
const AWAY_MS = 2_000;
const RETURN_MS = 1_000;
/** When a link on which nothing is heard is given up, and how long a new one takes. */
const SILENCE_MS = 1_500;
const LINK_MS = 200;
const DELAYS = [2, 10, 50];

type Strike = (desk: Desk, victim: number) => void;

interface Fault {
  readonly name: string;
  readonly strike: Strike;
  /** What the others' links notice only after their silence. */
  readonly noticed?: Strike;
  readonly heal: Strike;
  /** When links stand again. */
  readonly linked?: Strike;
}

const others = (victim: number): readonly number[] =>
  Array.from({ length: MEMBERS }, (_, member) => member).filter((member) => member !== victim);

const links = (desk: Desk, victim: number, kind: "peer-up" | "peer-down"): void => {
  for (const peer of others(victim)) {
    desk.feed(peer, { kind, peer: victim });
    desk.feed(victim, { kind, peer });
  }
};

function cutting(name: string, of: (victim: number, other: number) => readonly string[]): Fault {
  const each = (victim: number, act: (link: string) => void): void => {
    for (const other of others(victim)) for (const link of of(victim, other)) act(link);
  };
  return {
    name,
    strike: (desk, victim) => each(victim, (link) => desk.cut.add(link)),
    noticed: (desk, victim) => links(desk, victim, "peer-down"),
    heal: (desk, victim) => {
      each(victim, (link) => desk.cut.delete(link));
    },
    linked: (desk, victim) => links(desk, victim, "peer-up"),
  };
}

const FAULTS: readonly Fault[] = [
  { name: "nothing", strike: () => {}, heal: () => {} },
  { name: "killed", strike: (desk, victim) => desk.stop(victim), heal: (desk, victim) => desk.restart(victim) },
  {
    name: "frozen",
    strike: (desk, victim) => desk.stop(victim, false),
    noticed: (desk, victim) => links(desk, victim, "peer-down"),
    heal: (desk, victim) => {
      desk.places[victim]!.up = true;
      links(desk, victim, "peer-down");
    },
    linked: (desk, victim) => links(desk, victim, "peer-up"),
  },
  cutting("cut off", (victim, other) => [`${victim}>${other}`, `${other}>${victim}`]),
  cutting("its sending is cut", (victim, other) => [`${victim}>${other}`]),
  cutting("its hearing is cut", (victim, other) => [`${other}>${victim}`]),
];

export function benchPauses(): readonly PauseRow[] {
  return DELAYS.flatMap((delayMs) => FAULTS.map((fault) => row(fault, delayMs)));
}

function row(fault: Fault, delayMs: number): PauseRow {
  const worst = { during: { pause: 0, slowest: 0 }, after: { pause: 0, slowest: 0 } };
  for (const victim of VICTIMS) {
    const desk = new Desk({ members: MEMBERS, fault: { crash: 2, byzantine: 0 }, delayMs });
    const load = new Load(desk);
    load.run(SETTLE_MS);
    const struckAt = desk.now;
    fault.strike(desk, victim);
    load.run(SILENCE_MS);
    fault.noticed?.(desk, victim);
    load.run(AWAY_MS - SILENCE_MS);
    const healedAt = desk.now;
    fault.heal(desk, victim);
    load.run(LINK_MS);
    fault.linked?.(desk, victim);
    load.run(RETURN_MS - LINK_MS);
    desk.run(SETTLE_MS);
    const healthy = fault.name === "nothing" ? [victim, ...others(victim)] : others(victim);
    for (const member of healthy) {
      raise(worst.during, load.seen(member, struckAt, healedAt));
      raise(worst.after, load.seen(member, healedAt, healedAt + RETURN_MS));
    }
  }
  return {
    fault: fault.name,
    "delay, ms": delayMs,
    "longest pause, ms": worst.during.pause,
    "slowest write, ms": worst.during.slowest,
    "return: longest pause": worst.after.pause,
    "return: slowest write": worst.after.slowest,
  };
}

interface Seen {
  pause: number;
  slowest: number;
}

function raise(worst: Seen, seen: Seen): void {
  worst.pause = Math.max(worst.pause, seen.pause);
  worst.slowest = Math.max(worst.slowest, seen.slowest);
}

/** A command at every member that is up, every few milliseconds, whatever became of those before. */
class Load {
  readonly #desk: Desk;
  readonly #sentAt: Map<number, number>[] = Array.from({ length: MEMBERS }, () => new Map());
  #id = 0;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  run(ms: number): void {
    const end = this.#desk.now + ms;
    while (this.#desk.now < end) {
      for (const [member, sent] of this.#sentAt.entries()) {
        if (!this.#desk.places[member]!.up) continue;
        const id = ++this.#id;
        sent.set(id, this.#desk.now);
        this.#desk.submit(member, [id], false);
      }
      this.#desk.run(EVERY_MS);
    }
  }

  seen(member: number, from: number, to: number): Seen {
    const { committedAt } = this.#desk.places[member]!;
    let before = from;
    let pause = 0;
    for (const at of [...committedAt.values()].toSorted((left, right) => left - right)) {
      if (at < from) continue;
      if (before < to) pause = Math.max(pause, at - before);
      before = at;
    }
    if (before < to) pause = Math.max(pause, to - before);
    let slowest = 0;
    for (const [id, at] of this.#sentAt[member]!) {
      if (at < from || at >= to) continue;
      slowest = Math.max(slowest, (committedAt.get(id) ?? Number.POSITIVE_INFINITY) - at);
    }
    return { pause, slowest };
  }
}
