// WAIT: how many other members have a block in the history of their newest one. Nothing is asked of them; what they say
// anyway is looked at whenever something was committed, and now and then.
import type { BlockRef } from "@quorate/core";
import type { RunningReplica } from "../running-replica.ts";

const LOOK_EVERY_MS = 20;
/** The longest time that a timer can take. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export interface WaitOptions {
  readonly replica: RunningReplica;
  /** `none`: nothing was written, so whoever is there has it all. `unknown`: nobody can tell who has it. */
  readonly block: BlockRef | "none" | "unknown";
  readonly members: number;
  /** 0: for ever. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Resolves with the number when it is reached, when the time is over, or when the signal says so. */
export function waitForWitnesses({ replica, block, members, timeoutMs, signal }: WaitOptions): Promise<number> {
  const count = (): number => {
    if (block === "unknown") return 0;
    if (block === "none") return replica.status().members.filter(({ self, up }) => up && !self).length;
    return replica.witnesses(block);
  };
  return new Promise((resolve) => {
    if (count() >= members || signal.aborted) {
      resolve(count());
      return;
    }
    const end = (): void => {
      forget();
      clearInterval(every);
      clearTimeout(timeout);
      signal.removeEventListener("abort", end);
      resolve(count());
    };
    const look = (): void => {
      if (count() >= members) end();
    };
    const forget = replica.onCommit(look);
    const every = setInterval(look, LOOK_EVERY_MS);
    const timeout = timeoutMs === 0 ? undefined : setTimeout(end, Math.min(timeoutMs, TIMER_MS_MAX));
    signal.addEventListener("abort", end);
  });
}
