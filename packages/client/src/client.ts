// The client: what people hold in their hands. It carries no knowledge of the cluster beyond the URLs it was given.
import type { ChangeStreamEvent, StatusReport } from "@quorate/core/api";
import { Patience } from "./clock.ts";
import type { Command, RepliesOf, ReplyOf, Word } from "./command.ts";
import { addMethods, bytesCmd, cmd, type Sender, type Sent } from "./commands/commands.ts";
import { QuorateError, RejectedError } from "./errors.ts";
import { type Acquiring, acquire, type LeaseOptions, notGranted, termsOf, tryOnce } from "./leases/acquire.ts";
import type { Lease, LeaseTerms } from "./leases/lease.ts";
import { observe, type Winner } from "./leases/observe.ts";
import type { Log } from "./log.ts";
import { mapOutcome, type Outcome, unwrap } from "./outcome.ts";
import type { Call, Courier } from "./sending/courier.ts";
import type { Http } from "./sending/http.ts";
import { type Transaction, type TransactionReply, transactionCommand } from "./transaction.ts";
import { lastRevision, update, valuesOf } from "./update.ts";
import { type FollowOptions, follow, type WatchFilter } from "./watching/follow.ts";
import { merge } from "./watching/merge.ts";
import { Watch } from "./watching/watch.ts";

/** How calls are carried; `client.with({ … })` makes a client that carries all of its calls so. */
export interface CallOptions {
  /** Longest wait for an outcome. */
  readonly timeoutMs?: number;
  /** Stops waiting. A write that may have been sent is then indeterminate. */
  readonly signal?: AbortSignal;
  /** Reads: answer from a replica's own state as it is, which may lag. Without effect where replicas may lie. */
  readonly stale?: boolean;
  /** Writes: where no answer came in time, settle them: what was not applied by then never will be. */
  readonly certain?: boolean;
}

/** The outcomes of several commands, each at its command's place. */
export type OutcomesOf<C extends readonly Command[]> = { -readonly [K in keyof C]: Outcome<ReplyOf<C[K]>> };

export type WatchOptions = WatchFilter & {
  /** The first revision to see; from now on unless given. */
  readonly from?: number;
  readonly signal?: AbortSignal;
};

export interface Client extends Sent<string> {
  /** The same commands with values as bytes. */
  readonly bytes: Sent<Uint8Array>;
  /** The same client with other options for its calls. */
  with(options: CallOptions): Client;
  /** Sends a command that was made with `cmd`. */
  run<R>(command: Command<R>): Promise<R>;
  /** The same, answering the outcome as a value where `run` would throw. */
  try<R>(command: Command<R>): Promise<Outcome<R>>;
  /**
   * Runs commands in their order in one request; others may come in between, and each has its own outcome. Throws a
   * `PipelineError` with all outcomes when one was not committed.
   */
  pipeline<const C extends readonly Command[]>(commands: C): Promise<RepliesOf<C>>;
  /** The same, answering the outcomes. */
  tryPipeline<const C extends readonly Command[]>(commands: C): Promise<OutcomesOf<C>>;
  /** Runs commands as one step, under conditions: all of them or none. */
  transaction<const T extends readonly Command[], const E extends readonly Command[] = readonly []>(
    transaction: Transaction<T, E>,
  ): Promise<TransactionReply<T, E>>;
  /**
   * Reads, decides and writes as one step: `decide` reads what it likes and answers the commands to run, or undefined
   * for none; it is called again when one of the keys has changed meanwhile.
   */
  update<const C extends readonly Command[]>(
    keys: readonly Word[],
    decide: (client: Client) => Promise<C | undefined> | C | undefined,
  ): Promise<RepliesOf<C> | undefined>;
  /**
   * Changes as they happen, in order and without holes, from now on or from a revision on. It goes on at another replica
   * when one fails, and throws a `WatchError` when changes would be missing.
   */
  watch(options: WatchOptions): Watch;
  /** Takes a lock, standing in line for it; throws a `LeaseError` (`NOTGRANTED`) when `waitMs` has passed. */
  lock(name: string, options?: LeaseOptions): Promise<Lease>;
  /** Takes a lock if it is free. */
  tryLock(name: string, options?: LeaseOptions): Promise<Lease | undefined>;
  /** Runs something while holding a lock, which is released afterwards. */
  withLock<R>(name: string, run: (lease: Lease) => Promise<R> | R, options?: LeaseOptions): Promise<R>;
  /** Takes one of so many permits, standing in line for one. */
  permit(name: string, permits: number, options?: LeaseOptions): Promise<Lease>;
  /** Takes a permit if one is free. */
  tryPermit(name: string, permits: number, options?: LeaseOptions): Promise<Lease | undefined>;
  /** Stands for an election and waits until it is won. */
  campaign(name: string, options?: LeaseOptions): Promise<Lease>;
  /** Who has won an election: now, and whenever that changes; null while nobody has. */
  observe(name: string, options?: { readonly signal?: AbortSignal }): AsyncIterableIterator<Winner | null>;
  /** What some replica says about itself and the cluster, on its word alone. */
  status(): Promise<StatusReport>;
  /** Ends the session and all watches. What is under way is still answered. */
  close(): Promise<void>;
}

/** What all views of one client share. */
export interface Shared {
  readonly http: Http;
  /** Known from the options, or found out when first needed. */
  readonly courier: (patience: Patience) => Promise<Courier>;
  readonly closed: AbortController;
  readonly timeoutMs: number;
  readonly log: Log;
}

class ConnectedClient implements Sender {
  readonly #shared: Shared;
  readonly #options: CallOptions;

  constructor(shared: Shared, options: CallOptions) {
    this.#shared = shared;
    this.#options = options;
  }

  get bytes(): BytesView {
    return new BytesView(this);
  }

  with(options: CallOptions): Client {
    return asClient(new ConnectedClient(this.#shared, { ...this.#options, ...options }));
  }

  async run<R>(command: Command<R>): Promise<R> {
    return unwrap(await this.try(command));
  }

  async try<R>(command: Command<R>): Promise<Outcome<R>> {
    const [outcome] = await this.tryPipeline([command]);
    return outcome;
  }

  async pipeline<const C extends readonly Command[]>(commands: C): Promise<RepliesOf<C>> {
    return valuesOf(await this.tryPipeline(commands)) as RepliesOf<C>;
  }

  async tryPipeline<const C extends readonly Command[]>(commands: C): Promise<OutcomesOf<C>> {
    const { closed, courier } = this.#shared;
    if (closed.signal.aborted) throw new QuorateError("CLOSED", "the client is closed; connect() makes another");
    const call = this.#call();
    const outcomes = await courier(call.patience).then(
      (found) => found.send(commands, call),
      (error: unknown) => {
        if (!(error instanceof RejectedError)) throw error;
        return commands.map(() => ({ kind: "rejected", error }) as const);
      },
    );
    return outcomes.map((outcome, at) => mapOutcome(outcome, commands[at]!.decode)) as OutcomesOf<C>;
  }

  transaction<const T extends readonly Command[], const E extends readonly Command[] = readonly []>(
    transaction: Transaction<T, E>,
  ): Promise<TransactionReply<T, E>> {
    return this.run(transactionCommand(transaction));
  }

  update<const C extends readonly Command[]>(
    keys: readonly Word[],
    decide: (client: Client) => Promise<C | undefined> | C | undefined,
  ): Promise<RepliesOf<C> | undefined> {
    return update(asClient(this), keys, decide, this.#call().patience);
  }

  watch({ from, signal, ...filter }: WatchOptions): Watch {
    const { http, log, closed } = this.#shared;
    const stop = new AbortController();
    const all = AbortSignal.any([stop.signal, closed.signal, ...(signal === undefined ? [] : [signal])]);
    const last = (): Promise<number> => this.with({ signal: all }).run(lastRevision);
    const started = from === undefined ? last().then((revision) => revision + 1) : Promise.resolve(from);
    const options = { http, log, filter: filter as WatchFilter, signal: all, lastRevision: last };
    return new Watch(started, (first) => this.#follow(first, options), { stop, signal });
  }

  /** One replica's word where they do not lie; else what f + 1 of them say. */
  async *#follow(from: number, options: FollowOptions): AsyncGenerator<ChangeStreamEvent> {
    const { byzantine } = await this.#shared.courier(new Patience(Number.POSITIVE_INFINITY, options.signal));
    if (byzantine === 0) yield* follow(from, options);
    else {
      const stop = new AbortController();
      const signal = AbortSignal.any([options.signal, stop.signal]);
      const streams = options.http.replicas.all.map((only) => follow(from, { ...options, signal, only }));
      yield* merge(from, { streams, needed: byzantine + 1, stop });
    }
  }

  async lock(name: string, options: LeaseOptions = {}): Promise<Lease> {
    return await this.#lease(termsOf("LOCK", name, options), options);
  }

  tryLock(name: string, options: LeaseOptions = {}): Promise<Lease | undefined> {
    return tryOnce(termsOf("LOCK", name, options), this.#acquiring);
  }

  async withLock<R>(name: string, run: (lease: Lease) => Promise<R> | R, options: LeaseOptions = {}): Promise<R> {
    const lease = await this.lock(name, options);
    try {
      return await run(lease);
    } finally {
      // What was done is done; a lock that cannot be released ends by itself.
      await lease.release().catch(() => {});
    }
  }

  async permit(name: string, permits: number, options: LeaseOptions = {}): Promise<Lease> {
    return await this.#lease(termsOf("SEMAPHORE", name, options, permits), options);
  }

  tryPermit(name: string, permits: number, options: LeaseOptions = {}): Promise<Lease | undefined> {
    return tryOnce(termsOf("SEMAPHORE", name, options, permits), this.#acquiring);
  }

  async campaign(name: string, options: LeaseOptions = {}): Promise<Lease> {
    return await this.#lease(termsOf("ELECTION", name, options), options);
  }

  observe(name: string, { signal }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<Winner | null> {
    return observe(asClient(this), name, signal);
  }

  async #lease(terms: LeaseTerms, options: LeaseOptions): Promise<Lease> {
    const lease = await acquire(terms, options, this.#acquiring);
    if (lease === undefined) throw notGranted(terms, options.waitMs!);
    return lease;
  }

  get #acquiring(): Acquiring {
    return { client: asClient(this), log: this.#shared.log };
  }

  async status(): Promise<StatusReport> {
    const { http } = this.#shared;
    const { patience } = this.#call();
    for (;;) {
      const replica = await http.replicas.next(patience);
      if (replica === undefined)
        throw new QuorateError("UNAVAILABLE", `no replica told its status in time, of ${http.replicas.urls}`);
      const exchange = await http.ask(replica, { method: "GET", path: "/v1/status" }, patience);
      if (exchange.kind === "response" && exchange.status === 200) return exchange.body as StatusReport;
    }
  }

  async close(): Promise<void> {
    const { closed, courier, http } = this.#shared;
    if (closed.signal.aborted) return;
    closed.abort(new QuorateError("CLOSED", "the client was closed"));
    const patience = new Patience(http.attemptMs);
    // A session that cannot be closed ends by itself.
    await courier(patience).then(
      (found) => found.close(patience),
      () => {},
    );
  }

  #call(): Call {
    const { timeoutMs = this.#shared.timeoutMs, signal, stale = false, certain = false } = this.#options;
    return { patience: new Patience(timeoutMs, signal), stale, certain };
  }
}

addMethods(ConnectedClient.prototype, cmd);

class BytesView implements Sender {
  readonly #client: Sender;

  constructor(client: Sender) {
    this.#client = client;
  }

  run<R>(command: Command<R>): Promise<R> {
    return this.#client.run(command);
  }
}

addMethods(BytesView.prototype, bytesCmd);

/** The methods of commands are added to the class above by a loop, where the compiler does not see them. */
function asClient(client: ConnectedClient): Client {
  return client as unknown as Client;
}

export function createClient(shared: Shared): Client {
  return asClient(new ConnectedClient(shared, {}));
}
