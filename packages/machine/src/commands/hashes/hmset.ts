// HMSET: set fields of a hash, as HSET does, and answer OK.
import { OK } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { setFields } from "./hset.ts";

export const hmset: CommandDefinition = {
  name: "HMSET",
  arity: -4,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Sets fields of a hash. HSET does the same and answers more.",
  syntax: "HMSET key field value [field value ...]",
  examples: [
    { run: "HMSET book title Momo pages 304", reply: "OK" },
    { run: "HLEN book", reply: "(integer) 2" },
  ],
  run(context, args) {
    setFields(context, "HMSET", args);
    return OK;
  },
};
