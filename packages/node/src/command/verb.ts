// What a verb of the command is made of. A verb gets its flags read and checked for form, and somewhere to write: it
// touches neither `process` nor `console`, so that tests run it like any other function.
import type { Args } from "./args.ts";

/** Where a verb writes. Answers go to standard output and logs to standard error, so that answers can be piped. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
}

/** One flag. */
export interface Flag {
  readonly kind: "value" | "switch";
  /** How the value is called in the help: `N`, `FILE`. */
  readonly value?: string;
  readonly help: string;
}

/** What stands behind the flags: files, words. */
export interface Operands {
  /** How they are called in the help: `FILE…`. */
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

export interface Verb {
  readonly name: string;
  /** One line without a full stop, for the list of verbs. */
  readonly summary: string;
  /** Beside `--help` and `--json`, which every verb has. */
  readonly flags: Readonly<Record<string, Flag>>;
  /** Left out: the verb takes none. */
  readonly operands?: Operands;
  /** What else the help says: the JSON shape, examples. */
  readonly details: string;
  /** Resolves to the exit code; throws what `exitCodeOf` understands. */
  run(args: Args, io: Io): Promise<number>;
}
