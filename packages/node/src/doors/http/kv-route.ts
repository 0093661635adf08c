// `/v1/kv/{key}`: strings as resources. A GET tells the revision at which the key last changed as its ETag; If-Match and
// If-None-Match on a write make it happen only at that revision, or only if there is or is no such key, in one step.
import type { JsonWord } from "@quorate/core/api";
import { byteString, type Reply } from "@quorate/machine";
import type { Words } from "../../running-replica.ts";
import { type Asked, ask, askOne, command, type Ended, toAnswer, wordBytes } from "./ask.ts";
import type { Exchange, Headers } from "./exchange.ts";
import { toJsonBytes } from "./json-reply.ts";
import { badRequest, problem, problemOf } from "./problem.ts";
import { type KvDeleted, type KvEntry, type KvWritten, kvWrite } from "./schemas.ts";

const RAW = "application/octet-stream";
/** Value and revision are read apart; if a commit comes in between, they are read again. */
const TRIES = 8;

export async function getKey(exchange: Exchange): Promise<void> {
  const key = keyOf(exchange);
  const stale = exchange.queryFlag("stale");
  const { value, revision, index } = await readKey(exchange, key, stale);
  const headers: Headers = {
    "Quorate-Index": String(index),
    ...(stale ? { "Quorate-Stale": "true" } : {}),
    ...(value === undefined ? {} : { ETag: tag(revision) }),
  };
  if (value === undefined) throw problem("NOTFOUND", "there is no such key", { headers });
  if (exchange.header("if-none-match") === tag(revision)) return exchange.send(304, RAW, "", headers);
  if (!wantsJson(exchange)) return exchange.send(200, RAW, Buffer.from(value, "latin1"), headers);
  const entry: KvEntry = { key: toJsonBytes(byteString(key)), value: toJsonBytes(value), revision, index };
  exchange.sendJson(200, entry, headers);
}

export async function putKey(exchange: Exchange): Promise<void> {
  const key = keyOf(exchange);
  const { value, ttlMs } = await bodyOf(exchange);
  const set = command("SET", key, value, ...(ttlMs === undefined ? [] : ["PX", ttlMs]));
  const { replies, index, headers } = await writeIf(exchange, key, [set, command("REVISION", key)]);
  const revision = integerIn(replies[1]);
  const written: KvWritten = { outcome: "committed", revision, index };
  exchange.sendJson(200, written, { ...headers, ETag: tag(revision) });
}

export async function deleteKey(exchange: Exchange): Promise<void> {
  const key = keyOf(exchange);
  const { replies, index, headers } = await writeIf(exchange, key, [command("DEL", key)]);
  const deleted: KvDeleted = { outcome: "committed", deleted: integerIn(replies[0]) > 0, index };
  exchange.sendJson(200, deleted, headers);
}

interface ReadKey {
  readonly value: string | undefined;
  readonly revision: number;
  readonly index: number;
}

async function readKey(exchange: Exchange, key: Uint8Array, stale: boolean): Promise<ReadKey> {
  const options = stale ? { stale } : {};
  for (let tries = 0; tries < TRIES; tries++) {
    const [got, revised] = await ask(exchange, [
      { words: command("GET", key), options },
      { words: command("REVISION", key), options },
    ]);
    for (const ended of [got!, revised!]) throwUnlessCommitted(ended);
    if (got!.index !== revised!.index) continue;
    const value = got!.reply.kind === "bulk" ? got!.reply.value : undefined;
    return { value, revision: integerIn(revised!.reply), index: got!.index };
  }
  throw problem("OVERLOADED", "commits came in between reading the value and its revision each time; ask again");
}

/** Runs the steps if the conditions in the headers hold, all in one; else that is a problem that tells the revision. */
async function writeIf(
  exchange: Exchange,
  key: Uint8Array,
  steps: readonly Words[],
): Promise<{ readonly replies: readonly Reply[]; readonly index: number; readonly headers: Headers }> {
  const conditions = conditionsOf(exchange, key);
  const words = [
    ...command("TXN", ...(conditions.length === 0 ? [] : ["IF"])),
    ...conditions.flat(),
    ...command("THEN"),
    ...steps.flatMap((step) => [...command(step.length), ...step]),
    ...command("ELSE", 2, "REVISION", key),
  ];
  const { reply, index } = await askOne(exchange, numbered(exchange, words));
  const [held, branch] = reply.kind === "array" ? reply.items : [];
  const replies = branch?.kind === "array" ? branch.items : [];
  const headers = { "Quorate-Index": String(index) };
  if (integerIn(held) === 1) return { replies, index, headers };
  const revision = integerIn(replies[0]);
  const found = revision === 0 ? "there is no such key" : `the key is at revision ${revision}`;
  throw problem("PRECONDITIONFAILED", `${found}; nothing was changed; read it again, then decide`, {
    headers: revision === 0 ? headers : { ...headers, ETag: tag(revision) },
  });
}

function conditionsOf(exchange: Exchange, key: Uint8Array): readonly Words[] {
  const match = exchange.header("if-match");
  const noneMatch = exchange.header("if-none-match");
  return [
    ...(match === undefined ? [] : [match === "*" ? command("EXISTS", key) : revisionIs(key, "=", match)]),
    ...(noneMatch === undefined
      ? []
      : [noneMatch === "*" ? command("MISSING", key) : revisionIs(key, "!=", noneMatch)]),
  ];
}

function revisionIs(key: Uint8Array, operator: "=" | "!=", header: string): Words {
  const [, revision] = /^"(\d{1,15})"$/.exec(header) ?? [];
  if (revision === undefined) throw badRequest('If-Match and If-None-Match take * or one ETag as it was told: "17"');
  return command("REVISION", key, operator, revision);
}

/** A write in a session, if its headers say so, is applied once however often it is sent. */
function numbered(exchange: Exchange, words: Words): Asked {
  const id = exchange.header("quorate-session");
  const sequence = exchange.headerWhole("Quorate-Seq", 1);
  const acknowledgedUpTo = exchange.headerWhole("Quorate-Ack", 0) ?? 0;
  const withinMs = exchange.queryWhole("withinMs", 0);
  if ((id === undefined) !== (sequence === undefined)) throw badRequest("Quorate-Session and Quorate-Seq go together");
  const notAfter = withinMs === undefined ? {} : { notAfter: exchange.door.replica.now() + withinMs };
  const session = id === undefined ? {} : { session: { id, sequence: sequence!, acknowledgedUpTo } };
  return { words, options: { ...notAfter, ...session }, withinMs };
}

async function bodyOf(exchange: Exchange): Promise<{ readonly value: Uint8Array; readonly ttlMs: number | undefined }> {
  const type = exchange.contentType;
  if (type === RAW) return { value: await exchange.body(), ttlMs: exchange.queryWhole("ttlMs", 1) };
  if (type !== "application/json")
    throw problem("MEDIATYPE", `send the value with Content-Type: ${RAW}, or JSON with application/json`);
  const { value, ttlMs } = await exchange.json<{ readonly value: JsonWord; readonly ttlMs?: number }>(kvWrite);
  return { value: wordBytes(value, "value"), ttlMs: ttlMs ?? exchange.queryWhole("ttlMs", 1) };
}

function keyOf(exchange: Exchange): Uint8Array {
  return exchange.paramBytes("key");
}

function wantsJson(exchange: Exchange): boolean {
  return /\bapplication\/json\b/i.test(exchange.header("accept") ?? "");
}

function throwUnlessCommitted(ended: Ended): void {
  const answer = toAnswer(ended);
  if (answer.outcome !== "committed") throw problemOf(answer);
}

const tag = (revision: number): string => `"${revision}"`;

const integerIn = (reply: Reply | undefined): number => (reply?.kind === "integer" ? Number(reply.value) : 0);
