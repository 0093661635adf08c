// Reads one message of a watch. What is not of the agreed form is no message: a number that is none would pass every
// comparison with the places that other streams have reached, and one liar more than there may be would be believed.
import type { Change, ChangeStreamEnd, ChangeStreamEvent } from "@quorate/core/api";

export type StreamMessage = ChangeStreamEvent | ChangeStreamEnd;

/** The message in the data of an event. Throws if it is none. */
export function readMessage(data: string): StreamMessage {
  const message = JSON.parse(data) as unknown;
  if (!isObject(message) || !isMessage(message)) throw new Error("it sent an event that is no message of a watch");
  return message as unknown as StreamMessage;
}

function isMessage({ changes, code, kind, message, next }: Record<string, unknown>): boolean {
  if (kind === "end") return typeof code === "string" && typeof message === "string";
  if (!Number.isSafeInteger(next)) return false;
  return kind === "progress" || (kind === "changes" && Array.isArray(changes) && changes.every(isChange));
}

function isChange(change: unknown): change is Change {
  return isObject(change) && Number.isSafeInteger(change["revision"]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
