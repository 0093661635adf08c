// The bounds of the machine. They decide what is refused, so every replica must hold the same: they are part of the
// committed configuration.
import { invariant } from "@quorate/core";

export interface MachineConfig {
  /** Longest key. */
  readonly keyBytesMax: number;
  /** Longest value of a string, member of a set, field or element. */
  readonly valueBytesMax: number;
  /** Words of one command, its name included. */
  readonly argumentsMax: number;
  /** Commands queued in one transaction. */
  readonly transactionCommandsMax: number;
  /** Bytes of one reply, and of all that commands inside of a command answer, roughly: elements count 16 besides their own. */
  readonly replyBytesMax: number;
  /** Bytes of the replies of one commit. Beyond it only short ones are given. */
  readonly replyBytesPerCommit: number;
  /** Records of dropped collections that one commit removes. */
  readonly reclaimPerCommit: number;
  /** As many more for each command that the commit carries. One that drops more leaves the rest to later commits. */
  readonly reclaimPerCommand: number;
  /** Deadlines that one commit carries out; what is due beyond that waits for the next, keys and leases already invisible. */
  readonly deadlinesPerCommit: number;
  /** As many more for each command that the commit carries. A transaction can set more: they fall due over several commits. */
  readonly deadlinesPerCommand: number;
  /** Changes that the change log keeps. */
  readonly logEntriesMax: number;
  /** Log time after which a change leaves the change log. */
  readonly logAgeMsMax: number;
  /** Users that there may be. */
  readonly usersMax: number;
  /** Sessions that may be open at once. */
  readonly sessionsMax: number;
  /** Numbers of a session that may be outstanding: above the last acknowledged by at most this. */
  readonly sessionWindow: number;
  /** Log time without a command after which a session ends, unless it asked for another. */
  readonly sessionTimeoutMs: number;
  /** Bytes of kept replies of one session. */
  readonly sessionReplyBytesMax: number;
}

export const DEFAULT_CONFIG: MachineConfig = {
  keyBytesMax: 1024,
  valueBytesMax: 64 * 1024 * 1024,
  argumentsMax: 1024 * 1024,
  transactionCommandsMax: 4096,
  replyBytesMax: 64 * 1024 * 1024,
  replyBytesPerCommit: 128 * 1024 * 1024,
  reclaimPerCommit: 128,
  reclaimPerCommand: 8,
  deadlinesPerCommit: 1024,
  deadlinesPerCommand: 2,
  logEntriesMax: 100_000,
  logAgeMsMax: 3_600_000,
  usersMax: 1000,
  sessionsMax: 65_536,
  sessionWindow: 1024,
  sessionTimeoutMs: 600_000,
  sessionReplyBytesMax: 4 * 1024 * 1024,
};

/** Asserts what the layout rests on. */
export function checkConfig(config: MachineConfig): void {
  for (const [name, value] of Object.entries(config)) {
    invariant(
      Number.isSafeInteger(value) && value > 0,
      `machine limit ${name} must be a positive integer, not ${value}`,
    );
  }
  invariant(config.keyBytesMax <= 1400, "keyBytesMax above 1400 would not fit into a store's keys");
}
