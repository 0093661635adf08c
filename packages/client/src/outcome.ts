// What became of a command, as a value: for people who would rather look than catch.
import type { IndeterminateError, RejectedError } from "./errors.ts";

export type Outcome<T> =
  /** Done. `index` is the commit whose state the value reflects, where the answer told it. */
  | { readonly kind: "committed"; readonly value: T; readonly index: number | undefined }
  /** Certainly not applied. */
  | { readonly kind: "rejected"; readonly error: RejectedError }
  /** Nobody can tell yet; `error.resolve()` settles it. */
  | { readonly kind: "indeterminate"; readonly error: IndeterminateError };

/** The value of what was done; throws what says that it was not, or might not be. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.kind === "committed") return outcome.value;
  throw outcome.error;
}

/** The outcome with its value turned into another. */
export function mapOutcome<A, B>(outcome: Outcome<A>, map: (value: A) => B): Outcome<B> {
  return outcome.kind === "committed" ? { ...outcome, value: map(outcome.value) } : outcome;
}
