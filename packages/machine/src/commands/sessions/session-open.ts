// SESSION.OPEN: begins a session.
import type { ByteString } from "../../bytes/byte-string.ts";
import { bulk } from "../../reply/reply.ts";
import { rangedInteger, word } from "../arguments.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { CommandError, syntaxError } from "../command-error.ts";

const TIMEOUT_MS_MAX = 30 * 24 * 3_600_000;

export const sessionOpen: CommandDefinition = {
  name: "SESSION.OPEN",
  arity: -1,
  flags: ["write", "grows", "fast", "no-multi"],
  keys: NO_KEYS,
  summary: "Begins a session, in which each numbered command is applied once; answers its name.",
  syntax: "SESSION.OPEN [TIMEOUT milliseconds] [KEY public-key]",
  examples: [{ run: "SESSION.OPEN TIMEOUT 60000", reply: '"1.1.lb4raig19"' }],
  run({ state, index, start, config, user, random, bindsClients }, args) {
    let timeoutMs = config.sessionTimeoutMs;
    let key = "";
    for (let at = 0; at < args.length; at += 2) {
      const value = args[at + 1];
      if (value === undefined) throw syntaxError();
      if (word(args[at]) === "timeout")
        timeoutMs = rangedInteger(value, 1, TIMEOUT_MS_MAX, "ERR a session's time-out is from 1 ms to 30 days");
      else if (word(args[at]) === "key") key = keyArgument(value);
      else throw syntaxError();
    }
    if (key !== "" && !bindsClients) throw new CommandError("ERR sessions cannot be bound to client keys here");
    if (state.meta.sessionCount >= config.sessionsMax)
      throw new CommandError(`ERR ${config.sessionsMax} sessions are open; close one or wait for one to end`);
    // The last part nobody can guess: whoever knows a session's name may ask what its commands answered.
    const id = `${index}.${++state.meta.sequence}.${random.below(2 ** 48).toString(36)}`;
    state.sessions.open(id, { timeoutMs, user, clientKey: key }, start);
    return bulk(id);
  },
};

/** An empty key would make a session that is bound to nobody. */
function keyArgument(arg: ByteString): ByteString {
  if (arg === "") throw new CommandError("ERR a client's key cannot be empty");
  return arg;
}
