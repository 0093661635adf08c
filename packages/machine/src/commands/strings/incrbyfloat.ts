// INCRBYFLOAT: so much more, with a fraction. Redis computes in the 80-bit floats of x86 and prints 17 places, so that is
// what happens here, in exact integers.
import { bulk } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { addExtended, formatExtended, parseExtended } from "../extended-float.ts";

export const incrbyfloat: CommandDefinition = {
  name: "INCRBYFLOAT",
  arity: 3,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Adds to a number that may have a fraction; a missing key counts as 0.",
  syntax: "INCRBYFLOAT key increment",
  examples: [
    { run: "SET balance 10.50", reply: "OK" },
    { run: "INCRBYFLOAT balance 0.1", reply: '"10.6"' },
    { run: "INCRBYFLOAT balance -5.0e3", reply: '"-4989.39999999999999991"' },
  ],
  run({ keys }, [key, amount]) {
    const entry = keys.readAs(key!, "string");
    const sum = addExtended(parseExtended(entry?.body ?? "0"), parseExtended(amount!));
    if (typeof sum === "string") throw new CommandError("ERR increment would produce NaN or Infinity");
    const value = formatExtended(sum);
    keys.writeString(key!, value, "incrbyfloat", entry?.expireAt);
    return bulk(value);
  },
};
