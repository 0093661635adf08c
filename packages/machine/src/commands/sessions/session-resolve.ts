// SESSION.RESOLVE: settles a number for good. After it, nobody has to wonder whether a command may still be applied.
import { errorReply } from "../../reply/reply.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { ownSession } from "./session-keep.ts";
import { outcomeReply, sequenceArgument } from "./session-outcome.ts";

export const sessionResolve: CommandDefinition = {
  name: "SESSION.RESOLVE",
  arity: 3,
  flags: ["write", "fast"],
  keys: NO_KEYS,
  summary:
    "Rejects a number of a session for ever unless it was applied; answers what it has become. The number lies within the session's window, as those of commands do.",
  syntax: "SESSION.RESOLVE session sequence",
  examples: [
    { run: "SESSION.OPEN", reply: '"1.1.lb4raig19"' },
    {
      run: "SESSION.RESOLVE 1.1.lb4raig19 1",
      reply: '1) "rejected"\n2) (error) REJECTED the command was given up and was not applied',
    },
  ],
  run(context, [id, number]) {
    const { sessions } = context.state;
    const sequence = sequenceArgument(number!);
    const session = ownSession(context, id!);
    if (sequence > session.acknowledged && sessions.outcome(id!, sequence) === undefined) {
      const beyond = sessions.beyondWindow(session, sequence);
      if (beyond !== undefined) throw new CommandError(beyond);
      const reply = errorReply("REJECTED the command was given up and was not applied");
      sessions.reject(id!, session, sequence, reply, context.start);
    }
    return outcomeReply(session, sequence, sessions.outcome(id!, sequence));
  },
};
