// USER.DROP: removes a user.
import { integer } from "../../reply/reply.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { checkAdministered } from "./administered.ts";
import { EXAMPLE_HASH } from "./user-set.ts";

export const userDrop: CommandDefinition = {
  name: "USER.DROP",
  arity: 2,
  flags: ["write", "no-multi", "admin"],
  keys: NO_KEYS,
  summary: "Removes a user; answers 0 if there is none. The last one who may administer stays.",
  syntax: "USER.DROP name",
  examples: [
    { run: `USER.SET root HASH ${EXAMPLE_HASH} ALLOW all`, reply: "OK" },
    { run: `USER.SET ann HASH ${EXAMPLE_HASH} ALLOW read`, reply: "OK" },
    { run: "USER.DROP ann", reply: "(integer) 1" },
    { run: "USER.DROP ann", reply: "(integer) 0" },
    {
      run: "USER.DROP root",
      reply:
        "(error) ERR nobody could administer users after this; first give another user ALLOW all and a password or token",
    },
  ],
  run({ state }, [name]) {
    if (state.users.read(name!) === undefined) return integer(0);
    state.users.remove(name!);
    checkAdministered(state);
    return integer(1);
  },
};
