// What a replica tells about itself: reports, probes and metrics.
//
// The laws of the probes: `/livez` asks whether this process is of any use at all (its loop turns, its disk takes writes)
// and never about others, or a cluster without a quorum would be restarted member by member; `/readyz` asks whether
// linearizable operations can be served here now.
import type { Exchange } from "./exchange.ts";
import { PAGE_HEADERS, renderPage } from "./page.ts";
import { problem } from "./problem.ts";

const ALIVE_WITHIN_MS = 5000;

export function getStatus(exchange: Exchange): void {
  exchange.sendJson(200, exchange.door.replica.status());
}

export function getExplain(exchange: Exchange): void {
  exchange.sendJson(200, exchange.door.replica.explain());
}

export function getPage(exchange: Exchange): void {
  const { replica } = exchange.door;
  exchange.send(200, "text/html; charset=utf-8", renderPage(replica.status(), replica.explain()), PAGE_HEADERS);
}

export function getMembers(exchange: Exchange): void {
  exchange.sendJson(200, { members: exchange.door.replica.status().members });
}

export async function getLive(exchange: Exchange): Promise<void> {
  const alive = await within(exchange.door.replica.alive(), ALIVE_WITHIN_MS);
  sendChecks(exchange, [
    { name: "alive", ok: alive, why: "the disk does not take writes, or the replica has stopped" },
  ]);
}

export function getReady(exchange: Exchange): void {
  const { replica, isClosing } = exchange.door;
  const { ready, why } = replica.ready();
  const { mode, quorum, storage } = replica.status();
  sendChecks(exchange, [
    { name: "serving", ok: !isClosing(), why: "this door is closing" },
    { name: "mode", ok: mode === "normal", why: `the replica is ${mode}` },
    {
      name: "quorum",
      ok: quorum.reached,
      why: `stake ${quorum.reachable} of the ${quorum.needed} needed is reachable`,
    },
    { name: "storage", ok: storage.pressure !== "hard", why: "the disk is full" },
    { name: "ready", ok: ready, why },
  ]);
}

/** The door opens only once the replica has read its disk, so whoever gets an answer gets this one. */
export function getStarted(exchange: Exchange): void {
  sendChecks(exchange, [{ name: "started", ok: true, why: "" }]);
}

export async function getMetrics(exchange: Exchange): Promise<void> {
  const { metrics } = exchange.door;
  exchange.send(200, metrics.contentType, await metrics.scrape());
}

export function getOpenApi(exchange: Exchange): void {
  exchange.send(200, "application/json", exchange.door.openApi());
}

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly why: string;
}

function sendChecks(exchange: Exchange, checks: readonly Check[]): void {
  const failed = checks.filter(({ ok }) => !ok);
  const status = failed.length === 0 ? 200 : 503;
  const lines = (exchange.queryFlag("verbose") ? checks : failed).map(({ name, ok, why }) =>
    ok ? `[+] ${name}` : `[-] ${name}: ${why}`,
  );
  exchange.sendText(status, `${[...lines, failed.length === 0 ? "ok" : "not ok"].join("\n")}\n`);
}

async function within(question: Promise<boolean>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([question, late]);
  } catch (error) {
    throw problem("INTERNAL", `the replica could not be asked whether it is alive: ${String(error)}`);
  } finally {
    clearTimeout(timer);
  }
}
