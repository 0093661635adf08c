// A read that goes through the log like a write. Its answer is the same for ever, whoever is asked for it, which a plain
// read cannot promise when it has to be asked twice.

import type { JsonReply } from "@quorate/core/api";
import type { Command } from "../command.ts";
import { refusalIn, tuple } from "../reply.ts";

export function throughTheLog(command: Command): Command<JsonReply> {
  return {
    kind: "write",
    words: ["TXN.EXEC", 0, command.words.length, ...command.words],
    decode: (reply) => tuple(reply, 1)[0]!,
  };
}

/** A refusal as it stands inside of a reply, in its two parts. */
export function splitRefusal(reply: JsonReply): { readonly code: string; readonly message: string } | undefined {
  const refusal = refusalIn(reply);
  if (refusal === undefined) return undefined;
  const space = refusal.indexOf(" ");
  return space < 0
    ? { code: refusal, message: "" }
    : { code: refusal.slice(0, space), message: refusal.slice(space + 1) };
}
