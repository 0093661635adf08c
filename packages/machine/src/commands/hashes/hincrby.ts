// HINCRBY: add to a field that is an integer.
import { integer } from "../../reply/reply.ts";
import { memberKey } from "../../state/member-key.ts";
import { INT64_MAX, INT64_MIN, int64 } from "../arguments.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { CommandError } from "../command-error.ts";

export const hincrby: CommandDefinition = {
  name: "HINCRBY",
  arity: 4,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Adds to a field of a hash; one that is not there counts as 0.",
  syntax: "HINCRBY key field increment",
  examples: [
    { run: "HINCRBY stock pears 5", reply: "(integer) 5" },
    { run: "HINCRBY stock pears -7", reply: "(integer) -2" },
    { run: "HSET stock apples many", reply: "(integer) 1" },
    { run: "HINCRBY stock apples 1", reply: "(error) ERR hash value is not an integer" },
  ],
  run({ keys }, [key, field, increment]) {
    const amount = int64(increment!);
    const hash = keys.editCollection(key!, "hash");
    const place = memberKey(field!);
    const before = int64(hash.index.get(place) ?? "0", () => new CommandError("ERR hash value is not an integer"));
    const sum = before + amount;
    if (sum < INT64_MIN || sum > INT64_MAX) throw new CommandError("ERR increment or decrement would overflow");
    hash.index.put(place, String(sum));
    keys.saveCollection(key!, hash, "hincrby");
    return integer(sum);
  },
};
