// The members of one epoch, their stake, and the thresholds that follow.
import type { AuthorIndex } from "../ids.ts";
import type { FaultBounds, Thresholds } from "./quorum.ts";

/** A member's entry. */
export interface Member {
  readonly name: string;
  /** Weight in quorums, a positive integer. */
  readonly stake: number;
  /** Ed25519 public key; empty under crash faults without transport identity (simulator, tests). */
  readonly publicKey: Uint8Array;
}

/** The ordered members of one epoch. Built by `createCommittee`, which asserts every inequality the rules rest on. */
export interface Committee {
  readonly epoch: number;
  readonly members: readonly Member[];
  /** Stake by author index. */
  readonly stakes: readonly number[];
  readonly fault: FaultBounds;
  readonly thresholds: Thresholds;
  /** Slot owners of a round in rank order: rank k of round r is member (⌊r/w⌋ + k) mod n, so heads rotate wave-aligned. */
  slotsOf(round: number): readonly AuthorIndex[];
}
