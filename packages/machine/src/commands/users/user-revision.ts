// USER.REVISION: whether users have changed since somebody looked.
import { integer } from "../../reply/reply.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { EXAMPLE_HASH } from "./user-set.ts";

export const userRevision: CommandDefinition = {
  name: "USER.REVISION",
  arity: 1,
  flags: ["readonly", "no-multi", "admin", "fast"],
  keys: NO_KEYS,
  summary: "How often users have changed; 0 as long as there have never been any.",
  syntax: "USER.REVISION",
  examples: [
    { run: "USER.REVISION", reply: "(integer) 0" },
    { run: `USER.SET root HASH ${EXAMPLE_HASH} ALLOW all`, reply: "OK" },
    { run: "USER.REVISION", reply: "(integer) 1" },
  ],
  run: ({ state }) => integer(state.users.revision),
};
