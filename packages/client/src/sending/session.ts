// Numbers for writes. The cluster applies each number of a session once and keeps its reply until the client says that it
// has it, so a write may be sent again, to any replica, as often as need be.
//
// The law it keeps: a number is acknowledged only when the outcome of it and of all before it is known. A session in
// which one is not known is retired: later writes go to another, and this one stays, so that it can still be resolved.
import { type Patience, Stopwatch, sleep } from "../clock.ts";
import type { Outcome } from "../outcome.ts";
import type { Signer } from "./signed-command.ts";

/** Numbers that may be outstanding; the cluster allows more. */
export const WINDOW = 512;

/** One number of one session. */
export interface Numbered {
  readonly session: Session;
  readonly seq: number;
}

export class Session {
  readonly id: string;
  /** Where the session is bound to a key of ours: what signs its commands. */
  readonly signer: Signer | undefined;
  retired = false;
  readonly #timeoutMs: number;
  readonly #settled = new Set<number>();
  #acknowledged = 0;
  #last = 0;
  #lastUse = new Stopwatch();
  #waiting: (() => void)[] = [];

  constructor(id: string, timeoutMs: number, signer?: Signer) {
    this.id = id;
    this.#timeoutMs = timeoutMs;
    this.signer = signer;
  }

  /** Every number up to this has its answer. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  get free(): number {
    return WINDOW - (this.#last - this.#acknowledged);
  }

  /** Unused for so long that it may end before a write arrives: another is opened instead. */
  get isFading(): boolean {
    return this.#last === this.#acknowledged && this.#lastUse.elapsedMs > this.#timeoutMs / 2;
  }

  take(): Numbered {
    this.#lastUse = new Stopwatch();
    return { session: this, seq: ++this.#last };
  }

  /** The outcome of a number is known. */
  settle(seq: number): void {
    this.#settled.add(seq);
    while (this.#settled.delete(this.#acknowledged + 1)) this.#acknowledged++;
    this.#wake();
  }

  retire(): void {
    this.retired = true;
    this.#wake();
  }

  /** Waits until numbers have become free. */
  async change(patience: Patience): Promise<void> {
    await Promise.race([
      new Promise<void>((resolve) => this.#waiting.push(resolve)),
      sleep(patience.leftMs, patience.signal),
    ]);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Opens a session, or says by the end of patience why there is none. */
export type OpenSession = (patience: Patience) => Promise<Outcome<Session>>;

/** The session that writes are numbered in, opened when the first one needs it. */
export class Sessions {
  readonly #open: OpenSession;
  #current: Session | undefined;
  #opening: Promise<Outcome<Session>> | undefined;

  constructor(open: OpenSession) {
    this.#open = open;
  }

  get current(): Session | undefined {
    return this.#current;
  }

  /** So many numbers of one session, one after the other; or why there are none. */
  async take(count: number, patience: Patience): Promise<Outcome<readonly Numbered[]> | "out of patience"> {
    while (!patience.over) {
      const session = this.#current;
      if (session === undefined || session.retired || session.isFading) {
        const opened = await this.#openOnce(patience);
        if (opened !== undefined && opened.kind !== "committed") return opened;
      } else if (session.free >= count) {
        const numbers = Array.from({ length: count }, () => session.take());
        return { kind: "committed", value: numbers, index: undefined };
      } else {
        await session.change(patience);
      }
    }
    return "out of patience";
  }

  /** One opening for all who wait. Undefined: the wait was over, or it failed for somebody with less patience. */
  async #openOnce(patience: Patience): Promise<Outcome<Session> | undefined> {
    const own = this.#opening === undefined;
    this.#opening ??= this.#open(patience).then((opened) => {
      if (opened.kind === "committed") this.#current = opened.value;
      this.#opening = undefined;
      return opened;
    });
    // Whoever began it gets its outcome: it ends with their patience.
    if (own) return await this.#opening;
    const opened = await Promise.race([this.#opening, sleep(patience.leftMs, patience.signal)]);
    return opened?.kind === "committed" ? opened : undefined;
  }
}
