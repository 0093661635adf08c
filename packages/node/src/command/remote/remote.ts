// A replica as the client verbs see it: its HTTP door. They need nothing else, so they work against any replica, local or
// far, and anybody can do by hand what they do.
//
// The law it keeps: another replica is asked only where the one before certainly got nothing. A request that was sent and
// not answered may have been carried out.
import type { Problem } from "@quorate/core/api";
import type { Args } from "../args.ts";
import type { Flag } from "../syntax.ts";
import { UsageError } from "../usage-error.ts";
import type { Io } from "../verb.ts";

/** Flags of every verb that asks a replica. */
export const REMOTE_FLAGS: Readonly<Record<string, Flag>> = {
  url: {
    kind: "value",
    value: "URL",
    help: "a replica's HTTP door (QUORATE_URL; else the local cluster's, 8001 to 8009)",
  },
  user: { kind: "value", value: "NAME", help: "who you are, where --token is a password (QUORATE_USER)" },
  token: {
    kind: "value",
    value: "TOKEN",
    help: "your token or password; better in QUORATE_TOKEN, which others cannot see",
  },
};

const LOCAL_PORTS: readonly number[] = Array.from({ length: 9 }, (_, index) => 8_001 + index);
/** Longer than a door lets a command wait. */
const TIMEOUT_MS = 15_000;

type RemoteCode = "usage" | "unavailable" | "indeterminate" | "not-allowed" | "failed";

/** No answer, or one that says no. */
export class RemoteError extends Error {
  override readonly name: string = "RemoteError";
  readonly code: RemoteCode;

  constructor(code: RemoteCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export interface RemoteAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Who answered. */
  readonly url: string;
}

export class Remote {
  readonly #urls: readonly string[];
  readonly #isNamed: boolean;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(args: Args, { env = {} }: Io) {
    const named = args.text("url") ?? (env["QUORATE_URL"] || undefined);
    this.#isNamed = named !== undefined;
    this.#urls = named === undefined ? LOCAL_PORTS.map((port) => `http://127.0.0.1:${port}`) : [readUrl(named)];
    const user = args.text("user") ?? (env["QUORATE_USER"] || undefined);
    const token = args.text("token") ?? (env["QUORATE_TOKEN"] || undefined);
    if (user !== undefined && token === undefined) {
      throw new UsageError(`${user} has to prove it: give the password in QUORATE_TOKEN, or with --token`);
    }
    const basic = () => `Basic ${Buffer.from(`${user}:${token}`, "utf8").toString("base64")}`;
    const authorization = token === undefined ? undefined : user === undefined ? `Bearer ${token}` : basic();
    this.#headers = authorization === undefined ? {} : { authorization };
  }

  /** The answer to a request that changes nothing. */
  get(path: string): Promise<RemoteAnswer> {
    return this.#ask(path, { method: "GET" });
  }

  /** The answer to a request that may. */
  post(path: string, body: unknown): Promise<RemoteAnswer> {
    return this.#ask(path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
  }

  async #ask(path: string, init: RequestInit): Promise<RemoteAnswer> {
    const failed: unknown[] = [];
    for (const url of this.#urls) {
      try {
        const headers = { ...this.#headers, ...init.headers };
        const signal = AbortSignal.timeout(TIMEOUT_MS);
        const response = await fetch(`${url}${path}`, { ...init, headers, signal, redirect: "error" });
        return { status: response.status, body: await readJson(response), url };
      } catch (error) {
        if (error instanceof RemoteError) throw error;
        failed.push(error);
        if (!wasNeverSent(error)) throw this.#unanswered(url, error, init.method === "GET");
      }
    }
    const where = this.#isNamed ? this.#urls[0] : "127.0.0.1:8001 to 8009";
    const todo = this.#isNamed
      ? "check the address, and that the replica runs"
      : "start a cluster with quorate local, or name a replica with --url";
    throw new RemoteError("unavailable", `nobody answers at ${where}${reasonOf(failed[0])}; ${todo}`, failed[0]);
  }

  #unanswered(url: string, error: unknown, isRead: boolean): RemoteError {
    return isRead
      ? new RemoteError("unavailable", `${url} did not answer${reasonOf(error)}; ask another replica with --url`, error)
      : new RemoteError(
          "indeterminate",
          `${url} took the command and did not answer${reasonOf(error)}; it may have been applied: look before you repeat it`,
          error,
        );
  }
}

/** What a refusal over HTTP is to the command. */
export function problemError({ status, body, url }: RemoteAnswer): RemoteError {
  const { code = "", detail, outcome } = (body ?? {}) as Partial<Problem>;
  const message = detail ?? `${url} answered ${status} and says no more`;
  if (outcome === "indeterminate") return new RemoteError("indeterminate", message);
  if (status === 401 || status === 403) {
    const todo = code === "NOAUTH" ? "; sign in with --token or QUORATE_TOKEN" : "";
    return new RemoteError("not-allowed", `${message}${todo}`);
  }
  if (status === 503 || status === 507 || status === 429) return new RemoteError("unavailable", message);
  return new RemoteError("failed", message);
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "") {
    throw new UsageError(`--url takes an address such as http://127.0.0.1:8001, not ${JSON.stringify(text)}`);
  }
  return url.href.replace(/\/$/, "");
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    const seen = text.slice(0, 60);
    throw new RemoteError("failed", `${response.url} is no replica's HTTP door: it answered ${JSON.stringify(seen)}`);
  }
}

/** Nothing of the request can have arrived: the connection did not come about. */
function wasNeverSent(error: unknown): boolean {
  const code = causeCode(error);
  return ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"].includes(
    code,
  );
}

function causeCode(error: unknown): string {
  const cause = (error as { readonly cause?: { readonly code?: unknown; readonly errors?: readonly unknown[] } }).cause;
  if (typeof cause?.code === "string") return cause.code;
  const first = cause?.errors?.[0] as { readonly code?: string } | undefined;
  return first?.code ?? "";
}

function reasonOf(error: unknown): string {
  const code =
    causeCode(error) || ((error as Error | undefined)?.name === "TimeoutError" ? `${TIMEOUT_MS / 1000} s` : "");
  return code === "" ? "" : ` (${code})`;
}
