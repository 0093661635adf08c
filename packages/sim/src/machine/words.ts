// Words for the machine's commands, and what its replies hold: clients here speak text and numbers.
import { encodeUtf8 } from "@quorate/core";
import { packReply, type Reply } from "@quorate/machine";
import type { Value } from "../history/event.ts";

export function wordsOf(words: readonly (string | number)[]): readonly Uint8Array[] {
  return words.map((word) => encodeUtf8(String(word)));
}

/** A command inside of a command: the number of its words, and then the words. */
export function queued(...words: readonly (string | number)[]): readonly (string | number)[] {
  return [words.length, ...words];
}

/** The first word of an error, or undefined if the reply is none. */
export function errorCode(reply: Reply): string | undefined {
  return reply.kind === "error" ? reply.text.split(" ", 1)[0] : undefined;
}

/** Errors that say: this was not applied. The last two are about the session that the command came in, if it did. */
export function isRejection(reply: Reply, inSession: boolean): boolean {
  const code = errorCode(reply);
  return code === "REJECTED" || (inSession && (code === "NOSESSION" || code === "STALE"));
}

/** What a reply holds, as JSON: texts that are numbers as numbers; nothing as null. */
export function replyValue(reply: Reply | undefined): Value {
  switch (reply?.kind) {
    case "bulk":
      return /^-?\d+$/.test(reply.value) ? Number(reply.value) : reply.value;
    case "simple":
    case "error":
      return reply.text;
    case "integer":
      return Number(reply.value);
    case "array":
      return reply.items.map(replyValue);
    case "map":
      return reply.entries.flatMap(([key, value]) => [replyValue(key), replyValue(value)]);
    default:
      return null;
  }
}

/** A reply that holds a list, as one. */
export function listOf(reply: Reply | undefined): readonly Value[] {
  const value = replyValue(reply);
  return Array.isArray(value) ? (value as readonly Value[]) : [];
}

/** A list as histories name it: a key that holds nothing is null, whatever it might have held. */
export function listRead(reply: Reply | undefined): Value {
  const list = listOf(reply);
  return list.length === 0 ? null : list;
}

export function numberOf(reply: Reply | undefined): number | undefined {
  const value = replyValue(reply);
  return typeof value === "number" ? value : undefined;
}

/** Equal texts are equal replies. */
export function replyText(reply: Reply): string {
  return packReply(reply);
}
