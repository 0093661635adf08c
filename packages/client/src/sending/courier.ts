// Who carries commands to the cluster and comes back with outcomes that can be believed: from one replica where replicas
// only crash, from f + 1 where some may lie.
import type { JsonReply } from "@quorate/core/api";
import type { Patience } from "../clock.ts";
import type { Command } from "../command.ts";
import type { Outcome } from "../outcome.ts";

/** How one call is to be carried. */
export interface Call {
  readonly patience: Patience;
  /** Reads: from a replica's own state as it is. */
  readonly stale: boolean;
  /** Writes: where no answer came in time, settle it, at the price of giving up what was not applied by then. */
  readonly certain: boolean;
}

export interface Courier {
  /** How many replicas may lie. */
  readonly byzantine: number;
  /** Runs commands in their order and tells what became of each, in the same order. Throws nothing. */
  send(commands: readonly Command[], call: Call): Promise<readonly Outcome<JsonReply>[]>;
  /** Lets go of the session. */
  close(patience: Patience): Promise<void>;
}
