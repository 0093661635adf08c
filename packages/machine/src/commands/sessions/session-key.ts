// SESSION.KEY: the client key that a session is bound to. Who was given a session by a replica that may lie asks f + 1 of
// them for this: a session that is bound to a key of one's own, made for it alone, nobody else can ever have used.
import { bulk, NULL } from "../../reply/reply.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { noSession } from "./session-keep.ts";

export const sessionKey: CommandDefinition = {
  name: "SESSION.KEY",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: NO_KEYS,
  summary: "The client's public key that a session is bound to; null if it is bound to none.",
  syntax: "SESSION.KEY session",
  examples: [
    { run: "SESSION.OPEN", reply: '"1.1.lb4raig19"' },
    { run: "SESSION.KEY 1.1.lb4raig19", reply: "(nil)" },
    { run: "SESSION.KEY 9.9", reply: "(error) NOSESSION no such session, or it has ended" },
  ],
  run({ state: { sessions } }, [id]) {
    const session = sessions.read(id!);
    if (session === undefined) throw noSession();
    return session.clientKey === "" ? NULL : bulk(session.clientKey);
  },
};
