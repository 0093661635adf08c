// What went wrong, for whoever reads it: programs by its code, people in words.
import { errorCode } from "./exit-code.ts";

export interface Failure {
  /** The error's own code, or `failed`. */
  readonly code: string;
  readonly message: string;
  /** The message; for an error without a code, which is our bug, where it came from as well. */
  readonly words: string;
}

/** Describes anything that was thrown. */
export function failureOf(error: unknown): Failure {
  const code = errorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code !== undefined || !(error instanceof Error)) return { code: code ?? "failed", message, words: message };
  return { code: "failed", message, words: `this should not have happened: ${error.stack ?? message}` };
}
