// Replicas for tests: real HTTP servers that keep the contract of the HTTP door over the real machine, and misbehave on
// demand. They share one machine, as if agreement took no time; everything between a client and an answer can go wrong.
import { createPublicKey, verify } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type Command, encodeCommand } from "@quorate/core";
import type { Answer, Change, CommandRequest, JsonReply, JsonWord, Operation, Problem } from "@quorate/core/api";
import {
  bytesOf,
  commandTable,
  createMachine,
  FAMILIES,
  type KeyValueMachine,
  type MachineConfig,
  MemoryStore,
  type Reply,
} from "@quorate/machine";

/** The one state that all replicas show, and the log that leads to it. */
export class SharedLog {
  readonly machine: KeyValueMachine;
  readonly #commands = commandTable(FAMILIES);
  readonly #listeners = new Set<() => void>();
  /** Every command that was applied, for tests that count. */
  readonly applied: string[][] = [];
  /** Added to the clock: deadlines come sooner. */
  ahead = 0;
  #time = 0;
  #nextDeadline: number | undefined;

  constructor(config: Partial<MachineConfig> = {}) {
    const verifyClient = (key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
      const jwk = { kty: "OKP", crv: "Ed25519", x: Buffer.from(key).toString("base64url") };
      return verify(null, message, createPublicKey({ key: jwk, format: "jwk" }), signature);
    };
    this.machine = createMachine({ store: new MemoryStore(), config, verifyClient });
  }

  get now(): number {
    return Date.now() + this.ahead;
  }

  commit(commands: readonly Command[]): readonly Reply[] {
    this.#time = Math.max(this.#time, this.now);
    const index = this.machine.index + 1;
    for (const { words } of commands) this.applied.push(words.map((word) => Buffer.from(word).toString()));
    const applied = this.machine.apply({ index, time: this.#time, chainDigest: `c${index}` }, [
      { author: 0, timestamp: this.#time, payload: commands.map(encodeCommand) },
    ]);
    this.#nextDeadline = applied.nextDeadline;
    for (const listener of this.#listeners) listener();
    return applied.replies[0]!;
  }

  /** Lets pass what is due, as a cluster does by itself. */
  settle(): void {
    for (let last = -1; this.#nextDeadline !== undefined && this.#nextDeadline <= this.now; ) {
      if (this.#nextDeadline === last) break;
      last = this.#nextDeadline;
      this.commit([]);
    }
  }

  query(words: readonly Uint8Array[]): Reply {
    for (;;) {
      this.settle();
      const answer = this.machine.query(words, this.now);
      if ("reply" in answer) return answer.reply;
      this.commit([]);
    }
  }

  reads(words: readonly Uint8Array[]): boolean {
    const name = Buffer.from(words[0] ?? "").toString();
    return this.#commands.get(name.toLowerCase())?.flags.includes("readonly") === true;
  }

  knows(words: readonly Uint8Array[]): boolean {
    return this.#commands.has(
      Buffer.from(words[0] ?? "")
        .toString()
        .toLowerCase(),
    );
  }

  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export interface Behaviour {
  /** Takes connections and requests, and answers nothing. */
  hangs: boolean;
  /** Answers that there is no quorum. */
  cutOff: boolean;
  /** Cuts the connection before a request is carried out; called for each. */
  dropsRequest: (path: string) => boolean;
  /** Carries the request out, then cuts the connection. */
  dropsResponse: () => boolean;
  /** Answers something else than what is true. */
  lies: ((question: Question, truth: unknown) => unknown) | undefined;
  /** Carries out another command than the one it was given. */
  tampers: ((request: CommandRequest) => CommandRequest | undefined) | undefined;
  /** Ends watches after so many messages. */
  watchMessagesMax: number;
}

export interface Question {
  readonly path: string;
  readonly words: readonly string[] | undefined;
  readonly request: CommandRequest | undefined;
}

export class FakeReplica implements Behaviour {
  hangs = false;
  cutOff = false;
  dropsRequest: Behaviour["dropsRequest"] = () => false;
  dropsResponse = (): boolean => false;
  lies: Behaviour["lies"];
  tampers: Behaviour["tampers"];
  watchMessagesMax = Number.POSITIVE_INFINITY;
  asked = 0;
  /** Headers of the last request. */
  headers: IncomingMessage["headers"] = {};
  byzantine = 0;
  readonly log: SharedLog;
  port = 0;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();

  constructor(log: SharedLog) {
    this.log = log;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.port, "127.0.0.1", resolve);
    });
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Loses every connection and listens no more. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    this.cutConnections();
    await closed;
  }

  cutConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.asked++;
    this.headers = request.headers;
    response.on("error", () => {});
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    if (this.hangs) return;
    if (this.dropsRequest(request.url!)) return void request.socket.destroy();
    const url = new URL(request.url!, this.url);
    const body: unknown = chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString());
    if (url.pathname === "/v1/watch") return this.#watch(url, response);
    const { status, answer } = this.#answer(url.pathname, body);
    if (this.dropsResponse()) return void request.socket.destroy();
    response.writeHead(status, { "content-type": status < 400 ? "application/json" : "application/problem+json" });
    response.end(JSON.stringify(answer));
  }

  #answer(path: string, body: unknown): { status: number; answer: unknown } {
    if (path === "/v1/status") {
      const fault = { crash: 1, byzantine: this.byzantine };
      return { status: 200, answer: this.#say({ path, words: undefined, request: undefined }, { cluster: { fault } }) };
    }
    if (this.cutOff) return problem(503, "rejected", "NOQUORUM", "no quorum is reachable; nothing was applied");
    const [, session, seq, resolve] = /^\/v1\/ops\/([^/]+)\/(\d+)(\/resolve)?$/.exec(path) ?? [];
    if (session !== undefined) {
      const name = resolve === undefined ? "SESSION.OUTCOME" : "SESSION.RESOLVE";
      const words = [name, decodeURIComponent(session), seq!].map((word) => Buffer.from(word));
      const reply = resolve === undefined ? this.log.query(words) : this.log.commit([raw(words)])[0]!;
      if (reply.kind === "error") return problem(404, "indeterminate", ...split(reply.text));
      const answer = this.#say({ path, words: undefined, request: undefined }, toOperation(reply));
      return { status: 200, answer };
    }
    if (path === "/v1/commands") {
      const { commands } = body as { commands?: CommandRequest[] };
      if (commands !== undefined) return { status: 200, answer: { answers: commands.map((it) => this.#run(it)) } };
      const answer = this.#run(body as CommandRequest) as Answer;
      // A liar's answer may be anything.
      if (typeof (answer as { code?: unknown } | null)?.code !== "string") return { status: 200, answer };
      const { outcome, code, message } = answer as Exclude<Answer, { outcome: "committed" }>;
      return problem(outcome === "rejected" ? 409 : 503, outcome, code, message);
    }
    return problem(404, "rejected", "NOTFOUND", "no such route");
  }

  #run(request: CommandRequest): unknown {
    const words = request.words.map(wordBytes);
    const question = { path: "/v1/commands", words: words.map((word) => Buffer.from(word).toString()), request };
    const taken = this.tampers === undefined ? request : this.tampers(request);
    const withheld = { outcome: "rejected", code: "NOQUORUM", message: "withheld" };
    const truth = taken === undefined ? withheld : this.#carryOut(taken, taken.words.map(wordBytes));
    return this.#say(question, truth);
  }

  #carryOut(request: CommandRequest, words: readonly Uint8Array[]): Answer {
    if (!this.log.knows(words)) return { outcome: "rejected", code: "ERR", message: "unknown command" };
    if (this.log.reads(words) && request.session === undefined)
      return toAnswer(this.log.query(words), this.log.machine.index);
    const { session, seq, ack = 0, signature, notAfter, withinMs = 20_000 } = request;
    this.log.settle();
    const [reply] = this.log.commit([
      {
        ...raw(words),
        notAfter: notAfter ?? this.log.now + withinMs,
        session: session === undefined ? undefined : { id: session, sequence: seq!, acknowledgedUpTo: ack },
        clientSignature: signature === undefined ? undefined : Buffer.from(signature, "base64"),
      },
    ]);
    return toAnswer(reply!, this.log.machine.index, session !== undefined);
  }

  #say(question: Question, truth: unknown): unknown {
    return this.lies === undefined ? truth : this.lies(question, truth);
  }

  #watch(url: URL, response: ServerResponse): void {
    if (this.cutOff) {
      const { status, answer } = problem(503, "rejected", "NOQUORUM", "no quorum is reachable");
      response.writeHead(status, { "content-type": "application/problem+json" });
      return void response.end(JSON.stringify(answer));
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": hello\n\n");
    const { key, prefix } = Object.fromEntries(url.searchParams);
    let next = Number(url.searchParams.get("from") ?? 0) || lastRevision(this.log) + 1;
    let messages = 0;
    const send = (kind: string, data: object): void => {
      const said = this.#say({ path: "/v1/watch", words: undefined, request: undefined }, { kind, ...data });
      response.write(`event: ${kind}\nid: ${next}\ndata: ${JSON.stringify(said)}\n\n`);
      if (++messages >= this.watchMessagesMax) response.end();
    };
    const pump = (): void => {
      while (!response.writableEnded && !response.destroyed) {
        const page = this.log.query(["CHANGES.READ", String(next), "COUNT", "50"].map((word) => Buffer.from(word)));
        if (page.kind === "error") {
          const [code, message] = split(page.text);
          send("end", { code: code.toLowerCase(), message });
          return void response.end();
        }
        const [nextReply, list] = (page as { items: readonly Reply[] }).items.map((item) => toJson(item));
        const changes = (list as [number, string, JsonReply, number, number][]).map(
          ([revision, event, changed, index, time]): Change => ({
            revision,
            event,
            key: changed as JsonWord,
            index,
            time,
          }),
        );
        if (changes.length === 0) return;
        next = nextReply as number;
        const matching = changes.filter(
          ({ key: changed, event }) =>
            event === "flushall" || ((key ?? changed) === changed && String(changed).startsWith(prefix ?? "")),
        );
        if (matching.length > 0) send("changes", { changes: matching, next });
        else send("progress", { next });
      }
    };
    const stop = this.log.onCommit(() => setImmediate(pump));
    response.on("close", stop);
    pump();
  }
}

/** A cluster of such replicas. */
export class World {
  readonly log: SharedLog;
  readonly replicas: readonly FakeReplica[];
  #ticker: NodeJS.Timeout | undefined;

  constructor(count: number, config: Partial<MachineConfig> = {}) {
    this.log = new SharedLog(config);
    this.replicas = Array.from({ length: count }, () => new FakeReplica(this.log));
  }

  static async start(count: number, config: Partial<MachineConfig> = {}): Promise<World> {
    const world = new World(count, config);
    await Promise.all(world.replicas.map((replica) => replica.start()));
    world.#ticker = setInterval(() => world.log.settle(), 5);
    return world;
  }

  get urls(): string[] {
    return this.replicas.map(({ url }) => url);
  }

  /** How often a command was applied. */
  count(...words: string[]): number {
    return this.log.applied.filter((it) => it.join(" ") === words.join(" ")).length;
  }

  async stop(): Promise<void> {
    clearInterval(this.#ticker);
    await Promise.all(this.replicas.map((replica) => replica.stop()));
  }
}

/** Numbers that look like chance and repeat. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

function lastRevision(log: SharedLog): number {
  return (toJson(log.query([Buffer.from("CHANGES.RANGE")])) as [number, number])[1];
}

function raw(words: readonly Uint8Array[]): Command {
  return { words, notAfter: 2 ** 48, session: undefined, user: "", clientSignature: undefined };
}

function wordBytes(word: JsonWord): Uint8Array {
  if (typeof word === "object") return Buffer.from(word.base64, "base64");
  return Buffer.from(String(word));
}

function problem(
  status: number,
  outcome: Problem["outcome"],
  code: string,
  detail: string,
): { status: number; answer: Problem } {
  return {
    status,
    answer: { type: `urn:quorate:problem:${code.toLowerCase()}`, title: code, status, detail, outcome, code },
  };
}

function split(text: string): [string, string] {
  const [code] = text.split(" ", 1);
  return [code!, text.slice(code!.length + 1)];
}

function toAnswer(reply: Reply, index: number, numbered = false): Answer {
  if (reply.kind !== "error") return { outcome: "committed", reply: toJson(reply), index };
  const [code, message] = split(reply.text);
  if (numbered && (code === "NOSESSION" || code === "STALE"))
    return { outcome: "indeterminate", code: "INDETERMINATE", message: reply.text };
  return { outcome: "rejected", code, message };
}

function toOperation(reply: Reply): Operation {
  const [state, inner] = (reply as { items: readonly Reply[] }).items as [Reply, Reply];
  const kind = (state as { value: string }).value;
  if (kind === "applied") return { state: kind, reply: toJson(inner) };
  if (kind !== "rejected") return { state: kind as "pending" };
  const [code, message] = split((inner as { text: string }).text);
  return { state: kind, code, message };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOrBytes(value: string): JsonReply {
  const bytes = bytesOf(value);
  try {
    return utf8.decode(bytes);
  } catch {
    return { base64: Buffer.from(bytes).toString("base64") };
  }
}

export function toJson(reply: Reply): JsonReply {
  switch (reply.kind) {
    case "simple":
      return reply.text;
    case "error":
      return { error: reply.text };
    case "integer":
      return typeof reply.value === "bigint" ? { integer: String(reply.value) } : reply.value;
    case "bulk":
      return textOrBytes(reply.value);
    case "null":
    case "null-array":
      return null;
    case "array":
    case "set":
      return reply.items.map(toJson);
    case "map":
      return { map: reply.entries.map(([key, value]) => [toJson(key), toJson(value)] as const) };
    case "pairs":
      return reply.entries.map(([key, value]) => [toJson(key), toJson(value)]);
    case "double":
      if (Number.isFinite(reply.value)) return reply.value;
      return { double: Number.isNaN(reply.value) ? "nan" : reply.value > 0 ? "inf" : "-inf" };
    case "boolean":
      return reply.value;
    case "verbatim":
      return textOrBytes(reply.text);
  }
}
