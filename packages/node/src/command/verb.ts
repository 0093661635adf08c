// What a verb of the command is made of. A verb gets its flags read and checked for form, and somewhere to write: it
// touches neither `process` nor `console`, so that tests run it like any other function.
import type { Args } from "./args.ts";
import type { Syntax } from "./syntax.ts";

/** Where a verb writes. Answers go to standard output and logs to standard error, so that answers can be piped. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
}

export interface Verb extends Syntax {
  /** One line without a full stop, for the list of verbs. */
  readonly summary: string;
  /** What else the help says: the JSON shape, examples. */
  readonly details: string;
  /** Resolves to the exit code; throws what `exitCodeOf` understands. */
  run(args: Args, io: Io): Promise<number>;
}
