// What is wrong with a DAG file, in words for the person who wrote it.

/** Thrown for a file that is not understood, or a block that breaks a rule: the message names the place and the rule. */
export class DagFileError extends Error {
  override readonly name: string = "DagFileError";
  readonly code: "dag-file" = "dag-file";
}
