// REVISION: when a key last changed, as a number to compare with later. `TXN IF REVISION` is the other half: read, think,
// and write only if nobody wrote meanwhile.
import { integer } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const revision: CommandDefinition = {
  name: "REVISION",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "The revision at which a key last changed; 0 if there is no such key.",
  syntax: "REVISION key",
  examples: [
    { run: "MSET a 1 b 2", reply: "OK" },
    { run: "REVISION b", reply: "(integer) 2" },
    { run: "TXN IF REVISION b = 2 THEN 2 INCR b", reply: "1) (integer) 1\n2) 1) (integer) 3" },
    { run: "TXN IF REVISION b = 2 THEN 2 INCR b", reply: "1) (integer) 0\n2) (empty array)" },
    { run: "REVISION missing", reply: "(integer) 0" },
  ],
  run: ({ keys }, [key]) => integer(keys.read(key!)?.revision ?? 0),
};
