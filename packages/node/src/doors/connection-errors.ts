// What a client is told when its command did not end with a reply. Two kinds, never mixed up: what was certainly not
// applied, and what nobody here can tell. Each text says what to do next.
import type { Outcome } from "../running-replica.ts";
import type { RunOptions } from "./connection-entry.ts";

export type RefusalReason = Extract<Outcome, { kind: "refused" }>["reason"];

/** Certainly not applied. */
export function refusalText(reason: RefusalReason, limits: { readonly payloadBytesMax: number }): string {
  switch (reason) {
    case "no-quorum":
      return "NOQUORUM this replica cannot reach a quorum; the command was not applied; ask another replica, or again later";
    case "recovering":
      return "NOQUORUM this replica fetches from the others what it lost or missed; the command was not applied; ask another replica";
    case "diverged":
      return "NOQUORUM this replica's state is in doubt; the command was not applied; ask another replica";
    case "stopping":
      return "NOQUORUM this replica is stopping; the command was not applied; ask another replica";
    case "overloaded":
      return "OVERLOADED this replica has as much to do as it may queue; the command was not applied; send it again later";
    case "too-large":
      return `ERR the command is larger than the ${limits.payloadBytesMax} bytes that a block carries; it was not applied; split it`;
    case "bad-command":
      return "ERR the command cannot be written to the log: too many words, or a name too long; it was not applied";
    case "too-old":
      return "REJECTED the command's time had passed; it was not applied";
    default:
      return `ERR the command was not applied: ${reason satisfies never}`;
  }
}

/** Reasons that say nothing about the command: the same one may go through a moment later. */
export function isPassing(reason: RefusalReason): boolean {
  return reason === "no-quorum" || reason === "recovering" || reason === "diverged" || reason === "stopping";
}

/** Nobody here can tell whether it was, or will be, applied. */
export function indeterminateText(why: string, { session }: Pick<RunOptions, "session">): string {
  const todo =
    session === undefined
      ? "read before you send it again, or use a session"
      : "send it again under the same number of its session, and it is applied once";
  return `INDETERMINATE ${why}; the command may have been applied or may still be; ${todo}`;
}

export const notInTime = (deadlineMs: number): string => `no answer within ${deadlineMs} ms`;

/** A read without an answer: there is nothing that it could have done. */
export const readFailed = (why: string): string =>
  `NOQUORUM ${why}; nothing was changed; ask again, or ask another replica`;

/** A command that still waited behind others when its time, or its connection, ended. */
export const neverSent = (why: string): string => `NOQUORUM ${why}; the command was not applied`;

export const NO_AUTH = "NOAUTH Authentication required.";

export const OUT_OF_SPACE =
  "OOM the disk of this replica is nearly full: commands that add are refused; delete something, or make room";

export const EXEC_ABORTED = "EXECABORT Transaction discarded because of previous errors.";

/** Said at the command that does not fit: EXEC could only have said it of the whole. */
export const transactionTooLarge = ({ payloadBytesMax }: { readonly payloadBytesMax: number }): string =>
  `ERR the transaction is larger than the ${payloadBytesMax} bytes that a block carries; EXEC will discard it; split it`;

export const watchesTooLarge = ({ payloadBytesMax }: { readonly payloadBytesMax: number }): string =>
  `ERR the watched keys are larger than the ${payloadBytesMax} bytes that a block carries, and EXEC has to send them; none of these is watched; watch fewer`;

export const NOT_IN_TRANSACTION = "ERR Command not allowed inside a transaction";
