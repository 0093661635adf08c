// SCAN: the keys, some at a time. What SSCAN, HSCAN and ZSCAN share is here.
import { array, bulk } from "../../reply/reply.ts";
import { integerArgument, word } from "../arguments.ts";
import { type Arguments, type CommandDefinition, NO_KEYS } from "../command.ts";
import { CommandError, syntaxError, untilZero } from "../command-error.ts";
import { globOf } from "../glob.ts";

export const scan: CommandDefinition = {
  name: "SCAN",
  arity: -2,
  flags: ["readonly"],
  keys: NO_KEYS,
  summary: "Some of the keys, and the cursor that asks for more; 0 starts and ends. Any replica takes any cursor.",
  syntax: "SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]",
  examples: [
    { run: "SET a 1", reply: "OK" },
    { run: "SCAN 0", reply: '1) "0"\n2) 1) "a"' },
  ],
  run(context, [cursor, ...rest]) {
    const place = parseCursor(cursor!);
    const { matches, count, type } = parseScanOptions(rest, true);
    if (place > PLACE_MAX) return array([bulk("0"), array([])]);
    const page = context.keys.scan(place, count);
    const found = page.keys.filter(([key, entry]) => matches(key) && (type === undefined || word(type) === entry.type));
    return array([bulk(String(page.next)), array(found.map(([key]) => bulk(key)))]);
  },
};

/** Cursors are places in a hash order, below this. */
export const PLACE_MAX: number = 2 ** 48 - 1;

export interface ScanOptions {
  /** Whether a key, member or field is wanted. */
  readonly matches: (text: string) => boolean;
  readonly count: number;
  readonly type: string | undefined;
}

/** A cursor as `strtoul` reads it; what was never given out is past the end. */
export function parseCursor(arg: string): number {
  const digits = untilZero(arg);
  if (digits === "") return 0;
  const [, sign, number] = /^([+-]?)([0-9]+)$/.exec(digits) ?? [];
  const significant = number?.replace(/^0+(?=.)/, "");
  // What is longer than any number that fits is not read as one.
  const value = significant === undefined || significant.length > 20 ? 2n ** 64n : BigInt(significant);
  if (value >= 2n ** 64n) throw new CommandError("ERR invalid cursor");
  return Number(BigInt.asUintN(64, sign === "-" ? -value : value));
}

export function parseScanOptions(args: Arguments, withType = false): ScanOptions {
  let matches = (_: string): boolean => true;
  let type: string | undefined;
  let count = 10;
  for (let at = 0; at < args.length; at += 2) {
    const option = word(args[at]);
    const value = args[at + 1];
    if (value === undefined) throw syntaxError();
    if (option === "count") {
      count = integerArgument(value);
      if (count < 1) throw syntaxError();
    } else if (option === "match") matches = globOf(value);
    else if (option === "type" && withType) type = value;
    else throw syntaxError();
  }
  return { matches, count, type };
}
