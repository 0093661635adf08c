// The public surface of the protocol, by hand.

export { concatBytes, equalBytes, fromHex, toHex } from "./bytes.ts";
export {
  type BlockContext,
  blockBytesMax,
  canonicalParents,
  decodeBlock,
  decodeHeader,
  encodeBlock,
  equivocationProof,
  type SignedHeader,
  signedHeaderOf,
  verifyEquivocation,
} from "./codec/block.ts";
export { checkCommand, decodeCommand, encodeCommand, NAME_BYTES_MAX, WORDS_MAX } from "./codec/command.ts";
export { chainDigestOf, decodeCursor, encodeCursor } from "./codec/cursor.ts";
export {
  BLOCKS_PER_FRAME_MAX,
  DIGESTS_PER_FRAME_MAX,
  decodeMessage,
  encodeMessage,
  type MessageContext,
  REFS_PER_FETCH_MAX,
  SNAPSHOT_PIECE_BYTES_MAX,
  splitBlocks,
} from "./codec/message.ts";
export { Reader } from "./codec/reader.ts";
export { decodeUtf8, encodeUtf8 } from "./codec/utf8.ts";
export { Writer } from "./codec/writer.ts";
export { availability } from "./committee/availability.ts";
export {
  type Committee,
  type CommitteeOptions,
  createCommittee,
  MEMBERS_MAX,
  type Member,
} from "./committee/committee.ts";
export { ConfigurationError } from "./committee/configuration-error.ts";
export { countMinimalQuorums, minimalQuorums } from "./committee/minimal-quorums.ts";
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
export { type MemberCount, type Tolerance, tolerance } from "./committee/tolerance.ts";
export { Decider, type DeciderOptions } from "./consensus/decider.ts";
export { Linearizer, type LinearizerOptions, type Linked, type SubDag } from "./consensus/linearizer.ts";
export { type CommitTimeQuestion, commitTime } from "./consensus/log-time.ts";
export { decide, type OracleOptions, type OracleVerdict } from "./consensus/oracle.ts";
export type { Names, Reason } from "./consensus/reason.ts";
export type { Decision, Schedule, Verdict } from "./consensus/verdict.ts";
export { createToyCrypto, type ToyCryptoOptions } from "./crypto-toy.ts";
export type { Block, BlockContent, CommitVote, EquivocationProof } from "./dag/block.ts";
export type { DagBlock } from "./dag/dag-block.ts";
export { checkBlock } from "./dag/validity.ts";
export type { Batch, BatchBlock, Channel, Effect, HaltReason, LogRecord, RefusalReason } from "./effect.ts";
export { decodeGenesis, encodeGenesis, FORMAT_VERSION, type Genesis, genesisHash } from "./genesis.ts";
export type { AuthorIndex, BlockRef, CommitIndex, Digest, Millis, Round, Slot } from "./ids.ts";
export { authorName, compareRefs, GENESIS_DIGEST, printRef, ROUND_MAX, refKey, sameRef } from "./ids.ts";
export type { Input, SubmittedCommand } from "./input.ts";
export { InvariantError, invariant, unreachable } from "./invariant.ts";
export { checkLimits, DEFAULT_LIMITS, exposureDepth, FRAME_BYTES_MAX, type Limits } from "./limits.ts";
export type { Cursor, Message } from "./message.ts";
export { DEFAULT_TUNING, type Mutations, type ReplicaOptions, type Start, type Tuning } from "./options.ts";
export { type Crypto, SIGNATURE_BYTES } from "./ports/crypto.ts";
export type {
  AppliedCommit,
  ApplyContext,
  Command,
  CommandGroup,
  Machine,
  MachineSnapshot,
} from "./ports/machine.ts";
export type { Storage } from "./ports/storage.ts";
export type { Transport, TransportEvents } from "./ports/transport.ts";
export { isRejection, printRejection, type Rejection, type RejectionCode, reject } from "./rejection.ts";
export { Replica } from "./replica.ts";
export type { MemberStanding, ReplicaStatus } from "./status.ts";
