// The two clocks of a replica, as the last `tick` told them.
import type { Millis } from "./ids.ts";

export interface Clock {
  /** Monotonic: for waiting. */
  readonly now: Millis;
  /** Wall clock: for timestamps and deadlines; may jump. */
  readonly wall: Millis;
}
