// Reads what a replica said about commands, and what a refusal means for who sent the command: whether it is worth asking
// elsewhere, and whether it settles anything.
import type { Answer, JsonReply, Operation } from "@quorate/core/api";
import type { Exchange } from "./http.ts";

/** What a replica said about one command; `silent` when it said nothing that can be understood. */
export type Said =
  | Answer
  /** Nothing was said. `sent` tells whether the command can have arrived. */
  | { readonly outcome: "silent"; readonly sent: boolean; readonly why: string };

/** What a replica said about a numbered command. */
export type SaidOfOperation =
  | Operation
  /** The session is unknown or has ended. */
  | { readonly state: "no-session"; readonly message: string }
  | { readonly state: "silent"; readonly why: string };

/** Refusals that another replica, or the same one later, may not repeat: they are about the replica, not the command. */
const PASSING = new Set([
  "NOQUORUM",
  "OVERLOADED",
  "LOADING",
  "TOOMANYREQUESTS",
  "TIMEOUT",
  "INTERNAL",
  "MISDIRECTED",
  "WINDOW",
]);

/** The machine does not know the number any more. It was not applied now; whether it was before, nobody can tell. */
const FORGOTTEN = /^(NOSESSION|STALE) /;

export function isPassing(code: string): boolean {
  return PASSING.has(code);
}

/** What was said of `count` commands sent together. */
export function readAnswers(exchange: Exchange, count: number): readonly Said[] {
  const all = (said: Said): readonly Said[] => Array.from({ length: count }, () => said);
  if (exchange.kind !== "response")
    return all({ outcome: "silent", sent: exchange.kind === "lost", why: exchange.why });
  const { body, status } = exchange;
  const answers = isObject(body) && Array.isArray(body["answers"]) ? body["answers"] : undefined;
  if (answers?.length === count) return answers.map((answer) => readAnswer(answer, status));
  return all(readAnswer(body, status));
}

function readAnswer(body: unknown, status: number): Said {
  if (isObject(body)) {
    const { outcome, reply, index, code } = body;
    if (outcome === "committed" && reply !== undefined)
      return { outcome, reply: reply as JsonReply, index: typeof index === "number" ? index : 0 };
    if ((outcome === "rejected" || outcome === "indeterminate") && typeof code === "string") {
      const message = messageOf(body, code);
      const [, forgotten] = FORGOTTEN.exec(message) ?? [];
      if (forgotten !== undefined) return { outcome: "rejected", code: forgotten, message: messageOf(body, forgotten) };
      return { outcome, code, message } as Answer;
    }
  }
  return { outcome: "silent", sent: true, why: `HTTP ${status} with a body that is no answer` };
}

export function readOperation(exchange: Exchange): SaidOfOperation {
  if (exchange.kind !== "response") return { state: "silent", why: exchange.why };
  const { body, status } = exchange;
  if (isObject(body)) {
    const { state, reply, code } = body;
    if (state === "applied" && reply !== undefined) return { state, reply: reply as JsonReply };
    if (state === "rejected" && typeof code === "string") return { state, code, message: messageOf(body, code) };
    if (state === "pending" || state === "forgotten") return { state };
    if (code === "NOSESSION") return { state: "no-session", message: messageOf(body, code) };
    if (typeof code === "string") return { state: "silent", why: messageOf(body, code) };
  }
  return { state: "silent", why: `HTTP ${status} with a body that is no operation` };
}

/** Why a number is still in doubt. */
export function whyUnsettled(operation: SaidOfOperation): string {
  if (operation.state === "no-session") return "its session has ended, so nobody can tell any more";
  if (operation.state === "forgotten") return "its reply is no longer kept";
  return operation.state === "silent" ? operation.why : "it could not be settled";
}

/** The text of a refusal without its code. An `Answer` has a message, a `Problem` a detail. */
function messageOf(body: Record<string, unknown>, code: string): string {
  const text = [body["message"], body["detail"], body["title"]].find((it) => typeof it === "string") ?? "";
  return (text as string).startsWith(`${code} `) ? (text as string).slice(code.length + 1) : (text as string);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
