// HINCRBYFLOAT: add to a field that may have a fraction, in the 80-bit floats that Redis computes in.
import { bulk } from "../../reply/reply.ts";
import { memberKey } from "../../state/member-key.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { addExtended, formatExtended, parseExtended } from "../extended-float.ts";

export const hincrbyfloat: CommandDefinition = {
  name: "HINCRBYFLOAT",
  arity: 4,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Adds to a field of a hash that may have a fraction; one that is not there counts as 0.",
  syntax: "HINCRBYFLOAT key field increment",
  examples: [
    { run: "HINCRBYFLOAT tank litres 10.5", reply: '"10.5"' },
    { run: "HINCRBYFLOAT tank litres 0.1", reply: '"10.6"' },
    { run: "HINCRBYFLOAT tank litres -5.0e3", reply: '"-4989.39999999999999991"' },
  ],
  run({ keys }, [key, field, increment]) {
    const amount = parseExtended(increment!);
    if (typeof amount === "string") throw new CommandError("ERR value is NaN or Infinity");
    const hash = keys.editCollection(key!, "hash");
    const place = memberKey(field!);
    const before = parseExtended(hash.index.get(place) ?? "0", () => new CommandError("ERR hash value is not a float"));
    const sum = addExtended(before, amount);
    if (typeof sum === "string") throw new CommandError("ERR increment would produce NaN or Infinity");
    const value = formatExtended(sum);
    hash.index.put(place, value);
    keys.saveCollection(key!, hash, "hincrbyfloat");
    return bulk(value);
  },
};
