// A few replicas on a desk: one constant delay, disks that answer at once, a machine that only counts. Just enough to
// test the core by itself; the real world is in @quorate/sim.
import { createCommittee } from "../src/committee/committee.ts";
import type { FaultBounds } from "../src/committee/quorum.ts";
import { createToyCrypto } from "../src/crypto-toy.ts";
import type { Batch, Effect } from "../src/effect.ts";
import type { Input } from "../src/input.ts";
import { DEFAULT_LIMITS, type Limits } from "../src/limits.ts";
import type { Mutations, Tuning } from "../src/options.ts";
import { Replica } from "../src/replica.ts";

export interface DeskOptions {
  readonly members: number;
  readonly fault: FaultBounds;
  readonly stakes?: readonly number[];
  readonly delayMs?: number;
  readonly limits?: Partial<Limits>;
  readonly tuning?: Partial<Tuning>;
  readonly mutations?: Mutations;
}

export interface Placed {
  readonly replica: Replica;
  readonly batches: Batch[];
  readonly told: Effect[];
  readonly readyAt: Map<number, number>;
  readonly committedAt: Map<number, number>;
  up: boolean;
  wakeAt: number | undefined;
}

const GENESIS = new Uint8Array(32).fill(7);

export class Desk {
  readonly places: Placed[];
  readonly delayMs: number;
  now = 0;
  readonly wallAtStart = 1_000_000;
  sent = 0;
  #sequence = 0;
  readonly #queue: { readonly at: number; readonly sequence: number; readonly to: number; readonly input: Input }[] =
    [];

  constructor(options: DeskOptions) {
    this.delayMs = options.delayMs ?? 10;
    const committee = createCommittee({
      members: Array.from({ length: options.members }, (_, at) => ({
        name: String.fromCharCode(65 + at),
        stake: options.stakes?.[at] ?? 1,
        publicKey: new Uint8Array(0),
      })),
      fault: options.fault,
    });
    this.places = committee.members.map((_, self) => ({
      replica: Replica.open({
        committee,
        self,
        genesisHash: GENESIS,
        limits: { ...DEFAULT_LIMITS, ...options.limits },
        crypto: createToyCrypto({ self, seed: 1 }),
        start: { kind: "fresh" },
        boot: 1,
        ...(options.tuning === undefined ? {} : { tuning: options.tuning }),
        ...(options.mutations === undefined ? {} : { mutations: options.mutations }),
      }),
      batches: [],
      told: [],
      readyAt: new Map(),
      committedAt: new Map(),
      up: true,
      wakeAt: undefined,
    }));
    for (const [self] of this.places.entries()) {
      for (const [peer] of this.places.entries()) if (peer !== self) this.#feed(self, { kind: "peer-up", peer });
    }
  }

  submit(at: number, ids: readonly number[], session = true): void {
    this.#feed(at, {
      kind: "commands",
      commands: ids.map((id) => ({ id, session, bytes: new TextEncoder().encode(`command ${id}`) })),
    });
  }

  read(at: number, id: number): void {
    this.#feed(at, { kind: "read", id });
  }

  /** Stops a replica for good; its peers do not notice unless told. */
  stop(at: number, noticed: boolean): void {
    this.places[at]!.up = false;
    if (noticed)
      for (const [self] of this.places.entries()) if (self !== at) this.#feed(self, { kind: "peer-down", peer: at });
  }

  /** Runs until a moment, or until nothing is left but waiting beyond it. */
  runUntil(end: number): void {
    for (;;) {
      this.#queue.sort((left, right) => left.at - right.at || left.sequence - right.sequence);
      const message = this.#queue[0];
      let wake: number | undefined;
      for (const [self, place] of this.places.entries()) {
        if (place.up && place.wakeAt !== undefined && (wake === undefined || place.wakeAt < this.places[wake]!.wakeAt!))
          wake = self;
      }
      const wakeAt = wake === undefined ? Number.POSITIVE_INFINITY : this.places[wake]!.wakeAt!;
      const next = Math.min(message?.at ?? Number.POSITIVE_INFINITY, wakeAt);
      if (next > end) break;
      this.now = Math.max(this.now, next);
      if (message !== undefined && message.at <= wakeAt) {
        this.#queue.shift();
        if (this.places[message.to]!.up) this.#feed(message.to, message.input);
      } else if (wake !== undefined) {
        this.places[wake]!.wakeAt = undefined;
        this.#carryOut(
          wake,
          this.places[wake]!.replica.step({ kind: "tick", now: this.now, wall: this.wallAtStart + this.now }),
        );
      }
    }
    this.now = end;
  }

  #feed(self: number, input: Input): void {
    const { replica } = this.places[self]!;
    this.#carryOut(self, replica.step({ kind: "tick", now: this.now, wall: this.wallAtStart + this.now }));
    this.#carryOut(self, replica.step(input));
  }

  /** Carries effects out in order; what the replica asks for meanwhile comes after them. */
  #carryOut(self: number, effects: readonly Effect[]): void {
    const place = this.places[self]!;
    const queue = [...effects];
    for (let effect = queue.shift(); effect !== undefined; effect = queue.shift()) {
      switch (effect.kind) {
        case "persist":
          queue.push(...place.replica.step({ kind: "persisted", upTo: effect.records.at(-1)!.sequence }));
          break;
        case "send":
          this.#deliver(self, effect.to, effect.bytes);
          break;
        case "broadcast":
          for (const [to] of this.places.entries()) if (to !== self) this.#deliver(self, to, effect.bytes);
          break;
        case "commit": {
          place.batches.push(effect.batch);
          for (const { ids } of effect.batch.blocks) for (const id of ids ?? []) place.committedAt.set(id, this.now);
          const { index } = effect.batch;
          const digest = index.toString(16).padStart(16, "0");
          queue.push(...place.replica.step({ kind: "applied", upTo: index, digest, nextDeadline: undefined }));
          break;
        }
        case "read-ready":
          place.readyAt.set(effect.id, this.now);
          break;
        case "wake-at":
          place.wakeAt = effect.time;
          break;
        default:
          place.told.push(effect);
      }
    }
  }

  #deliver(from: number, to: number, bytes: Uint8Array): void {
    this.sent += 1;
    this.#queue.push({
      at: this.now + this.delayMs,
      sequence: this.#sequence++,
      to,
      input: { kind: "message", from, bytes },
    });
  }
}
