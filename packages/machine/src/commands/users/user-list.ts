// USER.LIST: who there is.
import { array, bulk } from "../../reply/reply.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { EXAMPLE_HASH } from "./user-set.ts";

export const userList: CommandDefinition = {
  name: "USER.LIST",
  arity: 1,
  flags: ["readonly", "no-multi", "admin"],
  keys: NO_KEYS,
  summary: "The names of all users, in order. Without any, everybody may do everything.",
  syntax: "USER.LIST",
  examples: [
    { run: "USER.LIST", reply: "(empty array)" },
    { run: `USER.SET root HASH ${EXAMPLE_HASH} ALLOW all`, reply: "OK" },
    { run: "USER.LIST", reply: '1) "root"' },
  ],
  run: ({ state, config }) => array(state.users.list(config.usersMax).map(({ name }) => bulk(name))),
};
