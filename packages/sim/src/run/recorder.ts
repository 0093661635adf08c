// Keeps what the judges of a run are given: what each honest replica's log went through, when each command was applied
// where, what stopped, and what was refused. It watches and never interferes.
import type { AuthorIndex, Batch, CommitIndex, Digest, Effect, Millis, Round, Start } from "@quorate/core";
import type { AppliedCommand, CommandName, LogEntry, ReplicaLog } from "../checkers/types.ts";
import type { Clients } from "../workload/workload.ts";
import type { ProcessObserver, SimulatedProcess, StopReason } from "../world/process.ts";
import { WALL_EPOCH_MS } from "../world/process-clock.ts";

/** A process that stopped by itself. */
export interface Halt {
  readonly replica: AuthorIndex;
  readonly at: Millis;
  readonly reason: string;
  readonly dump: string;
}

export class RunRecorder<Reply> implements ProcessObserver<Reply> {
  readonly #now: () => Millis;
  readonly #clients: () => Pick<Clients<Reply>, "effects" | "observer">;
  readonly #logs: LogEntry[][];
  readonly #appliedAt: Map<CommandName, Millis>[];
  /** By commit, from the first replica that got there: what took effect. */
  readonly #effects = new Map<CommitIndex, readonly CommandName[]>();
  /** By command: the first commit that brought it, whatever came of it. */
  readonly #commitOf = new Map<CommandName, CommitIndex>();
  readonly halts: Halt[] = [];
  /** Refusals by code. */
  readonly refusals: Map<string, number> = new Map();
  /** What each member was found guilty of, as told first. */
  readonly evidence: Map<AuthorIndex, string> = new Map();
  /** Highest commit that anybody applied, and when log time was last moved by it. */
  highest: CommitIndex = 0;
  /** The last commit that brought a command. */
  lastWithCommands: CommitIndex = 0;
  /** Commits applied, over all replicas and lives. */
  commits = 0;
  /** The furthest that log time was ever ahead of a right wall clock. */
  logTimeAheadMs: Millis = Number.NEGATIVE_INFINITY;
  /** When each commit was first applied anywhere, and in which round its anchor stands. */
  readonly commitTimes: { readonly at: Millis; readonly round: Round }[] = [];
  starts: Record<Start["kind"], number> = { fresh: 0, restart: 0, amnesia: 0 };
  restores = 0;
  crashes = 0;

  constructor(members: number, now: () => Millis, clients: () => Pick<Clients<Reply>, "effects" | "observer">) {
    this.#now = now;
    this.#clients = clients;
    this.#logs = Array.from({ length: members }, () => []);
    this.#appliedAt = Array.from({ length: members }, () => new Map());
  }

  started(process: SimulatedProcess<Reply>, how: Start["kind"], index: CommitIndex): void {
    this.starts[how] += 1;
    this.#logs[process.self]?.push({ kind: "started", index });
    this.#clients().observer?.started?.(process, how, index);
  }

  committed(
    process: SimulatedProcess<Reply>,
    batch: Batch,
    replies: readonly (readonly Reply[])[],
    stateDigest: Digest,
  ): void {
    const { self } = process;
    const { index, anchor, chainDigest, time } = batch;
    this.commits += 1;
    this.#logs[self]?.push({
      kind: "commit",
      index,
      anchor: `${anchor.round}:${anchor.author}:${anchor.digest}`,
      chainDigest,
      stateDigest,
    });
    const appliedAt = this.#appliedAt[self];
    const now = this.#now();
    const first = index > this.highest;
    const effects: CommandName[] = [];
    for (const { command, fresh } of this.#clients().effects(batch, replies)) {
      if (appliedAt?.has(command) === false) appliedAt.set(command, now);
      if (!first) continue;
      this.lastWithCommands = index;
      if (!this.#commitOf.has(command)) this.#commitOf.set(command, index);
      if (fresh) effects.push(command);
    }
    this.#clients().observer?.committed?.(process, batch, replies, stateDigest);
    if (!first) return;
    this.highest = index;
    this.logTimeAheadMs = Math.max(this.logTimeAheadMs, time - WALL_EPOCH_MS - now);
    this.commitTimes.push({ at: now, round: anchor.round });
    if (effects.length > 0) this.#effects.set(index, effects);
  }

  restored(process: SimulatedProcess<Reply>, index: CommitIndex, stateDigest: Digest): void {
    const { self } = process;
    this.restores += 1;
    this.#logs[self]?.push({ kind: "restored", index, stateDigest });
    // What the snapshot contains counts as applied now.
    const appliedAt = this.#appliedAt[self];
    const now = this.#now();
    for (const [command, commit] of this.#commitOf) {
      if (commit <= index && appliedAt?.has(command) === false) appliedAt.set(command, now);
    }
    this.#clients().observer?.restored?.(process, index, stateDigest);
  }

  stopped({ self }: SimulatedProcess<Reply>, why: StopReason): void {
    if (why.kind === "crash") this.crashes += 1;
    else this.halts.push({ replica: self, at: this.#now(), reason: why.reason, dump: why.dump });
  }

  /** Something that must never fail did; told once for each replica. */
  failed(replica: AuthorIndex, what: string, error: unknown): void {
    if (this.halts.some((halt) => halt.replica === replica && halt.reason === what)) return;
    this.halts.push({
      replica,
      at: this.#now(),
      reason: what,
      dump: error instanceof Error ? error.message : String(error),
    });
  }

  noted(_process: SimulatedProcess<Reply>, effect: Extract<Effect, { kind: "evidence" | "rejected" }>): void {
    if (effect.kind === "rejected") count(this.refusals, effect.rejection.code);
    else if (!this.evidence.has(effect.author)) this.evidence.set(effect.author, effect.what);
  }

  /** What each replica's log went through. */
  get logs(): readonly ReplicaLog[] {
    return this.#logs.map((entries, replica) => ({ replica, entries }));
  }

  appliedAt(replica: AuthorIndex): ReadonlyMap<CommandName, Millis> {
    return this.#appliedAt[replica] ?? new Map();
  }

  /** The log as the first replica to apply each commit saw it. That all saw the same is another judge's business. */
  get applied(): readonly AppliedCommand[] {
    return [...this.#effects].flatMap(([index, commands]) => commands.map((command) => ({ command, index })));
  }
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
