// HVALS: the values of a hash.
import { array, bulk } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { entriesOf } from "./hgetall.ts";

export const hvals: CommandDefinition = {
  name: "HVALS",
  arity: 2,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary: "All values of a hash.",
  syntax: "HVALS key",
  examples: [
    { run: "HSET book title Momo", reply: "(integer) 1" },
    { run: "HVALS book", reply: '1) "Momo"' },
  ],
  run: (context, args) => array(Array.from(entriesOf(context, args), ([, value]) => bulk(value))),
};
