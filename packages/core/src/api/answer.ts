// What became of a command. Three outcomes, in every interface: it is done, it is certainly not done, or nobody can tell
// yet. The third is never dressed up as one of the others.
import type { JsonReply } from "./command-json.ts";

/** The first word of a refusal: Redis's own (`ERR`, `WRONGTYPE`, `NOAUTH`, …), the machine's (`FENCED`, …), or these. */
export type AnswerCode = "NOQUORUM" | "INDETERMINATE" | "OVERLOADED" | "REJECTED" | "FENCED" | (string & {});

export type Answer =
  /** Applied (or, for a read, answered). `index` is the commit whose state the reply reflects. */
  | { readonly outcome: "committed"; readonly reply: JsonReply; readonly index: number }
  /** Certainly not applied. */
  | { readonly outcome: "rejected"; readonly code: AnswerCode; readonly message: string }
  /** It may have been applied, or may yet be. Safe to send again under the same session and number. */
  | { readonly outcome: "indeterminate"; readonly code: "INDETERMINATE"; readonly message: string };

/**
 * What `/v1/commands` answers to several commands, in their order. A single one is answered with its `Answer`; where that
 * is not `committed`, with a `Problem` of the same outcome and code.
 */
export interface CommandsResponse {
  readonly answers: readonly Answer[];
}
