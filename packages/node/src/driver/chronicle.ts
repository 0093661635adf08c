// Since when things are as they are. Nobody tells the moment at which a quorum was lost or a round stopped moving, so it
// is looked at every second; who asks why something is stuck wants to know for how long.
import type { ReplicaStatus } from "@quorate/core";
import type { SpacePressure } from "../storage/block-log.ts";
import type { Clock } from "./clock.ts";

export interface Observation {
  readonly mode: ReplicaStatus["mode"];
  readonly ready: boolean;
  readonly quorum: boolean;
  readonly undecidedRound: number;
  /** Commands or reads wait for a decision. */
  readonly undecided: boolean;
  readonly pressure: SpacePressure;
}

/** How long each has been as it is now; left out where there is nothing to tell. */
export interface Durations {
  readonly modeMs?: number;
  readonly notReadyMs?: number;
  readonly withoutQuorumMs?: number;
  readonly undecidedMs?: number;
  readonly pressureMs?: number;
}

const EVERY_MS = 1_000;

export class Chronicle {
  readonly #observe: () => Observation;
  readonly #clock: Clock;
  readonly #timer: NodeJS.Timeout;
  readonly #since: Record<keyof Observation, number>;
  #last: Observation;

  constructor(observe: () => Observation, clock: Clock) {
    this.#observe = observe;
    this.#clock = clock;
    const now = clock.monotonic();
    this.#last = observe();
    this.#since = { mode: now, ready: now, quorum: now, undecidedRound: now, undecided: now, pressure: now };
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
    this.#timer.unref();
  }

  durations(): Durations {
    this.#look();
    const now = this.#clock.monotonic();
    const { undecided, undecidedRound, ...since } = this.#since;
    return {
      modeMs: now - since.mode,
      ...(this.#last.ready ? {} : { notReadyMs: now - since.ready }),
      ...(this.#last.quorum ? {} : { withoutQuorumMs: now - since.quorum }),
      ...(this.#last.undecided ? { undecidedMs: now - Math.max(undecided, undecidedRound) } : {}),
      ...(this.#last.pressure === "none" ? {} : { pressureMs: now - since.pressure }),
    };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = this.#clock.monotonic();
    const next = this.#observe();
    for (const name of Object.keys(this.#since) as (keyof Observation)[])
      if (next[name] !== this.#last[name]) this.#since[name] = now;
    this.#last = next;
  }
}
