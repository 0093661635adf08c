// `quorate call`: one command, sent to a replica, answered as redis-cli would print it.
import type { Answer, CommandRequest, Problem } from "@quorate/core/api";
import { EXIT, exitCodeOf } from "./exit-code.ts";
import { printJsonReply } from "./remote/print-json-reply.ts";
import { problemError, REMOTE_FLAGS, Remote } from "./remote/remote.ts";
import type { Verb } from "./verb.ts";

export const call: Verb = {
  name: "call",
  summary: "sends one command: quorate call SET a 1",
  flags: {
    ...REMOTE_FLAGS,
    stale: { kind: "switch", help: "answer a read from the replica's own state as it is, also without a quorum" },
  },
  operands: { name: "WORD…", min: 1, max: Number.POSITIVE_INFINITY, verbatim: true },
  details: `words
  Flags stand before the first word of the command; everything behind it belongs to the command:
  quorate call LRANGE list 0 -1. docs/commands.md lists the commands.

exit codes
  ${EXIT.ok} answered; ${EXIT.notFound} nothing there (nil), or fenced; ${EXIT.unavailable} certainly not applied; ${EXIT.indeterminate} nobody can tell;
  ${EXIT.notAllowed} not allowed; ${EXIT.failed} refused by the machine, as a wrong type

--json prints one object
  { outcome: "committed", reply, index } or { outcome: "rejected" | "indeterminate", code, message }

examples
  quorate call SET a 1
  quorate call --json GET a
  QUORATE_TOKEN=… quorate call --url https://db.example:8001 GET a`,
  async run(args, io) {
    const remote = new Remote(args, io);
    const request: CommandRequest = { words: args.operands, ...(args.has("stale") ? { stale: true } : {}) };
    const answered = await remote.post("/v1/commands", request);
    const answer = readAnswer(answered.body);
    if (answer === undefined) throw problemError(answered);
    if (args.has("json")) io.stdout(`${JSON.stringify(answer)}\n`);
    else if (answer.outcome === "committed") io.stdout(`${printJsonReply(answer.reply, args.operands[0]!)}\n`);
    else io.stdout(`(error) ${answer.code} ${answer.message}\n`);
    if (answer.outcome === "committed") return answer.reply === null ? EXIT.notFound : EXIT.ok;
    if (answer.code === "FENCED") return EXIT.notFound;
    return exitCodeOf(problemError(answered));
  },
};

/** An answer, from the body that is one or from a problem of the same outcome; undefined where it is neither. */
function readAnswer(body: unknown): Answer | undefined {
  const said = body as (Answer & Partial<Omit<Problem, "outcome" | "code">>) | undefined | null;
  if (said?.outcome === "committed") return said;
  if (said?.outcome !== "rejected" && said?.outcome !== "indeterminate") return undefined;
  const message = said.detail ?? said.message;
  if (said.outcome === "rejected") return { outcome: said.outcome, code: said.code, message };
  return { outcome: said.outcome, code: "INDETERMINATE", message };
}
