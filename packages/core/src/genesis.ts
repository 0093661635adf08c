// What all members must agree on before the first block. Its hash stands in every handshake, log segment, store and
// snapshot: two clusters can never mix.
import type { Member } from "./committee/committee.ts";
import type { FaultBounds } from "./committee/quorum.ts";
import type { Limits } from "./limits.ts";

export interface Genesis {
  /** Chosen once, at random, by whoever makes the cluster. 16 bytes as hex. */
  readonly clusterId: string;
  /** Versions of the wire and disk formats. */
  readonly formatVersion: number;
  /** Version of the machine's semantics. */
  readonly machineVersion: number;
  readonly members: readonly Member[];
  readonly fault: FaultBounds;
  readonly limits: Limits;
}
