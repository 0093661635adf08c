// The public surface of the protocol, by hand.

export {
  type Committee,
  type CommitteeOptions,
  createCommittee,
  MEMBERS_MAX,
  type Member,
} from "./committee/committee.ts";
export { ConfigurationError } from "./committee/configuration-error.ts";
export {
  activeStakeMin,
  defaultCrash,
  type FaultBounds,
  honestStake,
  type RuleName,
  readQuorum,
  recoveryQuorum,
  ruleFor,
  STAKE_TOTAL_MAX,
  type ThresholdRequest,
  type Thresholds,
  thresholds,
  thresholdsOf,
  totalStake,
} from "./committee/quorum.ts";
export { assertThresholds, type QuorumLaw, quorumLaws } from "./committee/quorum-laws.ts";
export type { AuthorIndex, BlockRef, CommitIndex, Digest, Millis, Round, Slot } from "./ids.ts";
