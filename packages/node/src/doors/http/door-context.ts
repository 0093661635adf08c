// What every route of one HTTP door shares. Routes get nothing else: in particular no more of the replica than
// `RunningReplica`.
import type { Access } from "../../access/access.ts";
import type { RunningReplica } from "../../running-replica.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import type { ChangeFeed } from "./change-feed.ts";
import type { ClientMemory } from "./client-memory.ts";
import type { HttpLimits } from "./limits.ts";
import type { Refusals } from "./refusals.ts";

export interface DoorContext {
  readonly replica: RunningReplica;
  readonly access: Access;
  readonly limits: HttpLimits;
  readonly log: Log;
  readonly feed: ChangeFeed;
  readonly metrics: Pick<Metrics, "contentType" | "scrape">;
  /** Bytes of bodies in memory. */
  readonly bodies: { bytes: number };
  /** What is held for clients besides. */
  readonly memory: ClientMemory;
  readonly refusals: Refusals;
  /** The document at `/openapi.json`. */
  readonly openApi: () => string;
  /** The door takes nothing new any more. */
  readonly isClosing: () => boolean;
}
