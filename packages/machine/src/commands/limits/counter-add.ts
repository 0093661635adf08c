// COUNTER.ADD: a number that keeps to its bounds without a script: stock that is never sold twice, slots that run out.
import { integer, NULL } from "../../reply/reply.ts";
import { INT64_MAX, INT64_MIN, int64, word } from "../arguments.ts";
import { type Arguments, type CommandDefinition, FIRST_KEY } from "../command.ts";
import { syntaxError } from "../command-error.ts";

export const counterAdd: CommandDefinition = {
  name: "COUNTER.ADD",
  arity: -3,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Adds to a number if the sum keeps to the bounds; answers the sum, or null if nothing was added.",
  syntax: "COUNTER.ADD key amount [MIN bound] [MAX bound]",
  examples: [
    { run: "COUNTER.ADD stock 2", reply: "(integer) 2" },
    { run: "COUNTER.ADD stock -2 MIN 0", reply: "(integer) 0" },
    { run: "COUNTER.ADD stock -1 MIN 0", reply: "(nil)" },
    { run: "GET stock", reply: '"0"' },
  ],
  run({ keys }, [key, amount, ...rest]) {
    const { min, max } = boundsOf(rest);
    const entry = keys.readAs(key!, "string");
    const sum = int64(entry?.body ?? "0") + int64(amount!);
    if (sum < min || sum > max) return NULL;
    keys.writeString(key!, String(sum), "incrby", entry?.expireAt);
    return integer(sum);
  },
};

function boundsOf(args: Arguments): { readonly min: bigint; readonly max: bigint } {
  let [min, max] = [INT64_MIN, INT64_MAX];
  for (let at = 0; at < args.length; at += 2) {
    const bound = args[at + 1];
    if (bound === undefined) throw syntaxError();
    if (word(args[at]) === "min") min = int64(bound);
    else if (word(args[at]) === "max") max = int64(bound);
    else throw syntaxError();
  }
  return { min, max };
}
