// USER.GET: what is known of a user. Doors read it to check a sign-in and a permission.
import { array, bulk, NULL } from "../../reply/reply.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { EXAMPLE_HASH } from "./user-set.ts";

export const userGet: CommandDefinition = {
  name: "USER.GET",
  arity: 2,
  flags: ["readonly", "no-multi", "admin"],
  keys: NO_KEYS,
  summary:
    "A user's state, hashes of passwords and tokens, and what it is allowed and denied; null if there is none of that name.",
  syntax: "USER.GET name",
  examples: [
    { run: `USER.SET root HASH ${EXAMPLE_HASH} ALLOW all DENY dangerous`, reply: "OK" },
    {
      run: "USER.GET root",
      reply: [
        ' 1) "state"\n 2) "on"',
        ` 3) "passwords"\n 4) 1) "${EXAMPLE_HASH}"`,
        ' 5) "tokens"\n 6) (empty array)',
        ' 7) "allow"\n 8) 1) "all"\n    2) "connection"',
        ' 9) "deny"\n10) 1) "dangerous"',
      ].join("\n"),
    },
    { run: "USER.GET nobody", reply: "(nil)" },
  ],
  run({ state }, [name]) {
    const user = state.users.read(name!);
    if (user === undefined) return NULL;
    const lists = (["passwords", "tokens", "allow", "deny"] as const).map(
      (field) => [bulk(field), array(user[field].map(bulk))] as const,
    );
    return { kind: "map", entries: [[bulk("state"), bulk(user.enabled ? "on" : "off")], ...lists] };
  },
};
