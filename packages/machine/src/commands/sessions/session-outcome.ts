// SESSION.OUTCOME: what has become of a numbered command.
import { array, bulk, NULL, type Reply } from "../../reply/reply.ts";
import type { Outcome, Session } from "../../state/sessions.ts";
import { rangedInteger } from "../arguments.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { noSession } from "./session-keep.ts";

export const sessionOutcome: CommandDefinition = {
  name: "SESSION.OUTCOME",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: NO_KEYS,
  summary: "What has become of a number of a session: applied or rejected with its reply, forgotten, or pending.",
  syntax: "SESSION.OUTCOME session sequence",
  examples: [
    { run: "SESSION.OPEN", reply: '"1.1.lb4raig19"' },
    { run: "SESSION.OUTCOME 1.1.lb4raig19 1", reply: '1) "pending"\n2) (nil)' },
  ],
  run({ state: { sessions } }, [id, number]) {
    const sequence = sequenceArgument(number!);
    const session = sessions.read(id!);
    if (session === undefined) throw noSession();
    return outcomeReply(session, sequence, sessions.outcome(id!, sequence));
  },
};

export function sequenceArgument(arg: string): number {
  return rangedInteger(arg, 1, 2 ** 48 - 1, "ERR a sequence number is from 1 to 2^48 - 1");
}

export function outcomeReply(session: Session, sequence: number, outcome: Outcome | undefined): Reply {
  if (outcome !== undefined) return array([bulk(outcome.kind), outcome.reply]);
  return array([bulk(sequence <= session.acknowledged ? "forgotten" : "pending"), NULL]);
}
