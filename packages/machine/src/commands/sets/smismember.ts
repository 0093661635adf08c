// SMISMEMBER: which of several are in a set.
import { array, integer } from "../../reply/reply.ts";
import { memberKey } from "../../state/member-key.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const smismember: CommandDefinition = {
  name: "SMISMEMBER",
  arity: -3,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "Whether a set has each of several members.",
  syntax: "SMISMEMBER key member [member ...]",
  examples: [
    { run: "SADD team ada", reply: "(integer) 1" },
    { run: "SMISMEMBER team bob ada", reply: "1) (integer) 0\n2) (integer) 1" },
  ],
  run({ keys }, [key, ...members]) {
    const set = keys.readCollection(key!, "set");
    return array(members.map((member) => integer(set?.index.has(memberKey(member)) === true ? 1 : 0)));
  },
};
