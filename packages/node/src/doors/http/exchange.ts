// One request and its response, as routes see them: parts of the address, the body within its bound, and one way to
// answer. What is wrong with a request is thrown as an `HttpProblem`, and turned into a response in one place.
import { isUtf8 } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { z } from "zod";
import type { Holder } from "./client-memory.ts";
import type { DoorContext } from "./door-context.ts";
import { percentDecoded } from "./json-reply.ts";
import { badRequest, type HttpProblem, problem } from "./problem.ts";

/** Nothing of ours is cached, sniffed, or read by other sites' pages. */
const ALWAYS: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Cross-Origin-Resource-Policy": "same-origin",
};

const UNMATCHED = "unmatched";

export type Headers = Readonly<Record<string, string>>;

/** The client left: there is nobody to answer. */
export class ClientGone extends Error {
  override readonly name: string = "ClientGone";
}

export class Exchange implements Holder {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly door: DoorContext;
  /** Parts of the path, still percent-encoded. */
  params: Readonly<Record<string, string>> = {};
  /** The path of its route, for logs and metrics: the address itself may hold what is nobody's business. */
  route: string = UNMATCHED;
  /** Who signed in; undefined: nobody, and nobody has to. */
  user: string | undefined;
  readonly path: string;
  readonly #query: string;
  /** Bytes of the body that are in memory. */
  #held = 0;

  constructor(door: DoorContext, request: IncomingMessage, response: ServerResponse) {
    this.door = door;
    this.request = request;
    this.response = response;
    const url = request.url ?? "";
    const end = url.indexOf("?");
    this.path = end < 0 ? url : url.slice(0, end);
    this.#query = end < 0 ? "" : url.slice(end + 1);
    response.once("close", () => {
      door.bodies.bytes -= this.#held;
      door.memory.hold(this, 0);
    });
  }

  /** From now on so much of its answer is in memory. */
  holdAnswer(bytes: number): void {
    if (!this.response.destroyed) this.door.memory.hold(this, bytes);
  }

  cutOff(): void {
    const { remoteAddress } = this.request.socket;
    this.door.refusals.note("memory", { remote: remoteAddress }, "the largest answer that nobody read was dropped");
    this.response.destroy();
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  /** A part of the path as bytes, which need not be UTF-8. */
  paramBytes(name: string): Uint8Array {
    const bytes = percentDecoded(this.params[name] ?? "");
    if (bytes === undefined) throw badRequest("the path has a % that is not followed by two hexadecimal digits");
    return bytes;
  }

  paramText(name: string): string {
    return asText(this.paramBytes(name), `the path's ${name}`);
  }

  /** A parameter of the query as bytes; the last one of that name counts. */
  queryBytes(name: string): Uint8Array | undefined {
    let found: Uint8Array | undefined;
    for (const pair of this.#query.split("&")) {
      const [key = "", ...rest] = pair.split("=");
      if (key !== name) continue;
      found = percentDecoded(rest.join("=").replaceAll("+", " "));
      if (found === undefined) throw badRequest(`${name} has a % that is not followed by two hexadecimal digits`);
    }
    return found;
  }

  queryText(name: string): string | undefined {
    const bytes = this.queryBytes(name);
    return bytes && asText(bytes, name);
  }

  /** A parameter that is there, or `true`, or not: `?stale`, `?stale=true`. */
  queryFlag(name: string): boolean {
    const text = this.queryText(name) ?? (this.#query.split("&").includes(name) ? "" : "false");
    if (text === "" || text === "true" || text === "1") return true;
    if (text === "false" || text === "0") return false;
    throw badRequest(`${name} is true or false`);
  }

  queryWhole(name: string, min: number): number | undefined {
    const text = this.queryText(name);
    return text === undefined ? undefined : wholeNumber(text, name, min);
  }

  headerWhole(name: string, min: number): number | undefined {
    const text = this.header(name.toLowerCase());
    return text === undefined ? undefined : wholeNumber(text, name, min);
  }

  /** The body's media type without its parameters, in lower case; empty if none is given. */
  get contentType(): string {
    return (this.header("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  }

  /** Reads the body, of which no more than the bound is ever held. */
  body(): Promise<Buffer> {
    const { limits, bodies } = this.door;
    const { request, response } = this;
    const encoding = this.header("content-encoding") ?? "identity";
    if (encoding !== "identity") throw problem("MEDIATYPE", `${encoding} is not decoded here; send the body as it is`);
    if (Number(this.header("content-length") ?? 0) > limits.bodyBytesMax) throw tooLarge(limits.bodyBytesMax);
    if (/^100-continue$/i.test(this.header("expect") ?? "")) response.writeContinue();
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const refuse = (problem: HttpProblem): void => {
        // The rest is thrown away as it comes, until the connection is closed behind the answer.
        request.removeAllListeners("data").resume();
        reject(problem);
      };
      request.on("data", (chunk: Buffer) => {
        length += chunk.length;
        this.#held += chunk.length;
        bodies.bytes += chunk.length;
        chunks.push(chunk);
        if (length > limits.bodyBytesMax) refuse(tooLarge(limits.bodyBytesMax));
        else if (bodies.bytes > limits.bodyBytesTotalMax)
          refuse(problem("OVERLOADED", "too many large requests are under way; send it again in a moment"));
      });
      request.once("end", () => resolve(Buffer.concat(chunks, length)));
      request.once("error", (cause) => reject(new ClientGone("the client left amid its request", { cause })));
      request.once("close", () => reject(new ClientGone("the client left amid its request")));
    });
  }

  /** The body as JSON of that shape. Only an explicit JSON type is taken: a form or a plain text could be any page's. */
  async json<T>(schema: SchemaOf<T>): Promise<T> {
    if (this.contentType !== "application/json")
      throw problem("MEDIATYPE", "send JSON with Content-Type: application/json");
    return parseJson(await this.body(), schema);
  }

  /** For a request without a body: a form's would have a type of its own. */
  refuseForms(): void {
    if (this.contentType !== "" && this.contentType !== "application/json")
      throw problem("MEDIATYPE", "send no body, or JSON with Content-Type: application/json");
  }

  send(status: number, contentType: string, body: string | Uint8Array, headers: Headers = {}): void {
    const { response } = this;
    if (response.headersSent || response.destroyed) return;
    const bytes = typeof body === "string" ? Buffer.from(body, "utf8") : body;
    // What was not read of the request must not be taken for the next one.
    const isUnread = !this.request.complete && hasBody(this.request);
    const close = this.door.isClosing() || isUnread ? { Connection: "close" } : {};
    // One that waits behind others in its pipeline has no connection yet that could end; those are small.
    if (response.socket !== null) this.holdAnswer(bytes.length);
    if (response.destroyed) return;
    const bodiless = status === 204 || status === 304;
    response.writeHead(status, {
      ...ALWAYS,
      ...headers,
      ...(bodiless ? {} : { "Content-Type": contentType, "Content-Length": bytes.length }),
      ...close,
    });
    response.end(bodiless ? undefined : bytes);
  }

  sendJson(status: number, body: object, headers: Headers = {}): void {
    this.send(status, "application/json", JSON.stringify(body), headers);
  }

  sendText(status: number, text: string, headers: Headers = {}): void {
    this.send(status, "text/plain; charset=utf-8", text, headers);
  }

  sendProblem({ problem, headers }: HttpProblem): void {
    this.send(problem.status, "application/problem+json", JSON.stringify(problem), headers);
  }

  /** Headers of a response that is written as it happens. */
  beginStream(contentType: string): void {
    this.response.writeHead(200, { ...ALWAYS, "Content-Type": contentType, "X-Accel-Buffering": "no" });
    this.response.flushHeaders();
  }
}

/** A schema; or which one it is for a value, so that what is said of a wrong one is about what was meant. */
export type SchemaOf<T> = z.ZodType<T> | ((value: unknown) => z.ZodType<T>);

/** JSON of a shape, or the problem with it in words. */
export function parseJson<T>(bytes: Buffer, schema: SchemaOf<T>): T {
  if (!isUtf8(bytes)) throw badRequest("the JSON is not UTF-8; bytes go into JSON as base64");
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw badRequest(`this is not JSON: ${(error as Error).message}`);
  }
  const parsed = (typeof schema === "function" ? schema(value) : schema).safeParse(value);
  if (parsed.success) return parsed.data;
  const said = parsed.error.issues.slice(0, 3).map(({ path, message }) => {
    const place = path.map(String).join(".");
    return place === "" ? message : `${place}: ${message}`;
  });
  throw badRequest(`the JSON has not the shape that /openapi.json tells: ${said.join("; ").slice(0, 500)}`);
}

/** Whether something follows the request's head. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function asText(bytes: Uint8Array, what: string): string {
  if (!isUtf8(bytes)) throw badRequest(`${what} is not UTF-8`);
  return Buffer.from(bytes).toString("utf8");
}

function wholeNumber(text: string, name: string, min: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < min) throw badRequest(`${name} is a whole number from ${min}`);
  return value;
}

function tooLarge(max: number): HttpProblem {
  return problem("TOOLARGE", `a body has at most ${max} bytes here; send less at once`);
}
