// One run of a scenario: sets the world up, lets clients and faults loose on it, heals everything, and waits until all is
// answered and applied. Judging is another file's business; this one only makes things happen.
//
//   start ── clients and faults ──► heal ── clients alone ──► quiet ── until everybody stands at the same commit ──► end
import {
  type AuthorIndex,
  type Command,
  encodeCommand,
  type Millis,
  Replica,
  type ReplicaOptions,
  type Round,
} from "@quorate/core";
import type { Coalition } from "../adversary/coalition.ts";
import { seatAdversaries } from "../adversary/seat.ts";
import type { ToldCommand } from "../checkers/types.ts";
import type { WorkloadSpec } from "../client/workload.ts";
import { Nemesis } from "../fault/nemesis.ts";
import { HistoryRecorder } from "../history/recorder.ts";
import type { Rng } from "../rng.ts";
import { committeeOf, limitsOf, type Scenario } from "../scenario/scenario.ts";
import type { ToyReply } from "../toy/toy-reply.ts";
import { TOY_WORKLOAD } from "../toy/toy-workload.ts";
import type { Clients, Workload, WorkloadHost } from "../workload/workload.ts";
import type { SimulatedProcess, SteppedReplica } from "../world/process.ts";
import { WALL_EPOCH_MS } from "../world/process-clock.ts";
import { World } from "../world/world.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { RunRecorder } from "./recorder.ts";

export interface RunOptions {
  readonly seed: number | string;
  /** Takes the trace line by line; without it no text is made. */
  readonly sink?: (line: string) => void;
  /** Opens the core; left out, the real one. Canaries put something else in its place. */
  readonly open?: (options: ReplicaOptions) => SteppedReplica;
}

/** Links form and first words are exchanged before clients come. */
const WARM_UP_MS = 100;
const LOOK_EVERY_MS = 20;

export class ScenarioRun<Reply = ToyReply> implements WorkloadHost<Reply> {
  readonly scenario: Scenario<Reply>;
  readonly world: World<Reply>;
  readonly recorder: RunRecorder<Reply>;
  readonly nemesis: Nemesis<Reply>;
  readonly memory: MemoryWatch;
  readonly history: HistoryRecorder = new HistoryRecorder();
  readonly spec: WorkloadSpec;
  readonly chance: Rng;
  readonly replicas: readonly SimulatedProcess<Reply>[];
  readonly clients: Clients<Reply>;
  readonly toldCommands: ToldCommand[] = [];
  /** When each command was first given to a replica, as long as it must get through. */
  readonly submitted: Map<string, Millis> = new Map();
  readonly latencies: Millis[] = [];
  /** What a scenario's script found out, by name. */
  readonly notes: Map<string, number> = new Map();
  #coalitions: readonly Coalition[] = [];
  #open = true;
  #patient = false;
  #operations = 0;
  #round: Round = 0;
  #clientsAt: Millis = 0;
  #healedAt: Millis = Number.POSITIVE_INFINITY;
  #stampedUntil: Millis = 0;
  #quietAt: Millis | undefined;

  constructor(scenario: Scenario<Reply>, options: RunOptions) {
    this.scenario = scenario;
    const { stakes, delays, noticeMs, disk, tuning, tuningOf, mutations, adversaries } = scenario;
    // A scenario that names no workload is about the toy machine, and its replies are the toy's.
    const workload = scenario.uses ?? (TOY_WORKLOAD as Workload<unknown> as Workload<Reply>);
    this.recorder = new RunRecorder<Reply>(
      stakes.length,
      () => this.world.now,
      () => this.clients,
    );
    this.world = new World<Reply>({
      seed: `${scenario.name} ${options.seed}`,
      committee: committeeOf(scenario),
      limits: limitsOf(scenario),
      delays,
      noticeMs,
      disk,
      tuningOf: (member) => ({ ...tuning, ...tuningOf?.(member) }),
      mutations,
      open: options.open ?? ((replica) => Replica.open(replica)),
      createMachine: () => workload.createMachine(),
      observer: this.recorder,
      snapshotPieceBytes: 512,
      adversaries: adversaries.flatMap(({ members }) => members),
      ...(options.sink === undefined ? {} : { sink: options.sink }),
    });
    this.nemesis = new Nemesis(this.world);
    this.replicas = this.world.honest;
    this.spec = scenario.workload;
    this.chance = this.world.rng.fork("clients");
    this.clients = workload.open(this);
    this.memory = new MemoryWatch(() => this.world.now);
  }

  get now(): Millis {
    return this.world.now;
  }

  get open(): boolean {
    return this.#open;
  }

  get patient(): boolean {
    return this.#patient;
  }

  /** When the clients began: the zero of the schedule of faults. */
  get clientsAt(): Millis {
    return this.#clientsAt;
  }

  get healedAt(): Millis {
    return this.#healedAt;
  }

  /**
   * From when on no fault has an effect any more. A member whose clock was wrong may have stamped its last block ahead of
   * time, and others hold it until then. The rules keep that from happening as long as wrong clocks have less than half of
   * the stake, so only where they had as much is that time waited for.
   */
  get movesFrom(): Millis {
    return this.#mostClocksWereRight() ? this.healedAt : Math.max(this.healedAt, this.#stampedUntil);
  }

  /** When everything was answered and applied; undefined if that never came. */
  get quietAt(): Millis | undefined {
    return this.#quietAt;
  }

  /** Operations that ended with an answer. */
  get operations(): number {
    return this.#operations;
  }

  /** Members that lie together. */
  get coalitions(): readonly Coalition[] {
    return this.#coalitions;
  }

  /** Operations without an answer. */
  get waiting(): number {
    return this.clients.waiting;
  }

  /** The highest round that any honest replica reached, as of the last look. */
  get round(): Round {
    return this.#round;
  }

  /** What the scenario asked for and did not get in its time, as text. */
  get short(): readonly string[] {
    const { operations, rounds } = this.scenario;
    const within = `within ${(this.now / 1000).toFixed(1)} virtual seconds`;
    return [
      ...(this.#round < rounds ? [`${this.#round} of at least ${rounds} rounds ${within}`] : []),
      ...(this.#operations < operations ? [`${this.#operations} of at least ${operations} operations ${within}`] : []),
    ];
  }

  /** Submits a command to a member's process, for scripts; `done` is called with its reply, or not at all. */
  submit(
    member: AuthorIndex,
    words: readonly Uint8Array[],
    done: (reply: Reply) => void = () => undefined,
    { notAfter = Number.MAX_SAFE_INTEGER, session }: Partial<Pick<Command, "notAfter" | "session">> = {},
  ): void {
    const bytes = encodeCommand({ words, notAfter, session, user: "", clientSignature: undefined });
    const inSession = session !== undefined;
    this.world.processes[member]?.submit(bytes, inSession, (answer) => answer.kind === "reply" && done(answer.reply));
  }

  /** Remembers a figure for the scenario's promise. */
  note(name: string, value: number): void {
    this.notes.set(name, value);
  }

  after(delay: Millis, run: () => void): void {
    this.world.after(delay, run);
  }

  told(told: ToldCommand): void {
    this.toldCommands.push(told);
  }

  began(command: string): void {
    this.submitted.set(command, this.now);
  }

  settled(command: string, outcome: "ok" | "fail" | "info"): void {
    // Given up or refused: nothing is promised about it any more.
    if (outcome !== "ok") this.submitted.delete(command);
  }

  completed(latency: Millis): void {
    this.#operations += 1;
    this.latencies.push(latency);
  }

  /** Runs the whole scenario. */
  run(): void {
    const { chaosMs, faults, calmMs, boundMs, rounds, operations, script } = this.scenario;
    this.world.start();
    this.#coalitions = seatAdversaries(this.world as World<unknown> as World<never>, this.scenario.adversaries);
    this.#look();
    this.world.run(WARM_UP_MS);
    this.#clientsAt = this.now;
    for (const { at, fault } of faults) this.after(at, () => this.nemesis.apply(fault));
    script?.(this);
    this.clients.start();
    const [least, most] = chaosMs;
    this.world.run(this.#clientsAt + least);
    const isLong = (): boolean =>
      (this.#round >= rounds && this.#operations >= operations) || this.recorder.halts.length > 0;
    this.world.run(this.#clientsAt + most, isLong);
    this.nemesis.end();
    this.#healedAt = this.now;
    this.#patient = true;
    this.world.run(this.now + calmMs);
    // Where faults left no quorum for most of the time, the run gets its length now.
    this.world.run(this.now + most, isLong);
    this.#open = false;
    this.world.run(Math.max(this.now, this.movesFrom) + boundMs, () => this.#isQuiet());
    this.#quietAt = this.#isQuiet() ? this.now : undefined;
    this.#lookOnce();
  }

  /** What liars say of their clocks is as good as a wrong one. */
  #mostClocksWereRight(): boolean {
    const { adversaries, faults, stakes } = this.scenario;
    const wrong = new Set(adversaries.flatMap(({ members }) => members));
    for (const { fault } of faults) if (fault.verb === "skew" || fault.verb === "jump") wrong.add(fault.member);
    const stakeOf = (members: readonly AuthorIndex[]): number =>
      members.reduce((sum, member) => sum + (stakes[member] ?? 0), 0);
    return 2 * stakeOf([...wrong]) < stakeOf([...stakes.keys()]);
  }

  /** Whether every client has its answer and every replica stands at the same commit. */
  #isQuiet(): boolean {
    return this.clients.waiting === 0 && this.#converged();
  }

  /**
   * Whether all honest replicas stand at the same commit. Where members lie, one of them may have shown its last block to
   * some only: these can be a few empty commits ahead, and nobody needs anything that would bring the others there.
   */
  #converged(): boolean {
    let least = Number.POSITIVE_INFINITY;
    let most = 0;
    for (const process of this.replicas) {
      if (!process.running || process.paused) return false;
      least = Math.min(least, process.index);
      most = Math.max(most, process.index);
    }
    return least === most || (this.scenario.fault.byzantine > 0 && least >= this.recorder.lastWithCommands);
  }

  #look(): void {
    this.#lookOnce();
    this.after(LOOK_EVERY_MS, () => this.#look());
  }

  #lookOnce(): void {
    for (const { disk, replica, self } of this.replicas) {
      if (replica === undefined) continue;
      try {
        const status = replica.status();
        if (status.round > this.#round) this.#round = status.round;
        this.#stampedUntil = Math.max(this.#stampedUntil, status.ownStamp - WALL_EPOCH_MS);
        this.memory.look(self, status, disk);
      } catch (error) {
        // Asking where a replica stands must always be possible.
        this.recorder.failed(self, "status", error);
      }
    }
  }
}
