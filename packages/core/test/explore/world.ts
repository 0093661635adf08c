// The world of an exploration as a value: where every replica stands, what is under way between them, and which faults
// may still happen. `actionsOf` lists everything that can happen next, `apply` makes the world after it.
//
// Time is normalised: it moves only when nothing is under way and every disk has answered, so the order of deliveries at
// different replicas does not matter and equal worlds meet again. A timer that runs ahead of messages is a fault of its
// own (`early`), as is everything else that a path may do only so many times.
import type { Channel } from "../../src/effect.ts";
import { type AuthorIndex, authorName, type Millis } from "../../src/ids.ts";
import type { Input } from "../../src/input.ts";
import { bitOf, type Handed, type Place, Places, type Root, WALL_AT_START } from "./place.ts";
import type { Setting } from "./setting.ts";

/** How a replica can go down. */
export type Crash =
  /** For ever; its peers are told, or not. */
  | "stop"
  | "stop-unnoticed"
  /** Back at once, or when everything is quiet, with its log up to any record from the last confirmed one on. */
  | "restart"
  | "return-later"
  /** Back at once without its disk. */
  | "wipe";

export interface Faults {
  readonly losses: number;
  readonly crashes: number;
  readonly wipes: number;
  readonly early: number;
}

export interface Script {
  /** Acknowledged before the exploration begins. */
  readonly before?: readonly number[];
  /** Submitted when the exploration begins. */
  readonly commands: readonly { readonly id: number; readonly at: AuthorIndex }[];
  /** Asked at any time after every command was acknowledged. */
  readonly reads: readonly { readonly id: number; readonly at: AuthorIndex }[];
  /** Who may go down, and how. */
  readonly crash: readonly { readonly at: readonly AuthorIndex[]; readonly how: Crash }[];
  /** Whose timers may run ahead of messages; left out: everybody's. */
  readonly hasty?: readonly AuthorIndex[];
  /** What a crashed replica had sent may be cut off at any point. */
  readonly cuts: boolean;
}

/** The longest log that any life of any replica handed out; everybody else's must be a prefix of it, or it of theirs. */
interface Agreed {
  readonly id: number;
  readonly chain: readonly string[];
}

export interface World {
  readonly places: readonly Place[];
  /** Bits of the replicas that are up. */
  readonly up: number;
  readonly now: Millis;
  /** Frames under way, by sender, receiver and channel. */
  readonly queues: readonly (readonly number[])[];
  /** By sender, the receivers (bits) that it has no link to, or whose new life it has not noticed: what it sends is lost. */
  readonly broken: readonly number[];
  /** Senders (bits) whose old frames may be cut off. */
  readonly torn: number;
  /** For replicas that come back later: the last record that survived. */
  readonly kept: readonly number[];
  readonly left: Faults;
  readonly instants: number;
  readonly agreed: Agreed;
  readonly acknowledged: number;
  readonly asked: number;
  readonly violation: string | undefined;
}

export type Action =
  | { readonly kind: "deliver" | "lose" | "cut"; readonly queue: number }
  | { readonly kind: "sync" | "early" | "return"; readonly at: AuthorIndex }
  | { readonly kind: "advance" }
  | { readonly kind: "read"; readonly read: number }
  | {
      readonly kind: "crash";
      readonly at: AuthorIndex;
      readonly how: Crash;
      readonly keep: number;
      readonly state: number;
    };

const RESET = -1;
const GONE = -2;
/** Ends the old frames of a catch-up channel; taken away together with the reset. */
const MARK = -3;
const CALM_STEPS_MAX = 5_000;
/** Where so many frames wait, the first of them comes next: no channel is starved for ever. */
const QUEUE_MAX = 3;
const START: Millis = 1_000;
const NO_FAULTS: Faults = { losses: 0, crashes: 0, wipes: 0, early: 0 };

export class Worlds {
  readonly setting: Setting;
  readonly script: Script;
  readonly all: Places;
  /** Bits of every command. */
  readonly commands: number;
  readonly #agreed = new Map<string, Agreed>();
  /** Whether steps are remembered. */
  remember = true;

  constructor(setting: Setting, script: Script, doubts: number) {
    this.setting = setting;
    this.script = script;
    const ids = [...(script.before ?? []), ...script.commands.map(({ id }) => id)];
    this.commands = ids.reduce((bits, id) => bits | bitOf(id), 0);
    const logOrder = script.crash.some(({ how }) => how === "restart" || how === "return-later");
    this.all = new Places(setting, { readNeeds: this.commands, doubts, logOrder });
  }

  /** Everybody new, linked, and quiet. */
  begin(): World {
    const { count } = this.setting;
    let world: World = {
      places: Array.from({ length: count }, (_, self) =>
        this.all.root({ self, boot: 1, kind: "fresh", records: [], state: [], shown: new Map() }),
      ),
      up: (1 << count) - 1,
      now: START,
      queues: Array.from({ length: 2 * count * count }, () => []),
      broken: Array.from({ length: count }, () => 0),
      torn: 0,
      kept: Array.from({ length: count }, () => 0),
      left: NO_FAULTS,
      instants: 0,
      agreed: this.#agreement([]),
      acknowledged: 0,
      asked: 0,
      violation: undefined,
    };
    for (let self = 0; self < count; self++)
      for (let peer = 0; peer < count; peer++)
        if (peer !== self) world = this.feed(world, self, { kind: "peer-up", peer });
    return this.calm(world);
  }

  /** Delivers everything that is under way, in one fixed order, without letting time pass. */
  calm(world: World): World {
    for (let steps = 0; steps < CALM_STEPS_MAX; steps++) {
      const before = world;
      for (const [at, place] of world.places.entries())
        if (isUp(world, at) && place.unconfirmedOwn > 0) world = this.apply(world, { kind: "sync", at });
      // One frame of each queue in turn: none waits for ever behind the others.
      for (let queue = 0; queue < world.queues.length; queue++) {
        const head = world.queues[queue]![0];
        if (head !== undefined && head !== MARK) world = this.apply(world, { kind: "deliver", queue });
        if (world.violation !== undefined) return world;
      }
      if (world === before) return world;
    }
    return { ...world, violation: "messages never end" };
  }

  submit(world: World, id: number, at: AuthorIndex): World {
    const command = { id, session: true, bytes: Uint8Array.of(id) };
    return this.feed(world, at, { kind: "commands", commands: [command] });
  }

  /** Takes a member's links away: everything under way from and to it is lost, and both sides know. */
  cutOff(world: World, at: AuthorIndex): World {
    const { count } = this.setting;
    world = {
      ...world,
      queues: world.queues.map((frames, queue) =>
        senderOf(queue, count) === at || receiverOf(queue, count) === at ? [] : frames,
      ),
    };
    return this.#link(world, at, "peer-down");
  }

  /** Gives them back. */
  rejoin(world: World, at: AuthorIndex): World {
    return this.#link(world, at, "peer-up");
  }

  #link(world: World, at: AuthorIndex, kind: "peer-up" | "peer-down"): World {
    const others = (1 << this.setting.count) - 1 - bitOf(at);
    const broken = world.broken.map((peers, from) => {
      const cut = from === at ? others : bitOf(at);
      return kind === "peer-down" ? peers | cut : peers & ~cut;
    });
    world = { ...world, broken };
    for (const peer of world.places.keys()) {
      if (peer === at) continue;
      world = this.feed(world, at, { kind, peer });
      world = this.feed(world, peer, { kind, peer: at });
    }
    return world;
  }

  /** When somebody wants to be woken next. */
  wakeAt(world: World): Millis {
    let first = Number.POSITIVE_INFINITY;
    for (const [at, { wakeAt }] of world.places.entries())
      if (isUp(world, at) && wakeAt !== undefined && wakeAt < first) first = wakeAt;
    return first;
  }

  /** Everything that can happen next. */
  actionsOf(world: World): Action[] {
    const { count } = this.setting;
    const actions: Action[] = [];
    const full = world.queues.findIndex((frames) => frames.length > QUEUE_MAX);
    for (const [queue, frames] of world.queues.entries()) {
      const head = frames[0];
      if (full >= 0 && queue !== full && receiverOf(queue, count) === receiverOf(full, count)) continue;
      if (head === undefined || head === MARK) continue;
      actions.push({ kind: "deliver", queue });
      if (head >= 0 && world.left.losses > 0) actions.push({ kind: "lose", queue });
      if (head >= 0 && this.script.cuts && (world.torn & bitOf(senderOf(queue, count))) !== 0)
        actions.push({ kind: "cut", queue });
    }
    for (const [at, place] of world.places.entries()) {
      if (!isUp(world, at)) continue;
      if (place.unconfirmedOwn > 0) actions.push({ kind: "sync", at });
      const hasty = world.left.early > 0 && this.script.hasty?.includes(at) !== false;
      if (hasty && place.wakeAt !== undefined && actions.length > 0 && place.wakeAt > world.now)
        actions.push({ kind: "early", at });
    }
    for (const [read, { at }] of this.script.reads.entries()) {
      const due = world.acknowledged === this.commands && (world.asked & bitOf(read)) === 0;
      if (due && isUp(world, at)) actions.push({ kind: "read", read });
    }
    if (actions.every(({ kind }) => kind === "read")) {
      actions.push({ kind: "advance" });
      for (let at = 0; at < count; at++) if (this.#mayReturn(world, at)) actions.push({ kind: "return", at });
    }
    this.#crashes(world, actions);
    return actions;
  }

  /** The world after one of them. */
  apply(world: World, action: Action): World {
    switch (action.kind) {
      case "deliver":
        return this.#deliver(world, action.queue);
      case "lose":
        return { ...this.#shift(world, action.queue), left: { ...world.left, losses: world.left.losses - 1 } };
      case "cut": {
        const frames = world.queues[action.queue]!;
        const end = frames.findIndex((frame) => frame < 0);
        return { ...world, queues: world.queues.with(action.queue, end < 0 ? [] : frames.slice(end)) };
      }
      case "sync":
        return this.#confirm(world, action.at);
      case "early": {
        const now = world.places[action.at]!.wakeAt!;
        return this.#tick({ ...world, left: { ...world.left, early: world.left.early - 1 } }, action.at, now);
      }
      case "advance":
        return this.#advance(world);
      case "read": {
        const { at, id } = this.script.reads[action.read]!;
        return this.feed({ ...world, asked: world.asked | bitOf(action.read) }, at, { kind: "read", id });
      }
      case "return":
        return this.bringBack(world, action.at);
      case "crash":
        return this.#crash(world, action);
    }
  }

  /** Gives one input to a replica, its clock first, and puts what it says on the way. */
  feed(world: World, at: AuthorIndex, input: Input, key?: string): World {
    const place = world.places[at]!;
    if (place.tickAt < world.now) world = this.#tick(world, at, world.now);
    return this.#step(world, at, key ?? JSON.stringify(input), input);
  }

  bringBack(world: World, at: AuthorIndex): World {
    return this.#restart(world, at, world.kept[at]!, 0, false);
  }

  print(action: Action): string {
    const { count } = this.setting;
    switch (action.kind) {
      case "deliver":
      case "lose":
      case "cut":
        return `${action.kind} ${authorName(senderOf(action.queue, count))}→${authorName(receiverOf(action.queue, count))}`;
      case "sync":
        return `disk of ${authorName(action.at)} answers`;
      case "early":
        return `early timer at ${authorName(action.at)}`;
      case "return":
        return `${authorName(action.at)} comes back`;
      case "advance":
        return "time passes";
      case "read":
        return `read at ${authorName(this.script.reads[action.read]!.at)}`;
      case "crash":
        return `crash ${action.how} of ${authorName(action.at)}, log kept to ${action.keep}, state to ${action.state}`;
    }
  }

  #mayReturn(world: World, at: AuthorIndex): boolean {
    return !isUp(world, at) && world.kept[at]! >= 0 && this.script.crash.some(({ how }) => how === "return-later");
  }

  #crashes(world: World, actions: Action[]): void {
    for (const { at: who, how } of this.script.crash) {
      if ((how === "wipe" ? world.left.wipes : world.left.crashes) === 0) continue;
      for (const at of who) {
        if (!isUp(world, at)) continue;
        const { commits, confirmed, records, root } = world.places[at]!;
        if (how === "stop" || how === "stop-unnoticed") {
          actions.push({ kind: "crash", at, how, keep: -1, state: 0 });
          continue;
        }
        if (how === "wipe") {
          // A disk without a vote on it has nothing to forget.
          if (root.kind === "fresh" && records.length > 0) actions.push({ kind: "crash", at, how, keep: 0, state: 0 });
          continue;
        }
        for (let keep = confirmed; keep <= (records.at(-1)?.sequence ?? 0); keep++) {
          actions.push({ kind: "crash", at, how, keep, state: 0 });
          const state = commits.findLast(({ durableAfter }) => durableAfter <= keep)?.index ?? 0;
          if (state > 0 && how === "restart") actions.push({ kind: "crash", at, how, keep, state });
        }
      }
    }
  }

  #deliver(world: World, queue: number): World {
    const { count } = this.setting;
    const from = senderOf(queue, count);
    const at = receiverOf(queue, count);
    const frame = world.queues[queue]![0]!;
    world = this.#shift(world, queue);
    if (frame >= 0) {
      const { bytes } = this.setting.frames[frame]!;
      return this.feed(world, at, { kind: "message", from, bytes }, `m${from} ${frame}`);
    }
    const bulk = queue + 1;
    const old = world.queues[bulk]!;
    const end = old.indexOf(MARK);
    world = {
      ...world,
      queues: world.queues.with(bulk, old.slice(end + 1)),
      torn: world.torn & ~bitOf(from),
      broken: world.broken.with(at, world.broken[at]! & ~bitOf(from)),
    };
    world = this.feed(world, at, { kind: "peer-down", peer: from });
    return frame === GONE ? world : this.feed(world, at, { kind: "peer-up", peer: from });
  }

  #shift(world: World, queue: number): World {
    return { ...world, queues: world.queues.with(queue, world.queues[queue]!.slice(1)) };
  }

  #confirm(world: World, at: AuthorIndex): World {
    const upTo = world.places[at]!.records.at(-1)!.sequence;
    return this.feed(world, at, { kind: "persisted", upTo }, `p${upTo}`);
  }

  #tick(world: World, at: AuthorIndex, now: Millis): World {
    return this.#step(world, at, `t${now}`, { kind: "tick", now, wall: WALL_AT_START + now });
  }

  #advance(world: World): World {
    for (const [at, { confirmed, records }] of world.places.entries())
      if (isUp(world, at) && (records.at(-1)?.sequence ?? 0) > confirmed) world = this.#confirm(world, at);
    let now = this.wakeAt(world);
    if (now === Number.POSITIVE_INFINITY) return { ...world, violation: "nobody wants to be woken" };
    now = Math.max(now, world.now);
    world = { ...world, now, instants: world.instants + 1 };
    for (const at of world.places.keys()) {
      const { tickAt, wakeAt } = world.places[at]!;
      if (isUp(world, at) && wakeAt !== undefined && wakeAt <= now)
        world = this.#tick(world, at, Math.max(now, tickAt));
    }
    return world;
  }

  #step(world: World, at: AuthorIndex, key: string, input: Input): World {
    const { count } = this.setting;
    const { place, sent } = this.all.step(world.places[at]!, key, input, this.remember);
    let queues = world.queues;
    if (sent.length > 0) {
      const changed = [...queues];
      for (const { channel, frame, to } of sent) {
        if (!isUp(world, to) || (world.broken[at]! & bitOf(to)) !== 0) continue;
        const queue = queueOf(at, to, channel, count);
        changed[queue] = [...changed[queue]!, frame];
      }
      queues = changed;
    }
    const agreed = this.#agree(world.agreed, place);
    return {
      ...world,
      places: world.places.with(at, place),
      queues,
      agreed: agreed ?? world.agreed,
      acknowledged: world.acknowledged | place.acknowledged,
      violation:
        world.violation ??
        place.violation ??
        (agreed === undefined ? `${authorName(at)} has another log than was handed out before` : undefined),
    };
  }

  /** The longer of two logs that agree; undefined if they do not. */
  #agree(agreed: Agreed, { commits }: Place): Agreed | undefined {
    let longer: string[] | undefined;
    for (const { chainDigest, index } of commits) {
      const known = agreed.chain[index - 1];
      if (known === undefined) (longer ??= [...agreed.chain]).push(chainDigest);
      else if (known !== chainDigest) return undefined;
    }
    return longer === undefined ? agreed : this.#agreement(longer);
  }

  #agreement(chain: readonly string[]): Agreed {
    const key = chain.at(-1) ?? "";
    let agreed = this.#agreed.get(key);
    if (agreed === undefined) this.#agreed.set(key, (agreed = { id: this.#agreed.size, chain }));
    return agreed;
  }

  #crash(world: World, { at, how, keep, state }: Extract<Action, { kind: "crash" }>): World {
    const { count } = this.setting;
    const { left } = world;
    const queues = world.queues.map((frames, queue) => (receiverOf(queue, count) === at ? [] : frames));
    const broken = world.broken.map((peers, from) => (from === at ? 0 : peers & ~bitOf(at)));
    world = {
      ...world,
      queues,
      broken,
      up: world.up & ~bitOf(at),
      torn: world.torn | bitOf(at),
      kept: world.kept.with(at, keep),
      left: how === "wipe" ? { ...left, wipes: left.wipes - 1 } : { ...left, crashes: left.crashes - 1 },
    };
    if (how === "stop") return this.#signal(world, at, GONE);
    return how === "restart" || how === "wipe" ? this.#restart(world, at, keep, state, how === "wipe") : world;
  }

  /** Every peer learns, behind everything that was sent before, that the link to this one is gone or new. */
  #signal(world: World, at: AuthorIndex, sign: number): World {
    const { count } = this.setting;
    const queues = [...world.queues];
    const broken = [...world.broken];
    for (let peer = 0; peer < count; peer++) {
      if (peer === at || !isUp(world, peer)) continue;
      queues[queueOf(at, peer, "blocks", count)] = [...queues[queueOf(at, peer, "blocks", count)]!, sign];
      queues[queueOf(at, peer, "catch-up", count)] = [...queues[queueOf(at, peer, "catch-up", count)]!, MARK];
      if (sign === RESET) broken[peer]! |= bitOf(at);
    }
    return { ...world, queues, broken };
  }

  #restart(world: World, at: AuthorIndex, keep: number, state: number, wiped: boolean): World {
    const before = world.places[at]!;
    const found: readonly Handed[] = before.commits.filter(({ index }) => index <= state);
    const root: Root = {
      self: at,
      boot: before.root.boot + 1,
      kind: wiped ? "amnesia" : "restart",
      records: wiped ? [] : before.records.filter(({ sequence }) => sequence <= keep),
      state: wiped ? [] : found,
      shown: before.shown,
    };
    world = { ...world, places: world.places.with(at, this.all.root(root)), up: world.up | bitOf(at) };
    world = this.#signal(world, at, RESET);
    for (const peer of world.places.keys())
      if (peer !== at && isUp(world, peer)) world = this.feed(world, at, { kind: "peer-up", peer });
    return world;
  }
}

export function isUp(world: World, at: AuthorIndex): boolean {
  return (world.up & bitOf(at)) !== 0;
}

/** A name of 53 bits for everything that a world's future depends on. */
export function nameOf(world: World): number {
  let high = 0x2545f491;
  let low = 0x3ad8025f;
  const mix = (value: number): void => {
    low = Math.imul(low ^ value, 0x9e3779b1);
    low ^= low >>> 15;
    high = Math.imul(high ^ value ^ (low >>> 3), 0x85ebca6b);
    high ^= high >>> 13;
  };
  for (const { id } of world.places) mix(id);
  mix(world.up);
  mix(world.now);
  for (const peers of world.broken) mix(peers);
  mix(world.torn);
  for (const keep of world.kept) mix(keep);
  mix(world.left.losses * 64 + world.left.crashes * 16 + world.left.wipes * 4 + world.left.early);
  mix(world.instants);
  mix(world.agreed.id);
  mix(world.acknowledged);
  mix(world.asked);
  for (const frames of world.queues) {
    for (const frame of frames) mix(frame + 8);
    mix(1);
  }
  mix(2);
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}

export function queueOf(from: AuthorIndex, to: AuthorIndex, channel: Channel, count: number): number {
  return 2 * (from * count + to) + (channel === "blocks" ? 0 : 1);
}

export function senderOf(queue: number, count: number): AuthorIndex {
  return Math.floor(queue / 2 / count);
}

export function receiverOf(queue: number, count: number): AuthorIndex {
  return Math.floor(queue / 2) % count;
}
