// Reads the command line of one verb. Everything that is not understood is refused with the nearest thing that would
// be: a mistyped flag must never be a silently ignored one.
import { parseArgs } from "node:util";
import { nearest } from "./nearest.ts";
import type { Flag, Syntax } from "./syntax.ts";
import { UsageError } from "./usage-error.ts";

/** Flags that every verb has. */
export const COMMON_FLAGS: Readonly<Record<string, Flag>> = {
  json: { kind: "switch", help: "machine-readable output on standard output" },
  help: { kind: "switch", help: "this text" },
};

/** The flags and operands that were given, read by name. */
export class Args {
  readonly operands: readonly string[];
  private readonly values: ReadonlyMap<string, string | true>;

  constructor(values: ReadonlyMap<string, string | true>, operands: readonly string[]) {
    this.values = values;
    this.operands = operands;
  }

  /** Whether a switch was given. */
  has(name: string): boolean {
    return this.values.has(name);
  }

  /** A flag's value as it was written. */
  text(name: string): string | undefined {
    const value = this.values.get(name);
    return typeof value === "string" ? value : undefined;
  }

  /** A flag's value as a whole number within bounds. */
  whole(name: string, { min, max }: { min: number; max: number }): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : readWhole(text, { name, min, max });
  }

  /** A flag's value as one of some words. */
  choice<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const text = this.text(name);
    const word = words.find((one) => one === text);
    if (text === undefined || word !== undefined) return word;
    const near = nearest(text, words);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    throw new UsageError(`--${name} takes one of ${words.join(", ")}, not ${JSON.stringify(text)}${hint}`);
  }

  /** A flag's value as words between commas. */
  list(name: string): readonly string[] | undefined {
    return this.text(name)
      ?.split(",")
      .map((word) => word.trim());
  }

  /** A flag's value as whole numbers between commas. */
  wholes(name: string, bounds: { min: number; max: number }): readonly number[] | undefined {
    return this.list(name)?.map((word) => readWhole(word, { name, ...bounds }));
  }
}

function readWhole(text: string, { name, min, max }: { name: string; min: number; max: number }): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`--${name} takes a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`);
}

/** Reads what stands behind the verb, or throws a `UsageError`. */
export function readArgs(verb: Syntax, argv: readonly string[]): Args {
  const flags = { ...COMMON_FLAGS, ...verb.flags };
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { kind }]) => [
      name,
      { type: kind === "switch" ? ("boolean" as const) : ("string" as const) },
    ]),
  );
  const parse = (words: readonly string[]) =>
    parseArgs({
      args: [...words],
      options: { ...options, help: { type: "boolean", short: "h" } },
      strict: false,
      allowPositionals: true,
      tokens: true,
    });
  const first = verb.operands?.verbatim
    ? parse(argv).tokens.find(({ kind }) => kind === "positional")?.index
    : undefined;
  const { tokens, positionals } = parse(argv.slice(0, first));
  if (first !== undefined) positionals.push(...argv.slice(first));
  const values = new Map<string, string | true>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    values.set(token.name, readFlag(verb, { flags, token, seen: values.has(token.name) }));
  }
  if (!values.has("help")) checkOperands(verb, positionals);
  return new Args(values, positionals);
}

interface FlagReading {
  readonly flags: Readonly<Record<string, Flag>>;
  readonly token: { readonly name: string; readonly rawName: string; readonly value?: string | undefined };
  readonly seen: boolean;
}

function readFlag(verb: Syntax, { flags, token, seen }: FlagReading): string | true {
  const { name, rawName, value } = token;
  if (!Object.hasOwn(flags, name)) {
    const near = nearest(name, Object.keys(flags));
    const hint = near === undefined ? "" : `; did you mean --${near}?`;
    throw new UsageError(`${verb.name} has no flag ${rawName}${hint}`);
  }
  if (seen) throw new UsageError(`--${name} is given twice`);
  const flag = flags[name]!;
  if (flag.kind === "switch") {
    if (value !== undefined) throw new UsageError(`--${name} takes no value`);
    return true;
  }
  // A flag in the place of the value was meant as a flag.
  if (value === undefined || value === "" || value.startsWith("--")) {
    throw new UsageError(`--${name} needs a value: --${name} ${flag.value ?? "VALUE"}`);
  }
  return value;
}

function checkOperands(verb: Syntax, given: readonly string[]): void {
  const { name, min, max } = verb.operands ?? { name: "", min: 0, max: 0 };
  if (given.length > max) {
    const stray = JSON.stringify(given[max]);
    throw new UsageError(
      `${verb.name} does not know what to do with ${stray}; values belong to flags, as in --flag VALUE`,
    );
  }
  if (given.length < min) throw new UsageError(`${verb.name} needs ${name}`);
}
