// Time as the client measures it: never by the wall clock alone, which people set and which jumps.

/** Milliseconds on a clock that never goes back. */
export const monotonic = (): number => performance.now();

/**
 * How long ago something was, at least. The monotonic clock may stand still while a machine sleeps, so the wall clock has
 * a say too: whichever thinks that more time has passed is believed, since what hangs on it are leases.
 */
export class Stopwatch {
  readonly #monotonic: number = performance.now();
  readonly #wall: number = Date.now();

  get elapsedMs(): number {
    return Math.max(performance.now() - this.#monotonic, Date.now() - this.#wall);
  }
}

/** How long somebody is ready to wait, and what stops them before. */
export class Patience {
  readonly #endsAt: number;
  readonly signal: AbortSignal | undefined;

  constructor(ms: number, signal?: AbortSignal) {
    this.#endsAt = monotonic() + ms;
    this.signal = signal;
  }

  get leftMs(): number {
    return this.over ? 0 : this.#endsAt - monotonic();
  }

  get over(): boolean {
    return this.signal?.aborted === true || monotonic() >= this.#endsAt;
  }
}

/** Waits; ends early, without an error, when the signal fires. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(ms, TIMER_MS_MAX));
    signal?.addEventListener("abort", end);
  });
}

/**
 * What the promise comes to, or an error once the signal fires. Whatever is behind the promise should notice the signal
 * itself; the body of a response, for one, does not always.
 */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new Error("aborted"));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Nobody waits for the one that lost.
    promise.catch(() => {});
    aborted.catch(() => {});
  }
}

/** Longer ones fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** A timer that does not keep a program running by itself. */
export function backgroundTimer(ms: number, run: () => void): () => void {
  const timer: unknown = setTimeout(run, Math.min(Math.max(ms, 0), TIMER_MS_MAX));
  // In Node a timer is an object that can be let go of; in browsers a number.
  (timer as { readonly unref?: () => void }).unref?.();
  return () => clearTimeout(timer as ReturnType<typeof setTimeout>);
}
