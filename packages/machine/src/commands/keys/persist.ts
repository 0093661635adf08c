// PERSIST: a key that expires no more.
import { integer } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const persist: CommandDefinition = {
  name: "PERSIST",
  arity: 2,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Takes a key's time to live away.",
  syntax: "PERSIST key",
  examples: [
    { run: "SET a 1 EX 60", reply: "OK" },
    { run: "PERSIST a", reply: "(integer) 1" },
    { run: "TTL a", reply: "(integer) -1" },
  ],
  run({ keys }, [key]) {
    const entry = keys.read(key!);
    if (entry === undefined || entry.expireAt === 0) return integer(0);
    keys.expire(key!, entry, 0, "persist");
    return integer(1);
  },
};
