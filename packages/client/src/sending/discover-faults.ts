// Learns from the replicas how many of them may lie. That is a question to which liars answer too, so their answers count
// like this: what a majority of those named say alike stands; else all must have been asked, and nobody may claim more
// liars than enough others confirm. It cannot help somebody whose every reachable replica lies: they say the number.
import type { StatusReport } from "@quorate/core/api";
import { Patience, sleep } from "../clock.ts";
import { QuorateError, RejectedError } from "../errors.ts";
import { isPassing } from "./answers.ts";
import type { Http } from "./http.ts";

const PAUSE_MS = 100;

export async function discoverFaults(http: Http, patience: Patience): Promise<number> {
  let why = "no replica could be asked";
  let unclear: QuorateError | undefined;
  while (!patience.over) {
    const said = await askAll(http, new Patience(Math.min(http.attemptMs, patience.leftMs), patience.signal));
    const claims = said.flatMap(({ faults }) => (faults === undefined ? [] : [faults]));
    const faults = agreedFaults(claims, http.replicas.all.length);
    if (faults !== undefined) return faults;
    // Those who are silent now may be starting; they can settle it.
    unclear = claims.length > 0 ? notClear(said) : undefined;
    const refused = said.find(({ refusal }) => refusal !== undefined)?.refusal;
    if (refused !== undefined)
      throw new RejectedError(
        refused.code,
        `the replicas refuse to tell their status: ${refused.code} ${refused.detail}`,
      );
    why = said.map(({ url, why: reason }) => `${url}: ${reason}`).join("; ");
    // Whoever waits for this is to hear why it failed, not only that it took too long.
    if (patience.leftMs < 2 * PAUSE_MS) break;
    await sleep(PAUSE_MS * (0.5 + Math.random() / 2), patience.signal);
  }
  if (unclear !== undefined) throw unclear;
  throw new RejectedError(
    "UNAVAILABLE",
    `nothing was sent: no replica told its status in time (${why}); check the URLs, that the replicas run and, in a ` +
      "browser, that http.origins lists the page's origin",
  );
}

interface Said {
  readonly url: string;
  readonly faults?: number;
  readonly refusal?: { readonly code: string; readonly detail: string };
  readonly why?: string;
}

/** Asks everybody; waits for all, or until a majority of them says the same. */
function askAll(http: Http, patience: Patience): Promise<readonly Said[]> {
  const { all } = http.replicas;
  const said: Said[] = [];
  return new Promise((resolve) => {
    for (const replica of all) {
      const { url } = replica;
      void http.ask(replica, { method: "GET", path: "/v1/status" }, patience).then((exchange) => {
        said.push(exchange.kind === "response" ? { url, ...readStatus(exchange.body) } : { url, why: exchange.why });
        const last = said.at(-1)!.faults;
        const alike = last === undefined ? 0 : said.filter(({ faults }) => faults === last).length;
        if (said.length === all.length || 2 * alike > all.length) resolve([...said]);
      });
    }
  });
}

function readStatus(body: unknown): Omit<Said, "url"> {
  const { cluster, code, detail } = (body ?? {}) as Partial<StatusReport> & { code?: unknown; detail?: unknown };
  const faults = cluster?.fault?.byzantine;
  if (typeof faults === "number" && Number.isSafeInteger(faults) && faults >= 0) return { faults };
  if (typeof code === "string" && !isPassing(code)) return { refusal: { code, detail: String(detail) } };
  return { why: "it is no status" };
}

/** What the claims come to; undefined where that is not clear. */
function agreedFaults(claims: readonly number[], urlCount: number): number | undefined {
  const majority = claims.find((claim) => 2 * claims.filter((other) => other === claim).length > urlCount);
  if (majority !== undefined || claims.length === 0) return majority;
  const most = Math.max(...claims);
  return claims.filter((claim) => claim === most).length > most ? most : undefined;
}

function notClear(said: readonly Said[]): QuorateError {
  const claims = said.flatMap(({ url, faults }) => (faults === undefined ? [] : [`${url}: ${faults}`]));
  return new QuorateError(
    "USAGE",
    `how many replicas may lie is not clear from what they say (${claims.join(", ")}); name more of them, or pass the ` +
      "number: connect(urls, { byzantine: … })",
  );
}
