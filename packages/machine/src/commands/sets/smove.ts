// SMOVE: take a member out of one set and put it into another, at once.
import { integer } from "../../reply/reply.ts";
import { memberKey } from "../../state/member-key.ts";
import type { CommandDefinition } from "../command.ts";

export const smove: CommandDefinition = {
  name: "SMOVE",
  arity: 4,
  flags: ["write", "fast"],
  keys: { first: 1, last: 2, step: 1 },
  summary: "Moves a member from one set to another and tells whether it was in the first.",
  syntax: "SMOVE source destination member",
  examples: [
    { run: "SADD todo write test", reply: "(integer) 2" },
    { run: "SMOVE todo done write", reply: "(integer) 1" },
    { run: "SMOVE todo done write", reply: "(integer) 0" },
    { run: "SMEMBERS done", reply: '1) "write"' },
  ],
  run({ keys }, [source, destination, member]) {
    if (keys.read(source!) === undefined) return integer(0);
    const from = keys.editCollection(source!, "set");
    keys.readAs(destination!, "set");
    const place = memberKey(member!);
    if (source === destination) return integer(from.index.has(place) ? 1 : 0);
    if (!from.index.delete(place)) return integer(0);
    keys.saveCollection(source!, from, "srem");
    const to = keys.editCollection(destination!, "set");
    if (to.index.put(place)) keys.saveCollection(destination!, to, "sadd");
    return integer(1);
  },
};
