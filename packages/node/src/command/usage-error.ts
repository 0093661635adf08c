// The command line was not understood. The message says what is wrong and what to write instead.

/** Thrown while flags are read; the process answers `EXIT.usage`. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
  readonly code: "usage" = "usage";
}
