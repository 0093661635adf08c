// `connect`: from URLs to a client. Nothing is sent before the first command.
import { type Client, createClient } from "./client.ts";
import { QuorateError } from "./errors.ts";
import type { Log } from "./log.ts";
import type { Courier } from "./sending/courier.ts";
import { Http } from "./sending/http.ts";
import { Replicas } from "./sending/replicas.ts";
import { TrustingCourier } from "./sending/trusting-courier.ts";

export interface ConnectOptions {
  /** Longest wait for an outcome; 15 s unless given. */
  readonly timeoutMs?: number;
  /** Longest wait for one replica before another is asked; 3 s unless given. */
  readonly attemptMs?: number;
  /** Who signs in: a token, or a user with a password (which may stand in the URLs, too). */
  readonly token?: string;
  readonly user?: string;
  readonly password?: string;
  /** After so much log time without a write the session ends; 10 min unless given. */
  readonly sessionMs?: number;
  /** What sends requests, in place of the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** Is told what the client does behind the scenes. */
  readonly log?: Log;
}

/**
 * A client of the cluster whose replicas listen at these URLs. One is enough; with several it goes on at another when one
 * fails.
 *
 * @example
 * const client = connect(["http://127.0.0.1:8001", "http://127.0.0.1:8002"]);
 * await client.set("greeting", "hello");
 */
export function connect(urls: string | readonly string[], options: ConnectOptions = {}): Client {
  const { timeoutMs = 15_000, attemptMs = 3_000, sessionMs = 600_000, log = () => {} } = options;
  const targets = parseUrls(typeof urls === "string" ? [urls] : urls);
  const replicas = new Replicas(targets.urls, log);
  const http = new Http(replicas, {
    fetch: options.fetch ?? ((...args) => globalThis.fetch(...args)),
    headers: authorization({ ...targets, ...options }),
    attemptMs,
  });
  const courier: Courier = new TrustingCourier(http, { sessionMs, log });
  return createClient({ http, courier: async () => courier, closed: new AbortController(), timeoutMs, log });
}

interface Targets {
  readonly urls: readonly string[];
  readonly user?: string;
  readonly password?: string;
}

function parseUrls(texts: readonly string[]): Targets {
  if (texts.length === 0) throw new QuorateError("USAGE", "connect() needs the URL of at least one replica");
  let credentials: { user: string; password: string } | undefined;
  const urls = texts.map((text) => {
    const url = tryUrl(text);
    if (url === undefined || !/^https?:$/.test(url.protocol))
      throw new QuorateError("USAGE", `"${text}" is not the URL of a replica, such as http://127.0.0.1:8001`);
    if (url.username !== "")
      credentials = { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
    return url.origin + url.pathname.replace(/\/$/, "");
  });
  return { urls: [...new Set(urls)], ...credentials };
}

function tryUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function authorization({
  token,
  user,
  password,
}: Pick<ConnectOptions, "token" | "user" | "password">): Record<string, string> {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (password === undefined) return {};
  const pair = new TextEncoder().encode(`${user ?? ""}:${password}`);
  return { authorization: `Basic ${btoa(String.fromCharCode(...pair))}` };
}
