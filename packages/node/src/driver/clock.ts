// The two clocks of a replica: one to wait by and one to stamp by.
import type { Millis } from "@quorate/core";

export interface Clock {
  /** Never goes back: for waiting and measuring. */
  monotonic(): Millis;
  /** Unix time, may jump: for timestamps. */
  wall(): Millis;
}

export const SYSTEM_CLOCK: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
};
