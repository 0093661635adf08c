// Something held for a while: a lock, a permit of a semaphore, an office. What holds it is the cluster's log time; what
// its holder sees of that is an estimate, so it errs to one side.
//
// The law it keeps: the signal fires before the cluster can have let somebody else in. The lease counts from before the
// request for it was sent, on a clock that never goes back, and ends a margin early for clocks that differ. Whoever does
// not look at the signal is still held off by the store: `fenced` writes carry the token.
import type { Client } from "../client.ts";
import { backgroundTimer, Stopwatch } from "../clock.ts";
import { type Command, write } from "../command.ts";
import { addMethods, cmd, type Sender, type Sent } from "../commands/commands.ts";
import { LeaseError, RejectedError } from "../errors.ts";
import type { Log } from "../log.ts";
import { nothing } from "../reply.ts";

/** Which commands a type of lease has. */
export type LeaseKind = "LOCK" | "SEMAPHORE" | "ELECTION";

/** What is asked for, and how its holder wants to hold it. */
export interface LeaseTerms {
  readonly kind: LeaseKind;
  readonly name: string;
  readonly owner: string;
  /** How many may hold it at once. */
  readonly permits: number;
  readonly leaseMs: number;
  readonly marginMs: number;
  readonly autoExtend: boolean;
}

export class Lease {
  readonly name: string;
  /** Who holds it, as others see it. */
  readonly owner: string;
  /** Higher than that of every holder before: whoever stores something outside compares it. */
  readonly token: number;
  /** The same client, its writes refused by the store (`FENCED`) once the token holds no more. */
  readonly fenced: Sent<string> & Sender;
  readonly #terms: LeaseTerms;
  readonly #client: Client;
  readonly #log: Log;
  readonly #end = new AbortController();
  #since: Stopwatch;
  #safeMs: number;
  #stopExpiry: () => void = () => {};
  #stopExtending: () => void = () => {};

  /** `since` was started before the request that got it was sent. */
  constructor(
    terms: LeaseTerms & { readonly token: number },
    since: Stopwatch,
    { client, log }: { readonly client: Client; readonly log: Log },
  ) {
    this.name = terms.name;
    this.owner = terms.owner;
    this.token = terms.token;
    this.#terms = terms;
    this.#client = client;
    this.#log = log;
    this.#since = since;
    this.#safeMs = terms.leaseMs - terms.marginMs;
    this.fenced = new Fenced(this) as unknown as Sent<string> & Sender;
    this.#armExpiry();
    if (terms.autoExtend) this.#armExtension(terms.leaseMs / 3);
  }

  /** Fires when it is held no more, or might not be: before anybody else can hold it. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** For how long it is certainly held. */
  get leftMs(): number {
    return this.#end.signal.aborted ? 0 : Math.max(0, this.#safeMs - this.#since.elapsedMs);
  }

  get held(): boolean {
    return this.leftMs > 0;
  }

  /** Makes it last so long from now on; as long as it was given for, unless said otherwise. Never cuts it short. */
  async extend(leaseMs: number = this.#terms.leaseMs): Promise<void> {
    this.#assertHeld();
    const since = new Stopwatch();
    const name = this.#terms.kind === "ELECTION" ? "ELECTION.KEEP" : `${this.#terms.kind}.EXTEND`;
    const client = this.#client.with({ timeoutMs: this.leftMs });
    await this.#watched(() => client.run(write(nothing, name, this.name, this.token, leaseMs)));
    this.#assertHeld();
    const safeMs = leaseMs - this.#terms.marginMs;
    if (safeMs - since.elapsedMs <= this.leftMs) return;
    this.#since = since;
    this.#safeMs = safeMs;
    this.#armExpiry();
  }

  /** Gives it up. Answers whether it was still held. */
  async release(): Promise<boolean> {
    this.lose(new LeaseError("RELEASED", `${this.name} was released`));
    try {
      const { kind, owner, name } = this.#terms;
      // A candidate resigns by name; the others hand back what their token stands for.
      if (kind === "ELECTION") return (await this.#client.command("ELECTION.RESIGN", name, owner)) === 1;
      await this.#client.command(`${kind}.RELEASE`, name, this.token);
      return true;
    } catch (error) {
      if (error instanceof RejectedError && error.code === "FENCED") return false;
      throw error;
    }
  }

  /** Runs something of the holder's; learns from a refusal that it holds no more. */
  async run<R>(command: Command<R>): Promise<R> {
    this.#assertHeld();
    if (command.kind === "read") return await this.#client.run(command);
    return await this.#watched(() => this.#client.run(cmd.fence(this.name, this.token, command)));
  }

  lose(reason: LeaseError): void {
    this.#stopExpiry();
    this.#stopExtending();
    this.#end.abort(reason);
  }

  async #watched<R>(send: () => Promise<R>): Promise<R> {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof RejectedError) || error.code !== "FENCED") throw error;
      const lost = new LeaseError(
        "LOST",
        `${this.name} is held no more by token ${this.token}; nothing was written: take it again before going on`,
        { cause: error },
      );
      this.lose(lost);
      throw lost;
    }
  }

  #assertHeld(): void {
    if (!this.held && !this.#end.signal.aborted) this.#expire();
    this.#end.signal.throwIfAborted();
  }

  #armExpiry(): void {
    this.#stopExpiry();
    this.#stopExpiry = backgroundTimer(this.leftMs, () => (this.held ? this.#armExpiry() : this.#expire()));
  }

  #expire(): void {
    const { leaseMs, marginMs } = this.#terms;
    this.lose(
      new LeaseError(
        "LOST",
        `the lease of ${this.name} (${leaseMs} ms, less ${marginMs} ms for clocks that differ) may have ended; ` +
          "extend it in time, or ask for a longer one",
      ),
    );
  }

  #armExtension(afterMs: number): void {
    this.#stopExtending = backgroundTimer(afterMs, () => void this.#extendAgain());
  }

  async #extendAgain(): Promise<void> {
    try {
      await this.extend();
      if (this.held) this.#armExtension(this.#terms.leaseMs / 3);
    } catch (error) {
      if (!this.held) return;
      this.#log({
        kind: "extend-failed",
        name: this.name,
        why: error instanceof Error ? error.message : String(error),
      });
      this.#armExtension(this.#terms.leaseMs / 20);
    }
  }
}

class Fenced implements Sender {
  readonly #lease: Lease;

  constructor(lease: Lease) {
    this.#lease = lease;
  }

  run<R>(command: Command<R>): Promise<R> {
    return this.#lease.run(command);
  }
}

addMethods(Fenced.prototype, cmd);
