// USER.SET: makes a user, or changes one.
import { OK } from "../../reply/reply.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { checkAdministered } from "./administered.ts";
import { changeUser, newUser, userChanges } from "./user-changes.ts";

export const EXAMPLE_HASH = "scrypt$15$8$1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo";

export const userSet: CommandDefinition = {
  name: "USER.SET",
  arity: -2,
  flags: ["write", "no-multi", "admin"],
  keys: NO_KEYS,
  summary:
    "Makes or changes a user. Doors put hashes in the place of plain secrets before the command goes anywhere. DENY wins over ALLOW. A new user is allowed connection only. The first user must be allowed to administer.",
  syntax:
    "USER.SET name [RESET] [ON | OFF] [NOPASSWORDS] [PASSWORD secret | HASH hash] ... [NOTOKENS] [TOKEN secret | TOKENHASH sha256] ... [REVOKE sha256] ... [ALLOW category] ... [DENY category] ...",
  examples: [
    { run: `USER.SET root HASH ${EXAMPLE_HASH} ALLOW all`, reply: "OK" },
    { run: `USER.SET ann HASH ${EXAMPLE_HASH} ALLOW read ALLOW lock DENY dangerous`, reply: "OK" },
    { run: "USER.LIST", reply: '1) "ann"\n2) "root"' },
    {
      run: "USER.SET root OFF",
      reply:
        "(error) ERR nobody could administer users after this; first give another user ALLOW all and a password or token",
    },
  ],
  run({ state, config, categories }, args) {
    const changes = userChanges(["", ...args]);
    const name = args[0]!;
    const before = state.users.read(name);
    if (before === undefined && state.users.list(config.usersMax).length >= config.usersMax)
      throw new CommandError(`ERR there are ${config.usersMax} users, which is the most; drop one first`);
    const user = changeUser(before ?? newUser(name), changes, categories);
    for (const hash of user.tokens) {
      if ((state.users.ownerOf(hash) ?? name) !== name)
        throw new CommandError("ERR that token is taken; make a new one");
    }
    state.users.write(user);
    checkAdministered(state);
    return OK;
  },
};
