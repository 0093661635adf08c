// Follows the change log from a revision on, at whichever replica serves it, and goes on at another when one fails.
//
// The law it keeps: events come in the order of their revisions, none twice and none left out; where that cannot be, it
// ends with an error that says so.
import type { Change, ChangeStreamEnd, ChangeStreamEvent } from "@quorate/core/api";
import { monotonic, orAborted, Patience } from "../clock.ts";
import type { Word } from "../command.ts";
import { WatchError } from "../errors.ts";
import type { Log } from "../log.ts";
import { isPassing } from "../sending/answers.ts";
import type { Http } from "../sending/http.ts";
import type { Replica } from "../sending/replicas.ts";
import { readEvents } from "./event-stream.ts";
import { readMessage, type StreamMessage } from "./stream-message.ts";

/** What is watched: one key, all keys with a prefix, or everything. */
export type WatchFilter =
  | { readonly key: Word; readonly prefix?: never; readonly all?: never }
  | { readonly prefix: Word; readonly key?: never; readonly all?: never }
  | { readonly all: true; readonly key?: never; readonly prefix?: never };

export interface FollowOptions {
  readonly http: Http;
  readonly log: Log;
  readonly filter: WatchFilter;
  readonly signal: AbortSignal;
  /** The replicas to follow; any unless given. */
  readonly only?: Replica;
  /** The last revision that was given out, on good authority: a replica that lags may not know of it yet. */
  readonly lastRevision: () => Promise<number>;
}

/** A replica sends a comment well within this. */
const SILENCE_MS = 30_000;

export async function* follow(from: number, options: FollowOptions): AsyncGenerator<ChangeStreamEvent> {
  const { http, log, filter, signal, only } = options;
  const patience = new Patience(Number.POSITIVE_INFINITY, signal);
  let next = from;
  for (let attempt = 0; ; attempt++) {
    const replica = await http.replicas.nextToWatch(patience, only);
    if (replica === undefined) return;
    if (attempt > 0) log({ kind: "watch-resumed", url: replica.url, revision: next });
    const sentAt = monotonic();
    const stop = new AbortController();
    const onAbort = (): void => stop.abort();
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) stop.abort();
    let why = "the stream ended";
    let served = false;
    try {
      for await (const event of stream(replica, next, options, stop)) {
        if (event.kind === "end") {
          why = `${event.code}: ${event.message}`;
          await refuse(event, next, options);
          break;
        }
        served = true;
        http.replicas.answered(replica);
        if (event.kind === "changes") {
          const changes = event.changes.filter(({ revision }) => revision >= next);
          if (changes.length > 0) {
            assertOrder(changes, next, { filter, replica });
            yield { ...event, changes };
          }
        } else yield event;
        next = Math.max(next, event.next);
      }
    } catch (error) {
      if (error instanceof WatchError) throw error;
      why = error instanceof Error ? error.message : String(error);
    } finally {
      stop.abort();
      signal.removeEventListener("abort", onAbort);
      http.replicas.watchEnded(replica);
    }
    if (signal.aborted) return;
    // A stream that served and then broke says little about its replica, least of all for others' requests.
    if (!served) http.replicas.failed(replica, `watch: ${why}`, sentAt);
  }
}

async function* stream(
  replica: Replica,
  from: number,
  { http, filter }: FollowOptions,
  stop: AbortController,
): AsyncGenerator<StreamMessage> {
  const timer = setTimeout(() => stop.abort(), http.attemptMs);
  const path = `/v1/watch?${query(filter)}from=${from}`;
  const request = { method: "GET", path, accept: "text/event-stream" } as const;
  const opened = orAborted(http.open(replica, request, stop.signal), stop.signal);
  const response = await opened.finally(() => clearTimeout(timer));
  if (response.status !== 200 || response.body === null) {
    const problem = (await orAborted(response.json(), stop.signal)) as {
      readonly code?: string;
      readonly detail?: string;
    };
    const { code = `HTTP ${response.status}`, detail = "" } = problem;
    const end = { kind: "end", message: `${code} ${detail}` } as const;
    const lower = code.toLowerCase();
    if (lower === "compacted" || lower === "gap") yield { ...end, code: lower };
    else yield { ...end, code: isPassing(code) || response.status >= 500 ? "unavailable" : "not-allowed" };
    return;
  }
  for await (const data of readEvents(response.body, { silenceMs: SILENCE_MS, stop })) {
    yield readMessage(data);
  }
}

/** Throws if the stream can be continued nowhere. */
async function refuse(
  { code, message }: ChangeStreamEnd,
  next: number,
  { lastRevision }: FollowOptions,
): Promise<void> {
  if (code === "unavailable" || code === "slow") return;
  // One that lags has not seen the revision yet; that is no gap.
  if (code === "gap" && next <= (await lastRevision()) + 1) return;
  const advice = {
    compacted: "the changes before are gone: read the state anew, then watch from the revision that it has",
    gap: "the revision belongs to another history: read the state anew and watch from now on",
    "not-allowed": "see that the client signs in as somebody who may read this",
  }[code];
  throw new WatchError(code, `the watch cannot go on from revision ${next}: ${message}; ${advice}`, next);
}

/** Everything that happens is one change after the other; a filter leaves out, but keeps the order. */
function assertOrder(
  changes: readonly Change[],
  next: number,
  { filter, replica }: { readonly filter: WatchFilter; readonly replica: Replica },
): void {
  let last = next - 1;
  for (const { revision } of changes) {
    const follows = filter.all === true ? revision === last + 1 : revision > last;
    if (!follows)
      throw new WatchError(
        "gap",
        `${replica.url} sent revision ${revision} after ${last}; changes are missing`,
        last + 1,
      );
    last = revision;
  }
}

function query({ key, prefix }: WatchFilter): string {
  if (key !== undefined) return `key=${percent(key)}&`;
  return prefix === undefined ? "" : `prefix=${percent(prefix)}&`;
}

/** Bytes need not be text to stand in a URL. */
function percent(word: Word): string {
  if (!(word instanceof Uint8Array)) return encodeURIComponent(String(word));
  return Array.from(word, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
}
