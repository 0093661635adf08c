// The world on a desk: virtual time, a network, and a seat for every member, taken by an honest process or by an
// adversary. One seed makes the whole run: chance is forked by label, so that two parts never share a stream.
//
// Law: nothing here asks the machine it runs on for anything. The same options give the same events in the same order.
import {
  type AuthorIndex,
  type Channel,
  type Committee,
  type Crypto,
  createToyCrypto,
  type Limits,
  type Machine,
  type Millis,
  type Mutations,
  type ReplicaOptions,
  type Tuning,
} from "@quorate/core";
import { createRng, type Rng } from "../rng.ts";
import type { DelayModel } from "./delays.ts";
import { type DiskModel, SimulatedDisk } from "./disk.ts";
import { EventQueue } from "./event-queue.ts";
import { type Endpoint, Network, type NetworkHost } from "./network.ts";
import { type ProcessObserver, SimulatedProcess, type SteppedReplica } from "./process.ts";
import { ProcessClock } from "./process-clock.ts";
import { Trace } from "./trace.ts";

export interface WorldOptions<Reply> {
  readonly seed: number | string;
  readonly committee: Committee;
  readonly limits: Limits;
  readonly delays: DelayModel;
  readonly noticeMs: readonly [Millis, Millis];
  readonly bytesPerMs?: number;
  readonly disk: DiskModel;
  readonly tuningOf?: (member: AuthorIndex) => Partial<Tuning>;
  readonly mutations?: Mutations;
  readonly open: (options: ReplicaOptions) => SteppedReplica;
  readonly createMachine: () => Machine<Reply>;
  readonly observer: ProcessObserver<Reply>;
  readonly snapshotPieceBytes?: number;
  /** Members whose seats adversaries take. */
  readonly adversaries?: readonly AuthorIndex[];
  readonly sink?: (line: string) => void;
}

/** What a process of the same identity needs besides its wire: seats and twins are made of it. */
export interface SeatOptions<Reply> {
  readonly self: AuthorIndex;
  /** Tells the chance of two processes of one member apart. */
  readonly label: string;
  readonly send: (to: AuthorIndex, channel: Channel, bytes: Uint8Array) => void;
  /** Left out: the world's own. */
  readonly observer?: ProcessObserver<Reply>;
}

export class World<Reply> implements NetworkHost {
  readonly options: WorldOptions<Reply>;
  readonly rng: Rng;
  readonly trace: Trace;
  readonly network: Network;
  readonly genesisHash: Uint8Array;
  /** The honest processes by member; undefined where an adversary sits. */
  readonly processes: readonly (SimulatedProcess<Reply> | undefined)[];
  readonly #queue = new EventQueue();
  readonly #toySeed: number;
  #now: Millis = 0;
  events = 0;

  constructor(options: WorldOptions<Reply>) {
    this.options = options;
    this.rng = createRng(options.seed);
    this.trace = new Trace(() => this.#now, options.sink);
    this.#toySeed = this.rng.fork("keys").bits() | 0;
    const { committee, delays, noticeMs, bytesPerMs, adversaries = [] } = options;
    const members = committee.members.length;
    this.network = new Network(
      this,
      { members, delays, noticeMs, ...(bytesPerMs === undefined ? {} : { bytesPerMs }) },
      this.rng.fork("network"),
    );
    const genesis = this.rng.fork("genesis");
    this.genesisHash = Uint8Array.from({ length: 32 }, () => genesis.integer(256));
    this.processes = committee.members.map((_, self) =>
      adversaries.includes(self)
        ? undefined
        : this.createProcess({
            self,
            label: `process ${self}`,
            send: (to, channel, bytes) => this.network.send(self, to, channel, bytes),
          }),
    );
  }

  get now(): Millis {
    return this.#now;
  }

  /** The honest processes. */
  get honest(): readonly SimulatedProcess<Reply>[] {
    return this.processes.filter((process) => process !== undefined);
  }

  /** The toy cryptography of a member: it signs for that member only. */
  cryptoOf(self: AuthorIndex): Crypto {
    return createToyCrypto({ self, seed: this.#toySeed });
  }

  /** A process of some member, not yet started nor linked. */
  createProcess({ self, label, send, observer = this.options.observer }: SeatOptions<Reply>): SimulatedProcess<Reply> {
    const { committee, limits, disk, tuningOf, mutations, open, createMachine } = this.options;
    return new SimulatedProcess<Reply>(
      this,
      { send },
      {
        self,
        members: committee.members.length,
        clock: new ProcessClock(() => this.#now),
        disk: new SimulatedDisk(disk, this.rng.fork(`disk of ${label}`)),
        replica: {
          committee,
          self,
          genesisHash: this.genesisHash,
          limits,
          crypto: this.cryptoOf(self),
          ...(tuningOf === undefined ? {} : { tuning: tuningOf(self) }),
          ...(mutations === undefined ? {} : { mutations }),
        },
        open,
        createMachine,
        diskFull: () => this.crash(self, { silently: false, what: "the disk is full" }),
        observer,
        snapshotPieceBytes: this.options.snapshotPieceBytes ?? 16 * 1024,
      },
    );
  }

  at(time: Millis, run: () => void): void {
    this.#queue.push(time < this.#now ? this.#now : time, run);
  }

  after(delay: Millis, run: () => void): void {
    this.at(this.#now + delay, run);
  }

  /** Starts every honest process. */
  start(): void {
    for (const process of this.honest) this.launch(process.self);
  }

  /** Starts a member's process, if it does not run, and links it. */
  launch(member: AuthorIndex): void {
    const process = this.processes[member];
    if (process === undefined || process.running || process.halted) return;
    process.start();
    if (process.running) this.network.join(member, process);
  }

  /** An adversary takes its seat. */
  seat(member: AuthorIndex, endpoint: Endpoint): void {
    this.network.join(member, endpoint);
  }

  crash(member: AuthorIndex, how: { readonly silently: boolean; readonly what: string }): void {
    this.processes[member]?.crash(this.network, how);
  }

  /** Runs until the next event would be later than `until`, or until `done` says so (asked after every event). */
  run(until: Millis, done?: () => boolean): void {
    for (let next = this.#queue.nextAt; next !== undefined && next <= until; next = this.#queue.nextAt) {
      const { at, run } = this.#queue.pop();
      this.#now = at;
      this.events += 1;
      run();
      if (done?.() === true) return;
    }
    if (this.#now < until) this.#now = until;
  }
}
