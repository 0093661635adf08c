// What may stand behind a verb: its flags and its operands, for the reader and for the help.

/** One flag. */
export interface Flag {
  readonly kind: "value" | "switch";
  /** How the value is called in the help: `N`, `FILE`. */
  readonly value?: string;
  readonly help: string;
}

/** What stands beside the flags: files, words. */
export interface Operands {
  /** How they are called in the help: `FILE…`. */
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** From the first one on everything is an operand, whatever it looks like: flags stand before it. */
  readonly verbatim?: boolean;
}

export interface Syntax {
  /** The verb's name. */
  readonly name: string;
  /** Beside `--help` and `--json`, which every verb has. */
  readonly flags: Readonly<Record<string, Flag>>;
  /** Left out: the verb takes none. */
  readonly operands?: Operands;
}
