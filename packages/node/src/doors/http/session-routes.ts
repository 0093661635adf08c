// Sessions and what became of their numbers: `/v1/sessions` opens and closes one, `/v1/ops/{session}/{seq}` tells of a
// command whose answer was lost, and `…/resolve` settles it for good (then nobody has to wonder any more).
import type { Operation } from "@quorate/core/api";
import type { Reply } from "@quorate/machine";
import { ask, askOne, command, type Ended, toAnswer, wordBytes } from "./ask.ts";
import type { Exchange } from "./exchange.ts";
import { readable, toJsonReply } from "./json-reply.ts";
import { badRequest, problem, problemOf, splitError } from "./problem.ts";
import { sessionRequest } from "./schemas.ts";

export async function getOperation(exchange: Exchange): Promise<void> {
  await tellOperation(exchange, "SESSION.OUTCOME");
}

export async function resolveOperation(exchange: Exchange): Promise<void> {
  exchange.refuseForms();
  await tellOperation(exchange, "SESSION.RESOLVE");
}

export async function openSession(exchange: Exchange): Promise<void> {
  const { timeoutMs, key } = await exchange.json(sessionRequest);
  const words = command(
    "SESSION.OPEN",
    ...(timeoutMs === undefined ? [] : ["TIMEOUT", timeoutMs]),
    ...(key === undefined ? [] : ["KEY", wordBytes(key, "key")]),
  );
  const { reply, index } = await askOne(exchange, { words, options: {} });
  exchange.sendJson(201, { session: reply.kind === "bulk" ? reply.value : "", index });
}

export async function closeSession(exchange: Exchange): Promise<void> {
  const words = command("SESSION.CLOSE", exchange.paramBytes("session"));
  const { reply, index } = await askOne(exchange, { words, options: {} });
  exchange.sendJson(200, { closed: reply.kind === "integer" && reply.value === 1, index });
}

async function tellOperation(exchange: Exchange, name: string): Promise<void> {
  const seq = exchange.paramText("seq");
  if (!/^[1-9]\d{0,14}$/.test(seq)) throw badRequest("a number of a session is a whole number from 1");
  const words = command(name, exchange.paramBytes("session"), seq);
  const [ended] = await ask(exchange, [{ words, options: {} }]);
  throwUnlessKnown(ended!);
  exchange.sendJson(200, operationIn(ended!.reply), { "Quorate-Index": String(ended!.index) });
}

/** A session that is unknown, or has ended, has taken the knowledge of its commands along. */
function throwUnlessKnown(ended: Ended): void {
  const answer = toAnswer(ended);
  if (answer.outcome === "committed") return;
  if (answer.code !== "NOSESSION") throw problemOf(answer);
  throw problem("NOSESSION", `${answer.message}; nobody can tell any more what became of its commands`, {
    outcome: "indeterminate",
  });
}

function operationIn(reply: Reply): Operation {
  const [state, was] = reply.kind === "array" ? reply.items : [];
  const name = state?.kind === "bulk" ? state.value : "";
  if (was !== undefined && name === "applied") return { state: "applied", reply: toJsonReply(was) };
  if (name === "rejected") return { state: "rejected", ...splitError(was?.kind === "error" ? readable(was.text) : "") };
  return { state: name === "forgotten" ? "forgotten" : "pending" };
}
