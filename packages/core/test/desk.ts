// A few replicas on a desk: one constant delay, disks that answer at once, a machine that only counts. Just enough to
// tell stories about the core by itself; the real world, with its faults, is in @quorate/sim.

import type { BlockContext } from "../src/codec/block-context.ts";
import { decodeMessage } from "../src/codec/message.ts";
import { createCommittee } from "../src/committee/committee.ts";
import type { FaultBounds } from "../src/committee/quorum.ts";
import { createToyCrypto } from "../src/crypto-toy.ts";
import type { Batch, Effect, LogRecord } from "../src/effect.ts";
import type { Input } from "../src/input.ts";
import { DEFAULT_LIMITS, type Limits } from "../src/limits.ts";
import type { Mutations, Start, Tuning } from "../src/options.ts";
import { isRejection } from "../src/rejection.ts";
import { Replica } from "../src/replica.ts";
import type { Heads } from "../src/sync/peers.ts";

export interface DeskOptions {
  readonly members: number;
  readonly fault: FaultBounds;
  readonly stakes?: readonly number[];
  readonly delayMs?: number;
  readonly limits?: Partial<Limits>;
  readonly tuning?: Partial<Tuning>;
  readonly mutations?: Mutations;
}

/** One replica with its disk, its machine and what became of it. */
export interface Place {
  replica: Replica;
  boot: number;
  up: boolean;
  wakeAt: number | undefined;
  wallOffset: number;
  /** Durable records. */
  records: LogRecord[];
  /** The machine: how many commits it applied, and the state that it would find after a crash. */
  applied: number;
  snapshotAt: number;
  /** Makes this machine's digests differ from the others' from a commit on. */
  divergesFrom: number;
  readonly batches: Batch[];
  /** Every effect that the desk has no hands for. */
  readonly told: Effect[];
  readonly readyAt: Map<number, number>;
  readonly committedAt: Map<number, number>;
}

/** So little is remembered that whoever is away for some seconds needs a snapshot. */
export const SMALL = {
  limits: { gcDepth: 32, weakDepth: 16, checkpointCommits: 20 },
  tuning: { retainRounds: 16 },
} as const;

/** What a member says of where it stands, made up. */
export function headsOf(told: Partial<Heads>): Heads {
  const nowhere = { rounds: [], floor: 0, index: 0, digest: "", checkpoint: 0, sentAt: 0, echo: 0, wall: 0 };
  return { kind: "heads", ...nowhere, needy: false, ...told };
}

const GENESIS = new Uint8Array(32).fill(7);
const WALL_AT_START = 1_000_000;

const digestOf = (index: number, place: Place): string =>
  (index >= place.divergesFrom ? "bad" : "").padEnd(8, "0") + index.toString(16).padStart(8, "0");

export class Desk {
  readonly places: Place[];
  readonly delayMs: number;
  now = 0;
  framesSent = 0;
  blockFramesSent = 0;
  /** Signatures that replicas verified. */
  verified = 0;
  /** Sees every frame that is sent; what it answers is sent in its place. */
  tap: (from: number, to: number, bytes: Uint8Array) => Uint8Array = (_from, _to, bytes) => bytes;
  /** How long a frame is under way; undefined if it is lost. */
  shape: () => number | undefined = () => this.delayMs;
  /** Links that lose everything, as `from>to`. */
  readonly cut = new Set<string>();
  readonly #options: DeskOptions;
  readonly #committee: ReturnType<typeof createCommittee>;
  readonly #limits: Limits;
  #sequence = 0;
  readonly #queue: {
    readonly at: number;
    readonly sequence: number;
    readonly to: number;
    readonly boot: number;
    readonly input: Input;
  }[] = [];

  constructor(options: DeskOptions) {
    this.#options = options;
    this.delayMs = options.delayMs ?? 10;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#committee = createCommittee({
      members: Array.from({ length: options.members }, (_, at) => ({
        name: String.fromCharCode(65 + at),
        stake: options.stakes?.[at] ?? 1,
        publicKey: new Uint8Array(0),
      })),
      fault: options.fault,
    });
    this.places = this.#committee.members.map((_, self) => ({
      replica: this.#open(self, 1, { kind: "fresh" }),
      boot: 1,
      up: true,
      wakeAt: undefined,
      wallOffset: 0,
      records: [],
      applied: 0,
      snapshotAt: 0,
      divergesFrom: Number.POSITIVE_INFINITY,
      batches: [],
      told: [],
      readyAt: new Map(),
      committedAt: new Map(),
    }));
    for (const [self] of this.places.entries()) this.#greetAll(self);
  }

  /** What frames are read and written against. */
  get context(): Pick<BlockContext, "committee" | "limits" | "genesisHash"> {
    return { committee: this.#committee, limits: this.#limits, genesisHash: GENESIS };
  }

  submit(at: number, ids: readonly number[], session = true): void {
    const commands = ids.map((id) => ({ id, session, bytes: new TextEncoder().encode(`command ${id}`) }));
    this.feed(at, { kind: "commands", commands });
  }

  read(at: number, id: number): void {
    this.feed(at, { kind: "read", id });
  }

  /** Stops a replica; its peers notice only if told. */
  stop(at: number, noticed = true): void {
    this.places[at]!.up = false;
    if (noticed)
      for (const [self] of this.places.entries()) if (self !== at) this.feed(self, { kind: "peer-down", peer: at });
  }

  /** Stops a replica and goes on until nobody holds what it lacks. */
  leaveBehind(at: number): void {
    this.submit(0, [0]);
    this.run(500);
    this.stop(at);
    for (let id = 1; id < 200; id++) {
      this.submit(0, [id]);
      this.run(25);
    }
    const { floor } = this.places[0]!.replica.status();
    if (floor <= this.places[at]!.replica.status().round) throw new Error("what it lacks is still remembered");
  }

  /** Starts it again from its disk. */
  restart(at: number): void {
    const place = this.places[at]!;
    const { applied, records } = place;
    const state = {
      stateIndex: applied,
      stateDigest: applied === 0 ? "" : digestOf(applied, place),
      nextDeadline: undefined,
    };
    this.#return(at, records.length === 0 ? { kind: "fresh" } : { kind: "restart", records: [...records], ...state });
  }

  /** Starts it again without its disk. */
  wipe(at: number): void {
    const place = this.places[at]!;
    place.records = [];
    place.applied = 0;
    this.#return(at, { kind: "amnesia" });
  }

  /** Cuts or mends all links between two groups, both ways. */
  partition(left: readonly number[], right: readonly number[], cut: boolean): void {
    for (const from of left) {
      for (const to of right) {
        for (const link of [`${from}>${to}`, `${to}>${from}`]) {
          if (cut) this.cut.add(link);
          else this.cut.delete(link);
        }
        this.feed(from, { kind: cut ? "peer-down" : "peer-up", peer: to });
        this.feed(to, { kind: cut ? "peer-down" : "peer-up", peer: from });
      }
    }
  }

  /** Runs until a moment. */
  runUntil(end: number): void {
    for (;;) {
      this.#queue.sort((left, right) => left.at - right.at || left.sequence - right.sequence);
      const message = this.#queue[0];
      const waker = this.places
        .filter(({ up, wakeAt }) => up && wakeAt !== undefined)
        .reduce<Place | undefined>(
          (first, place) => (first === undefined || place.wakeAt! < first.wakeAt! ? place : first),
          undefined,
        );
      const wakeAt = waker?.wakeAt ?? Number.POSITIVE_INFINITY;
      const next = Math.min(message?.at ?? Number.POSITIVE_INFINITY, wakeAt);
      if (next > end) break;
      this.now = Math.max(this.now, next);
      if (message !== undefined && message.at <= wakeAt) {
        this.#queue.shift();
        const place = this.places[message.to]!;
        if (place.up && place.boot === message.boot) this.feed(message.to, message.input);
      } else if (waker !== undefined) {
        waker.wakeAt = undefined;
        this.#tick(this.places.indexOf(waker));
      }
    }
    this.now = end;
  }

  run(ms: number): void {
    this.runUntil(this.now + ms);
  }

  feed(self: number, input: Input): void {
    if (!this.places[self]!.up) return;
    this.#tick(self);
    this.#carryOut(self, this.places[self]!.replica.step(input));
  }

  #open(self: number, boot: number, start: Start): Replica {
    const { mutations, tuning } = this.#options;
    const crypto = createToyCrypto({ self, seed: 1 });
    return Replica.open({
      committee: this.#committee,
      self,
      genesisHash: GENESIS,
      limits: this.#limits,
      crypto: {
        ...crypto,
        verify: (...signed) => {
          this.verified += 1;
          return crypto.verify(...signed);
        },
      },
      start,
      boot,
      ...(tuning === undefined ? {} : { tuning }),
      ...(mutations === undefined ? {} : { mutations }),
    });
  }

  #return(at: number, start: Start): void {
    const place = this.places[at]!;
    place.boot += 1;
    place.replica = this.#open(at, place.boot, start);
    place.up = true;
    place.wakeAt = undefined;
    this.#greetAll(at);
    for (const [self] of this.places.entries()) if (self !== at) this.feed(self, { kind: "peer-up", peer: at });
  }

  #greetAll(self: number): void {
    for (const [peer, { up }] of this.places?.entries() ?? [])
      if (peer !== self && up) this.feed(self, { kind: "peer-up", peer });
  }

  #tick(self: number): void {
    const place = this.places[self]!;
    this.#carryOut(
      self,
      place.replica.step({ kind: "tick", now: this.now, wall: WALL_AT_START + this.now + place.wallOffset }),
    );
  }

  /** Carries effects out in order; what the replica asks for meanwhile comes after them. */
  #carryOut(self: number, effects: readonly Effect[]): void {
    const place = this.places[self]!;
    const queue = [...effects];
    for (let effect = queue.shift(); effect !== undefined; effect = queue.shift()) {
      switch (effect.kind) {
        case "persist":
          place.records.push(...effect.records);
          queue.push(...place.replica.step({ kind: "persisted", upTo: effect.records.at(-1)!.sequence }));
          break;
        case "send":
          this.#deliver(self, effect.to, effect.bytes);
          break;
        case "broadcast":
          for (const [to] of this.places.entries()) if (to !== self) this.#deliver(self, to, effect.bytes);
          break;
        case "commit": {
          const { batch } = effect;
          place.batches.push(batch);
          for (const { ids } of batch.blocks) for (const id of ids ?? []) place.committedAt.set(id, this.now);
          place.applied = batch.index;
          const digest = digestOf(batch.index, place);
          queue.push(...place.replica.step({ kind: "applied", upTo: batch.index, digest, nextDeadline: undefined }));
          queue.push(...place.replica.step({ kind: "flushed", upTo: batch.index }));
          break;
        }
        case "checkpoint":
          place.snapshotAt = effect.index;
          break;
        case "read-snapshot": {
          const { index, to } = effect;
          const bytes = new TextEncoder().encode(String(index));
          queue.push(
            ...place.replica.step({ kind: "snapshot-piece", to, index, offset: 0, total: bytes.length, bytes }),
          );
          break;
        }
        case "restore": {
          const { bytes, digest, index, offset, total } = effect;
          if (offset + bytes.length < total) break;
          place.applied = index;
          queue.push(...place.replica.step({ kind: "restored", index, digest, nextDeadline: undefined }));
          break;
        }
        case "read-ready":
          place.readyAt.set(effect.id, this.now);
          break;
        case "wake-at":
          place.wakeAt = effect.time;
          break;
        case "forget":
          place.records = place.records.filter(({ kind, round, sequence }) =>
            kind === "block" ? round > effect.round : sequence >= effect.cursor,
          );
          break;
        default:
          place.told.push(effect);
      }
    }
  }

  #deliver(from: number, to: number, sent: Uint8Array): void {
    const bytes = this.tap(from, to, sent);
    this.framesSent += 1;
    const message = decodeMessage(bytes, this.context);
    if (!isRejection(message) && message.kind === "blocks") this.blockFramesSent += 1;
    const delay = this.shape();
    if (delay === undefined || this.cut.has(`${from}>${to}`)) return;
    const { boot } = this.places[to]!;
    this.#queue.push({
      at: this.now + delay,
      sequence: this.#sequence++,
      to,
      boot,
      input: { kind: "message", from, bytes },
    });
  }
}
