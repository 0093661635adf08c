// Every route of this door, in one table: requests are matched against it, and the document at `/openapi.json` is made
// from it, so that neither knows of a route that the other does not.
import { postCommands } from "./commands-route.ts";
import type { Exchange } from "./exchange.ts";
import { deleteKey, getKey, putKey } from "./kv-route.ts";
import { problem } from "./problem.ts";
import {
  getExplain,
  getLive,
  getMembers,
  getMetrics,
  getOpenApi,
  getPage,
  getReady,
  getStarted,
  getStatus,
} from "./report-routes.ts";
import type { SchemaName } from "./schema-names.ts";
import { closeSession, getOperation, openSession, resolveOperation } from "./session-routes.ts";
import { postTxn } from "./txn-route.ts";
import { getWatch } from "./watch-route.ts";

/** A body or a part of one: a schema's name, or a kind of text. */
export type Content = Readonly<Record<string, SchemaName | "text" | "bytes">>;

export interface Parameter {
  readonly name: string;
  readonly in: "query" | "header";
  readonly type: "string" | "integer" | "boolean";
  readonly about: string;
}

export interface Route {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** `{name}` stands for one part of the path; the last one of `/v1/kv/` for all of the rest. */
  readonly path: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly body?: Content;
  readonly responses: Readonly<Record<number, { readonly about: string; readonly content?: Content }>>;
  /** Answered before anyone signed in: probes, and what is no secret. */
  readonly isPublic?: boolean;
  /** `/v1/ws` is upgraded before it gets here. */
  readonly handle: (exchange: Exchange) => void | Promise<void>;
}

const STALE: Parameter = {
  name: "stale",
  in: "query",
  type: "boolean",
  about: "Answer from this replica's own state as it is; the response then says Quorate-Stale: true.",
};
const WITHIN: Parameter = {
  name: "withinMs",
  in: "query",
  type: "integer",
  about: "Milliseconds of log time after which the write must not be applied any more.",
};
const IF_MATCH: Parameter = {
  name: "If-Match",
  in: "header",
  type: "string",
  about: "Only if the key is at the revision of this ETag; *: only if there is such a key.",
};
const IF_NONE_MATCH: Parameter = {
  name: "If-None-Match",
  in: "header",
  type: "string",
  about: "Only if the key is at another revision; *: only if there is no such key.",
};
const SESSION: readonly Parameter[] = [
  { name: "Quorate-Session", in: "header", type: "string", about: "Exactly-once: the session that the write is of." },
  { name: "Quorate-Seq", in: "header", type: "integer", about: "The write's number in the session." },
  { name: "Quorate-Ack", in: "header", type: "integer", about: "Replies up to this number have arrived." },
];
const VERBOSE: Parameter = { name: "verbose", in: "query", type: "boolean", about: "List every check." };

const CHECKED = {
  200: { about: "It holds.", content: { "text/plain": "text" } },
  503: { about: "It does not; the text says why.", content: { "text/plain": "text" } },
} as const;

const tell = (about: string, schema: SchemaName) => ({ about, content: { "application/json": schema } });

export const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/kv/{key}",
    summary: "Reads a string. Linearizable on every replica unless asked otherwise.",
    parameters: [STALE, { ...IF_NONE_MATCH, about: "304 if the key is still at the revision of this ETag." }],
    responses: {
      200: {
        about: "The value; as JSON where Accept says application/json.",
        content: { "application/octet-stream": "bytes", "application/json": "KvEntry" },
      },
      304: { about: "Not changed since." },
    },
    handle: getKey,
  },
  {
    method: "PUT",
    path: "/v1/kv/{key}",
    summary: "Writes a string.",
    parameters: [
      { name: "ttlMs", in: "query", type: "integer", about: "Milliseconds after which the key expires." },
      WITHIN,
      IF_MATCH,
      IF_NONE_MATCH,
      ...SESSION,
    ],
    body: { "application/octet-stream": "bytes", "application/json": "KvWrite" },
    responses: { 200: tell("Written; the ETag is the new revision.", "KvWritten") },
    handle: putKey,
  },
  {
    method: "DELETE",
    path: "/v1/kv/{key}",
    summary: "Removes a key of any type.",
    parameters: [WITHIN, IF_MATCH, IF_NONE_MATCH, ...SESSION],
    responses: { 200: tell("There is no such key now.", "KvDeleted") },
    handle: deleteKey,
  },
  {
    method: "POST",
    path: "/v1/commands",
    summary: "Runs any command of the machine, or several in their order.",
    body: { "application/json": "CommandsBody" },
    responses: {
      200: tell("One command: it was committed. Several: the answer to each, whatever it is.", "CommandsAnswer"),
    },
    handle: postCommands,
  },
  {
    method: "POST",
    path: "/v1/txn",
    summary: "Compares, then runs one list of commands or the other, all in one step.",
    body: { "application/json": "TxnRequest" },
    responses: { 200: tell("Which list was run, and its replies.", "TxnResponse") },
    handle: postTxn,
  },
  {
    method: "POST",
    path: "/v1/sessions",
    summary: "Opens a session, in which each numbered command is applied once however often it is sent.",
    body: { "application/json": "SessionRequest" },
    responses: { 201: tell("The session's name.", "SessionOpened") },
    handle: openSession,
  },
  {
    method: "DELETE",
    path: "/v1/sessions/{session}",
    summary: "Closes a session and forgets its replies.",
    responses: { 200: tell("It is closed.", "SessionClosed") },
    handle: closeSession,
  },
  {
    method: "GET",
    path: "/v1/ops/{session}/{seq}",
    summary: "What has become of a numbered command.",
    responses: { 200: tell("As far as it is known.", "Operation") },
    handle: getOperation,
  },
  {
    method: "POST",
    path: "/v1/ops/{session}/{seq}/resolve",
    summary: "Settles a numbered command for good: unless it was applied, it never will be.",
    responses: { 200: tell("What it has become.", "Operation") },
    handle: resolveOperation,
  },
  {
    method: "GET",
    path: "/v1/watch",
    summary: "Changes as they are committed, as server-sent events; resumes where it was, on any replica.",
    parameters: [
      { name: "from", in: "query", type: "integer", about: "The first revision wanted; left out: from now on." },
      { name: "key", in: "query", type: "string", about: "Only this key's." },
      { name: "prefix", in: "query", type: "string", about: "Only those of keys that begin so." },
      { name: "Last-Event-ID", in: "header", type: "integer", about: "Where to resume; counts more than from." },
    ],
    responses: {
      200: {
        about: "Each event's data is a ChangeStreamEvent; the last one, named end, a ChangeStreamEnd.",
        content: { "text/event-stream": "ChangeStreamEvent" },
      },
    },
    handle: getWatch,
  },
  {
    method: "GET",
    path: "/v1/ws",
    summary:
      "A WebSocket of SocketRequest and SocketResponse as JSON texts; a connection with transactions and watches.",
    responses: {
      101: { about: "From here on it is a socket.", content: { "application/json": "SocketResponse" } },
      426: { about: "This is for WebSockets only.", content: { "application/problem+json": "Problem" } },
    },
    isPublic: true,
    handle: upgradeNeeded,
  },
  {
    method: "GET",
    path: "/v1/status",
    summary: "Where this replica stands, and where it sees the others.",
    responses: { 200: tell("The report.", "StatusReport") },
    handle: getStatus,
  },
  {
    method: "GET",
    path: "/v1/explain",
    summary: "Why something is slow or stuck, and what to do about it.",
    responses: { 200: tell("The report.", "ExplainReport") },
    handle: getExplain,
  },
  {
    method: "GET",
    path: "/v1/members",
    summary: "The members of the cluster as this replica sees them.",
    responses: { 200: tell("All of them, in the committee's order.", "MembersReport") },
    handle: getMembers,
  },
  {
    method: "GET",
    path: "/livez",
    summary: "Whether this process turns and its disk takes writes; never depends on other replicas.",
    parameters: [VERBOSE],
    responses: CHECKED,
    isPublic: true,
    handle: getLive,
  },
  {
    method: "GET",
    path: "/readyz",
    summary: "Whether linearizable operations can be served here now.",
    parameters: [VERBOSE],
    responses: CHECKED,
    isPublic: true,
    handle: getReady,
  },
  {
    method: "GET",
    path: "/startupz",
    summary: "Whether the replica has read its disk and listens.",
    parameters: [VERBOSE],
    responses: CHECKED,
    isPublic: true,
    handle: getStarted,
  },
  {
    method: "GET",
    path: "/metrics",
    summary: "Counters and gauges for Prometheus.",
    responses: { 200: { about: "In its text format.", content: { "text/plain": "text" } } },
    handle: getMetrics,
  },
  {
    method: "GET",
    path: "/openapi.json",
    summary: "This document.",
    responses: { 200: tell("OpenAPI 3.1.", "AnyObject") },
    isPublic: true,
    handle: getOpenApi,
  },
  {
    method: "GET",
    path: "/",
    summary: "Where the cluster stands, as a page for people.",
    responses: { 200: { about: "A page that refreshes itself.", content: { "text/html": "text" } } },
    handle: getPage,
  },
];

interface Pattern {
  readonly path: RegExp;
  readonly routes: readonly Route[];
}

const PATTERNS: readonly Pattern[] = [...new Set(ROUTES.map(({ path }) => path))].map((path) => ({
  path: new RegExp(
    `^${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => `(?<${name}>${name === "key" ? ".+" : "[^/]+"})`)}$`,
  ),
  routes: ROUTES.filter((route) => route.path === path),
}));

export interface RouteMatch {
  readonly route: Route | undefined;
  readonly params: Readonly<Record<string, string>>;
  /** Methods that this path takes. */
  readonly allow: readonly string[];
}

/** The route of a request; without `route` the path is known and the method is not; undefined: nothing is there. */
export function matchRoute(method: string, path: string): RouteMatch | undefined {
  for (const pattern of PATTERNS) {
    const match = pattern.path.exec(path);
    if (match === null) continue;
    const wanted = method === "HEAD" ? "GET" : method;
    const methods = pattern.routes.map((route) => route.method);
    return {
      route: pattern.routes.find((route) => route.method === wanted),
      params: match.groups ?? {},
      allow: [
        ...(methods.includes("GET") ? ["GET", "HEAD"] : []),
        ...methods.filter((each) => each !== "GET"),
        "OPTIONS",
      ],
    };
  }
  return undefined;
}

function upgradeNeeded(exchange: Exchange): void {
  exchange.sendProblem(
    problem("UPGRADEREQUIRED", "open a WebSocket here, or post to /v1/commands", {
      headers: { Upgrade: "websocket", Connection: "Upgrade, close" },
    }),
  );
}
