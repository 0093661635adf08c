// Why something from outside was refused, as a value. Bad bytes are everyday life for a replica: they are counted and
// told, never thrown.

/** A refusal: a code that programs match on, and the facts behind it. */
export interface Rejection {
  readonly kind: "rejection";
  readonly code: RejectionCode;
  /** The facts, for logs and for people. */
  readonly facts: Readonly<Record<string, string | number>>;
}

export type RejectionCode =
  // Bytes that are not ours, not whole or not in their one canonical form.
  | "truncated"
  | "trailing-bytes"
  | "bad-tag"
  | "bad-version"
  | "bad-number"
  | "non-canonical"
  | "too-large"
  // Blocks that break a validity rule (docs/protocol.md names each).
  | "wrong-cluster"
  | "wrong-epoch"
  | "unknown-author"
  | "bad-round"
  | "no-parents"
  | "no-own-parent"
  | "two-parents-of-one-author"
  | "parent-not-older"
  | "parent-too-old"
  | "no-parent-quorum"
  | "bad-signature"
  | "exposed-parent"
  | "forked-author"
  | "bad-evidence"
  // Things that are well-formed but not wanted now.
  | "too-far-ahead"
  | "below-horizon"
  | "pending-full"
  | "rejected-parent"
  | "unasked"
  | "own-name";

/** Makes a refusal. */
export function reject(code: RejectionCode, facts: Rejection["facts"] = {}): Rejection {
  return { kind: "rejection", code, facts };
}

/** Whether a decoder or validator refused. */
export function isRejection(value: unknown): value is Rejection {
  return typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === "rejection";
}

/** A refusal as one line of text. */
export function printRejection({ code, facts }: Rejection): string {
  const told = Object.entries(facts).map(([name, value]) => `${name}=${value}`);
  return told.length === 0 ? code : `${code} (${told.join(", ")})`;
}
