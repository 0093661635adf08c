// COPY: a second key with the same content.
import { integer } from "../../reply/reply.ts";
import { isLease } from "../../state/leases.ts";
import { integerArgument, word } from "../arguments.ts";
import type { Arguments, CommandDefinition } from "../command.ts";
import { CommandError, syntaxError, wrongType } from "../command-error.ts";

const INT_MAX = 2 ** 31 - 1;

export const copy: CommandDefinition = {
  name: "COPY",
  arity: -3,
  flags: ["write", "grows"],
  keys: { first: 1, last: 2, step: 1 },
  summary: "Gives another key the same content and time to live.",
  syntax: "COPY source destination [DB 0] [REPLACE]",
  examples: [
    { run: "SET a 1", reply: "OK" },
    { run: "COPY a b", reply: "(integer) 1" },
    { run: "COPY a b", reply: "(integer) 0" },
    { run: "COPY a b REPLACE", reply: "(integer) 1" },
  ],
  run({ keys }, [source, target, ...rest]) {
    const replace = parseOptions(rest);
    if (source === target) throw new CommandError("ERR source and destination objects are the same");
    const entry = keys.read(source!);
    if (entry === undefined || (!replace && keys.read(target!) !== undefined)) return integer(0);
    if (isLease(entry)) throw wrongType();
    keys.write(target!, keys.duplicate(entry), "copy_to");
    return integer(1);
  },
};

function parseOptions(args: Arguments): boolean {
  let replace = false;
  for (let at = 0; at < args.length; at++) {
    const option = word(args[at]);
    if (option === "replace") replace = true;
    else if (option === "db" && at + 1 < args.length) checkDatabase(args[++at]!);
    else throw syntaxError();
  }
  return replace;
}

/** There is one database, 0. */
function checkDatabase(arg: string): void {
  const database = integerArgument(arg);
  if (database > INT_MAX || database < -INT_MAX - 1) {
    throw new CommandError(`ERR value is out of range, value must between ${-INT_MAX - 1} and ${INT_MAX}`);
  }
  if (database !== 0) throw new CommandError("ERR DB index is out of range");
}
