// `connect`: from URLs to a client. Nothing is sent before the first command.
import { type Client, createClient } from "./client.ts";
import { Patience, sleep } from "./clock.ts";
import { QuorateError, RejectedError } from "./errors.ts";
import type { Log } from "./log.ts";
import type { Courier } from "./sending/courier.ts";
import { discoverFaults } from "./sending/discover-faults.ts";
import { DoubtingCourier } from "./sending/doubting-courier.ts";
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
  /**
   * How many replicas may lie. Above 0 nothing is believed that fewer than f + 1 of them say, and at least 2f + 1 of them
   * must be named. `"auto"`, the default, takes it from the replicas' own status: give the number to rely on no one.
   */
  readonly byzantine?: number | "auto";
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
  const make = (faults: number): Courier => {
    assertEnough(targets.urls, faults);
    if (faults === 0) return new TrustingCourier(http, { sessionMs, log });
    return new DoubtingCourier(http, { byzantine: faults, sessionMs, user: userOf({ ...targets, ...options }), log });
  };
  const { byzantine = "auto" } = options;
  let known: Courier | undefined = byzantine === "auto" ? undefined : make(byzantine);
  let asking: Promise<Courier> | undefined;
  const discover = async (): Promise<Courier> => {
    try {
      return (known = make(await discoverFaults(http, new Patience(timeoutMs))));
    } finally {
      asking = undefined;
    }
  };
  return createClient({
    http,
    courier: async (patience) => known ?? (await within(patience, (asking ??= discover()))),
    closed: new AbortController(),
    timeoutMs,
    log,
  });
}

async function within<T>(patience: Patience, promise: Promise<T>): Promise<T> {
  const nap = new AbortController();
  const signals = patience.signal === undefined ? [nap.signal] : [nap.signal, patience.signal];
  const late = sleep(patience.leftMs, AbortSignal.any(signals)).then((): never => {
    throw new RejectedError("UNAVAILABLE", "nothing was sent: no replica told its status in time");
  });
  return await Promise.race([promise, late]).finally(() => nap.abort());
}

/** Liars must not be able to outvote, or hold up, those who speak the truth. */
function assertEnough(urls: readonly string[], faults: number): void {
  if (!Number.isSafeInteger(faults) || faults < 0)
    throw new QuorateError("USAGE", `byzantine is a number of replicas from 0, or "auto", not ${faults}`);
  const needed = faults === 0 ? 1 : 2 * faults + 1;
  if (urls.length >= needed) return;
  throw new QuorateError(
    "USAGE",
    `where ${faults} of the replicas may lie, f + 1 = ${faults + 1} of them must answer alike, and ${needed} have to be ` +
      `named so that liars cannot prevent that; connect() was given ${urls.length}: add URLs of other replicas, or pass ` +
      "{ byzantine: 0 } to take the word of whichever answers",
  );
}

/** The user's name is part of what is signed, so it must be known here. */
function userOf({ token, user }: Pick<ConnectOptions, "token" | "user">): string {
  if (token !== undefined && user === undefined) {
    throw new QuorateError(
      "USAGE",
      "commands are signed where replicas may lie, with the name of the user they are from: pass `user` with the token",
    );
  }
  return user ?? "";
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
