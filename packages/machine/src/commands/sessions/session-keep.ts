// SESSION.KEEP: keeps a session from ending while its client has nothing to say.
import type { ByteString } from "../../bytes/byte-string.ts";
import { OK } from "../../reply/reply.ts";
import { isForeign, type Session } from "../../state/sessions.ts";
import { type CommandContext, type CommandDefinition, NO_KEYS } from "../command.ts";
import { CommandError } from "../command-error.ts";

export const FOREIGN_SESSION = "NOPERM the session was opened by another user";

export const noSession = (): CommandError => new CommandError("NOSESSION no such session, or it has ended");

export const sessionKeep: CommandDefinition = {
  name: "SESSION.KEEP",
  arity: 2,
  flags: ["write", "fast"],
  keys: NO_KEYS,
  summary: "Starts a session's time-out anew.",
  syntax: "SESSION.KEEP session",
  examples: [
    { run: "SESSION.OPEN", reply: '"1.1.lb4raig19"' },
    { run: "SESSION.KEEP 1.1.lb4raig19", reply: "OK" },
    { run: "SESSION.KEEP 9.9", reply: "(error) NOSESSION no such session, or it has ended" },
  ],
  run(context, [id]) {
    const session = ownSession(context, id!);
    context.state.sessions.keep(id!, session, context.start);
    return OK;
  },
};

/** A session that whoever runs the command may use. */
export function ownSession({ state, user }: CommandContext, id: ByteString): Session {
  const session = state.sessions.read(id);
  if (session === undefined) throw noSession();
  if (isForeign(session, user)) throw new CommandError(FOREIGN_SESSION);
  return session;
}
