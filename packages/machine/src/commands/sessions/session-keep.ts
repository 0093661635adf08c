// SESSION.KEEP: keeps a session from ending while its client has nothing to say.
import { OK } from "../../reply/reply.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { CommandError } from "../command-error.ts";

export const noSession = (): CommandError => new CommandError("NOSESSION no such session, or it has ended");

export const sessionKeep: CommandDefinition = {
  name: "SESSION.KEEP",
  arity: 2,
  flags: ["write", "fast"],
  keys: NO_KEYS,
  summary: "Starts a session's time-out anew.",
  syntax: "SESSION.KEEP session",
  examples: [
    { run: "SESSION.OPEN", reply: '"1.1"' },
    { run: "SESSION.KEEP 1.1", reply: "OK" },
    { run: "SESSION.KEEP 9.9", reply: "(error) NOSESSION no such session, or it has ended" },
  ],
  run({ state: { sessions }, start }, [id]) {
    const session = sessions.read(id!);
    if (session === undefined) throw noSession();
    sessions.keep(id!, session, start);
    return OK;
  },
};
