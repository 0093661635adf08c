// What a verb of the command is made of. A verb gets its flags read and checked for form, and somewhere to write: it
// touches neither `process` nor `console`, so that tests run it like any other function.
import type { Args } from "./args.ts";
import type { Syntax } from "./syntax.ts";

/** Where a verb writes. Answers go to standard output and logs to standard error, so that answers can be piped. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  /** Variables of the environment; left out, there are none. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What verbs that run for long need of their process; left out, nobody ever tells them to stop. */
  readonly host?: Host;
}

/** What a process is told. `orphaned`: whoever started it is gone. */
export type HostEvent = "SIGINT" | "SIGTERM" | "SIGHUP" | "orphaned";

export interface Host {
  /** The words that start this very command again, its verb left out. */
  readonly self: readonly string[];
  /** Whether a person sits in front of it. */
  readonly interactive: boolean;
  /** Calls the listener each time; answers how to stop that. */
  on(event: HostEvent, listener: () => void): () => void;
  /** Tells whoever started this process, if that listens. */
  tell(message: object): void;
  /** Ends the process without waiting for anything. */
  exit(code: number): void;
}

export interface Verb extends Syntax {
  /** One line without a full stop, for the list of verbs. */
  readonly summary: string;
  /** What else the help says: the JSON shape, examples. */
  readonly details: string;
  /** Resolves to the exit code; throws what `exitCodeOf` understands. */
  run(args: Args, io: Io): Promise<number>;
}
