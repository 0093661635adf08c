// What is said at this door, as schemas: requests are checked against them, the document at `/openapi.json` is made from
// them, and tests hold real answers to them. Each is typed as the seam's own type, so neither can drift from the other.
import type {
  Answer,
  ChangeStreamEnd,
  ChangeStreamEvent,
  CommandRequest,
  CommandsRequest,
  CommandsResponse,
  ExplainReport,
  JsonReply,
  JsonWord,
  MemberReport,
  Operation,
  Problem,
  SocketRequest,
  SocketResponse,
  StatusReport,
} from "@quorate/core/api";
import { z } from "zod";

const whole = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const bytes = z.strictObject({ base64: z.string() });

export const jsonWord: z.ZodType<JsonWord> = z
  .union([z.string(), z.number(), bytes])
  .describe("A word of a command: text is its UTF-8, a number is written out in decimal, bytes are base64.");

export const jsonReply: z.ZodType<JsonReply> = z
  .union([
    z.string(),
    z.number(),
    z.boolean(),
    z.null(),
    z.array(z.lazy(() => jsonReply)),
    bytes,
    z.strictObject({ integer: z.string() }),
    z.strictObject({ double: z.string() }),
    z.strictObject({ map: z.array(z.tuple([z.lazy(() => jsonReply), z.lazy(() => jsonReply)])) }),
    z.strictObject({ error: z.string() }),
  ])
  .describe("A reply. What JSON cannot hold exactly is an object with one field that names what it is.");

const words = z.array(jsonWord).min(1);

const numbering = {
  session: z.exactOptional(z.string().min(1)),
  seq: z.exactOptional(whole.min(1)),
  ack: z.exactOptional(whole),
  withinMs: z.exactOptional(whole),
};

const commandFields = {
  words,
  ...numbering,
  stale: z.exactOptional(z.boolean()),
  signature: z.exactOptional(z.string()),
  notAfter: z.exactOptional(whole),
};

export const commandRequest: z.ZodType<CommandRequest> = z.strictObject(commandFields);

export const commandsRequest: z.ZodType<CommandsRequest> = z.strictObject({
  commands: z.array(commandRequest).min(1),
});

/** Either of the two bodies of `/v1/commands`. */
export const commandsBody: z.ZodType<CommandRequest | CommandsRequest> = z.union([commandRequest, commandsRequest]);

const index = whole.describe("The commit whose state the reply reflects.");

const committed = z.strictObject({ outcome: z.literal("committed"), reply: jsonReply, index });
const rejected = z.strictObject({ outcome: z.literal("rejected"), code: z.string(), message: z.string() });
const indeterminate = z.strictObject({
  outcome: z.literal("indeterminate"),
  code: z.literal("INDETERMINATE"),
  message: z.string(),
});

export const answer: z.ZodType<Answer> = z.discriminatedUnion("outcome", [committed, rejected, indeterminate]);

export const committedAnswer: z.ZodType<Extract<Answer, { outcome: "committed" }>> = committed;

export const commandsResponse: z.ZodType<CommandsResponse> = z.strictObject({ answers: z.array(answer) });

export const problemSchema: z.ZodType<Problem> = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  outcome: z.enum(["rejected", "indeterminate"]),
  code: z.string(),
});

export const operation: z.ZodType<Operation> = z.discriminatedUnion("state", [
  z.strictObject({ state: z.literal("applied"), reply: jsonReply }),
  z.strictObject({ state: z.literal("rejected"), code: z.string(), message: z.string() }),
  z.strictObject({ state: z.literal("pending") }),
  z.strictObject({ state: z.literal("forgotten") }),
]);

/** `PUT /v1/kv/{key}` as JSON. */
export interface KvWrite {
  readonly value: JsonWord;
  readonly ttlMs?: number;
}

export const kvWrite: z.ZodType<KvWrite> = z.strictObject({
  value: jsonWord,
  ttlMs: z.exactOptional(whole.min(1)),
});

export interface KvEntry {
  readonly key: JsonWord;
  readonly value: JsonWord;
  /** At which the key last changed: what `If-Match` compares with. */
  readonly revision: number;
  readonly index: number;
}

export const kvEntry: z.ZodType<KvEntry> = z.strictObject({ key: jsonWord, value: jsonWord, revision: whole, index });

export interface KvWritten {
  readonly outcome: "committed";
  readonly revision: number;
  readonly index: number;
}

export const kvWritten: z.ZodType<KvWritten> = z.strictObject({
  outcome: z.literal("committed"),
  revision: whole,
  index,
});

export interface KvDeleted {
  readonly outcome: "committed";
  /** Whether there was such a key. */
  readonly deleted: boolean;
  readonly index: number;
}

export const kvDeleted: z.ZodType<KvDeleted> = z.strictObject({
  outcome: z.literal("committed"),
  deleted: z.boolean(),
  index,
});

const operator = z.enum(["=", "!=", "<", ">"]);

export type TxnCondition =
  | { readonly kind: "value"; readonly key: JsonWord; readonly is: "=" | "!=" | "<" | ">"; readonly value: JsonWord }
  | {
      readonly kind: "revision";
      readonly key: JsonWord;
      readonly is: "=" | "!=" | "<" | ">";
      readonly revision: number;
    }
  | { readonly kind: "exists" | "missing"; readonly key: JsonWord }
  /** The token holds that lock, election or semaphore. */
  | { readonly kind: "fence"; readonly key: JsonWord; readonly token: number };

export interface TxnRequest {
  readonly compare?: readonly TxnCondition[];
  readonly then?: readonly (readonly JsonWord[])[];
  readonly else?: readonly (readonly JsonWord[])[];
  readonly session?: string;
  readonly seq?: number;
  readonly ack?: number;
  readonly withinMs?: number;
}

const branch = z.exactOptional(z.array(words));

export const txnRequest: z.ZodType<TxnRequest> = z.strictObject({
  compare: z.exactOptional(
    z.array(
      z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("value"), key: jsonWord, is: operator, value: jsonWord }),
        z.strictObject({ kind: z.literal("revision"), key: jsonWord, is: operator, revision: whole }),
        z.strictObject({ kind: z.enum(["exists", "missing"]), key: jsonWord }),
        z.strictObject({ kind: z.literal("fence"), key: jsonWord, token: whole.min(1) }),
      ]),
    ),
  ),
  // biome-ignore lint/suspicious/noThenProperty: compare, then, else is what a transaction says; it is no function.
  then: branch,
  else: branch,
  ...numbering,
});

export interface TxnResponse {
  readonly outcome: "committed";
  /** Whether every condition held: which branch was run. */
  readonly held: boolean;
  readonly replies: readonly JsonReply[];
  readonly index: number;
}

export const txnResponse: z.ZodType<TxnResponse> = z.strictObject({
  outcome: z.literal("committed"),
  held: z.boolean(),
  replies: z.array(jsonReply),
  index,
});

export interface SessionRequest {
  readonly timeoutMs?: number;
  /** A client's public key, as base64: every command of the session must then carry its signature. */
  readonly key?: { readonly base64: string };
}

export const sessionRequest: z.ZodType<SessionRequest> = z.strictObject({
  timeoutMs: z.exactOptional(whole.min(1)),
  key: z.exactOptional(bytes),
});

export const sessionOpened: z.ZodType<{ readonly session: string; readonly index: number }> = z.strictObject({
  session: z.string(),
  index,
});

export const sessionClosed: z.ZodType<{ readonly closed: boolean; readonly index: number }> = z.strictObject({
  closed: z.boolean(),
  index,
});

const change = z.strictObject({ revision: whole, event: z.string(), key: jsonWord, index: whole, time: whole });

const streamEvent = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("changes"), changes: z.array(change), next: whole }),
  z.strictObject({ kind: z.literal("progress"), next: whole }),
]);
const streamEnd = z.strictObject({
  kind: z.literal("end"),
  code: z.enum(["compacted", "gap", "unavailable", "not-allowed", "slow"]),
  message: z.string(),
});

export const changeStreamEvent: z.ZodType<ChangeStreamEvent> = streamEvent;
export const changeStreamEnd: z.ZodType<ChangeStreamEnd> = streamEnd;

const id = whole.describe("Of the client's choice; every response names it.");

export const socketRequest: z.ZodType<SocketRequest> = z.discriminatedUnion("kind", [
  z.strictObject({ id, kind: z.literal("command"), ...commandFields }),
  z.strictObject({
    id,
    kind: z.literal("watch"),
    from: z.exactOptional(whole.min(1)),
    key: z.exactOptional(z.string()),
    prefix: z.exactOptional(z.string()),
  }),
  z.strictObject({ id, kind: z.literal("unwatch") }),
  z.strictObject({ id, kind: z.literal("auth"), user: z.exactOptional(z.string()), secret: z.string() }),
]);

const socketId = { id, kind: z.literal("answer") };

export const socketResponse: z.ZodType<SocketResponse> = z.union([
  committed.extend(socketId),
  rejected.extend(socketId),
  indeterminate.extend(socketId),
  z.strictObject({ id, kind: z.literal("watch"), event: z.union([streamEvent, streamEnd]) }),
]);

const member = z.strictObject({
  name: z.string(),
  index: whole,
  stake: whole,
  self: z.boolean(),
  up: z.boolean(),
  round: whole,
  commitIndex: whole,
  silentMs: z.number().min(0),
  rttMs: z.number().nullable(),
  exposed: z.boolean(),
});

export const membersReport: z.ZodType<{ readonly members: readonly MemberReport[] }> = z.strictObject({
  members: z.array(member),
});

export const statusReport: z.ZodType<StatusReport> = z.strictObject({
  version: z.string(),
  cluster: z.strictObject({
    id: z.string(),
    rule: z.enum(["cft2", "hyb3"]),
    fault: z.strictObject({ crash: whole, byzantine: whole }),
    stake: whole,
    quorum: whole,
  }),
  replica: z.strictObject({
    name: z.string(),
    index: whole,
    uptimeSeconds: z.number().min(0),
    incarnation: whole,
    durability: z.enum(["fsync", "os", "memory"]),
  }),
  mode: z.enum(["normal", "recovering", "restoring", "suspicious", "halted"]),
  ready: z.boolean(),
  quorum: z.strictObject({ reachable: whole, needed: whole, reached: z.boolean() }),
  round: whole,
  ownRound: whole,
  undecidedRound: whole,
  commitIndex: whole,
  appliedIndex: whole,
  logTime: z.number(),
  storage: z.strictObject({
    logBytes: whole,
    flushedIndex: whole,
    pressure: z.enum(["none", "soft", "hard"]),
  }),
  doors: z.array(z.strictObject({ name: z.string(), address: z.string(), connections: whole })),
  members: z.array(member),
});

export const explainReport: z.ZodType<ExplainReport> = z.strictObject({
  healthy: z.boolean(),
  summary: z.string(),
  findings: z.array(
    z.strictObject({
      severity: z.enum(["critical", "warning", "note"]),
      what: z.string(),
      rule: z.exactOptional(z.string()),
      members: z.exactOptional(z.array(z.string())),
      forMs: z.exactOptional(z.number()),
      todo: z.string(),
    }),
  ),
  waiting: z.array(z.strictObject({ round: whole, because: z.array(z.string()) })),
});
