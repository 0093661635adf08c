// HKEYS: the fields of a hash.
import { array, bulk } from "../../reply/reply.ts";
import { memberOf } from "../../state/member-key.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { entriesOf } from "./hgetall.ts";

export const hkeys: CommandDefinition = {
  name: "HKEYS",
  arity: 2,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary: "All fields of a hash.",
  syntax: "HKEYS key",
  examples: [
    { run: "HSET book title Momo", reply: "(integer) 1" },
    { run: "HKEYS book", reply: '1) "title"' },
  ],
  run: (context, args) => array(Array.from(entriesOf(context, args), ([field]) => bulk(memberOf(field)))),
};
