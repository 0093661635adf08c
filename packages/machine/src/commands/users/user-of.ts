// USER.OF: whose token this is.
import { bulkOrNull } from "../../reply/reply.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { checkTokenHash } from "./user-changes.ts";

const EXAMPLE_TOKEN = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b";

export const userOf: CommandDefinition = {
  name: "USER.OF",
  arity: 2,
  flags: ["readonly", "no-multi", "admin"],
  keys: NO_KEYS,
  summary: "The user whose token has this SHA-256; null if it is nobody's.",
  syntax: "USER.OF sha256",
  examples: [
    { run: `USER.SET root TOKENHASH ${EXAMPLE_TOKEN} ALLOW all`, reply: "OK" },
    { run: `USER.OF ${EXAMPLE_TOKEN}`, reply: '"root"' },
  ],
  run({ state }, [hash]) {
    checkTokenHash(hash!);
    return bulkOrNull(state.users.ownerOf(hash!));
  },
};
