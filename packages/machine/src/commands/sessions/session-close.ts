// SESSION.CLOSE: ends a session.
import { integer } from "../../reply/reply.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { ownSession } from "./session-keep.ts";

export const sessionClose: CommandDefinition = {
  name: "SESSION.CLOSE",
  arity: 2,
  flags: ["write", "fast"],
  keys: NO_KEYS,
  summary: "Ends a session and forgets its replies; answers 0 if there is no such session.",
  syntax: "SESSION.CLOSE session",
  examples: [
    { run: "SESSION.OPEN", reply: '"1.1.lb4raig19"' },
    { run: "SESSION.CLOSE 1.1.lb4raig19", reply: "(integer) 1" },
    { run: "SESSION.CLOSE 1.1.lb4raig19", reply: "(integer) 0" },
  ],
  run(context, [id]) {
    if (context.state.sessions.read(id!) === undefined) return integer(0);
    ownSession(context, id!);
    context.state.sessions.close(id!);
    return integer(1);
  },
};
