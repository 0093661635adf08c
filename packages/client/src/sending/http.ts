// One request to one replica. What matters about one that fails is whether it can have arrived: a write that was
// certainly not sent is certainly not applied.
import { monotonic, orAborted, type Patience } from "../clock.ts";
import type { Replica, Replicas } from "./replicas.ts";

export type Exchange =
  | { readonly kind: "response"; readonly status: number; readonly body: unknown }
  /** It never left: nobody listens there. */
  | { readonly kind: "unsent"; readonly why: string }
  /** It may have arrived. */
  | { readonly kind: "lost"; readonly why: string };

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
  readonly accept?: string;
}

export interface HttpOptions {
  readonly fetch: typeof fetch;
  readonly headers: Readonly<Record<string, string>>;
  /** Longest wait for an answer of one replica. */
  readonly attemptMs: number;
}

/** Errors of connecting: no byte of the request can have arrived. */
const NEVER_CONNECTED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

export class Http {
  readonly replicas: Replicas;
  readonly attemptMs: number;
  readonly #options: HttpOptions;

  constructor(replicas: Replicas, options: HttpOptions) {
    this.replicas = replicas;
    this.attemptMs = options.attemptMs;
    this.#options = options;
  }

  /** Asks one replica, and notes how it did. Never throws. */
  async ask(
    replica: Replica,
    request: HttpRequest,
    patience: Patience,
    attemptMs: number = this.attemptMs,
  ): Promise<Exchange> {
    const sentAt = monotonic();
    const waitMs = Math.max(1, Math.min(attemptMs, patience.leftMs));
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), waitMs);
    const onAbort = (): void => stop.abort();
    patience.signal?.addEventListener("abort", onAbort);
    if (patience.signal?.aborted === true) stop.abort();
    try {
      const { response, body } = await orAborted(this.#exchange(replica, request, stop.signal), stop.signal);
      if (body !== undefined && response.status < 500) this.replicas.answered(replica);
      if (body !== undefined) return { kind: "response", status: response.status, body };
      return this.#failed(replica, "lost", `HTTP ${response.status} without a JSON body`, sentAt);
    } catch (error) {
      if (patience.signal?.aborted === true) return { kind: "lost", why: "given up by the caller" };
      if (stop.signal.aborted)
        return this.#failed(replica, "lost", `no answer within ${Math.round(waitMs)} ms`, sentAt);
      const code = codeOf(error);
      const why = code ?? (error instanceof Error ? error.message : String(error));
      return this.#failed(replica, NEVER_CONNECTED.has(code ?? "") ? "unsent" : "lost", why, sentAt);
    } finally {
      clearTimeout(timer);
      patience.signal?.removeEventListener("abort", onAbort);
    }
  }

  async #exchange(replica: Replica, request: HttpRequest, signal: AbortSignal): Promise<Whole> {
    const response = await this.open(replica, request, signal);
    return { response, body: await readBody(response) };
  }

  /** The bare request, for streams too. Throws what `fetch` throws. */
  open(
    replica: Replica,
    { method, path, body, accept = "application/json" }: HttpRequest,
    signal: AbortSignal,
  ): Promise<Response> {
    const { fetch } = this.#options;
    const headers = { ...this.#options.headers, accept };
    const init = {
      method,
      signal,
      headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    } as const;
    return fetch(replica.url + path, init);
  }

  #failed(replica: Replica, kind: "unsent" | "lost", why: string, sentAt: number): Exchange {
    this.replicas.failed(replica, why, sentAt);
    return { kind, why };
  }
}

interface Whole {
  readonly response: Response;
  readonly body: unknown;
}

/** More than any reply has; whoever sends more wants something else. */
const BODY_BYTES_MAX = 256 * 1024 * 1024;

async function readBody(response: Response): Promise<unknown> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let bytes = 0;
  for (const reader = response.body?.getReader(); reader !== undefined; ) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
    if (bytes > BODY_BYTES_MAX) {
      await reader.cancel();
      throw new Error(`a body of more than ${BODY_BYTES_MAX} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
  // What is no JSON, a replica did not say.
  const type = response.headers.get("content-type") ?? "";
  return /^application\/(problem\+)?json/.test(type) ? JSON.parse(text) : undefined;
}

/** The code of the system's error behind an error of fetch. */
function codeOf(error: unknown): string | undefined {
  const cause = (error as { readonly cause?: unknown } | undefined)?.cause;
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}
