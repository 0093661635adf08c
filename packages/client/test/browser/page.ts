// What runs in the browser: the client does there what the documentation says that it does, among failures that the
// page asks its site for, and the page reports what came of it. It judges nothing: the test does, outside.
import { type Change, check, cmd, connect, IndeterminateError, LeaseError, QuorateError } from "../../src/index.ts";
import type { Orders } from "./site.ts";

const orders = (await (await fetch("/orders")).json()) as Orders;
const { urls } = orders;

async function ask(service: string, url = ""): Promise<unknown> {
  const response = await fetch("/ask", { method: "POST", body: JSON.stringify({ service, url }) });
  if (!response.ok) throw new Error(`${service}: ${await response.text()}`);
  return await response.json();
}

/** Where requests went: the browser's own `fetch`, and a note of each. */
const sent: { readonly origin: string; readonly path: string; readonly body: string }[] = [];
const noted: typeof fetch = (input, init) => {
  const { origin, pathname } = new URL(String(input));
  sent.push({ origin, path: pathname, body: String(init?.body ?? "") });
  return fetch(input, init);
};

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    (value) => `no error: ${JSON.stringify(value)}`,
    (error: unknown) => (error instanceof QuorateError ? `${error.name} ${error.code}` : String(error)),
  );
}

async function commands() {
  const client = connect(urls);
  const set = await client.set("greeting", "grüß dich", { ttlMs: 60_000 });
  await client.bytes.set("picture", Uint8Array.of(0x00, 0xff, 0x80));
  await client.hset("user:1", { name: "Ada", age: 36 });
  await client.zadd("board", { ada: 10, bob: 7 });
  const found = {
    set,
    get: await client.get("greeting"),
    ttlMs: await client.pttl("greeting"),
    bytes: Array.from((await client.bytes.get("picture")) ?? []),
    incr: await client.incr("visits"),
    hash: await client.hgetall("user:1"),
    board: await client.zrangeWithScores("board", 0, 2, { reverse: true }),
    pipeline: await client.pipeline([cmd.incr("visits"), cmd.get("visits")]),
    refused: await codeOf(client.lpush("greeting", "x")),
    fault: (await client.status()).cluster.fault,
  };
  await client.close();
  return found;
}

async function transactions() {
  const client = connect(urls);
  await client.set("stock", 1);
  const order = () =>
    client.transaction({
      if: [check.value("stock", ">", "0")],
      do: [cmd.decr("stock"), cmd.rpush("orders", "Ada")],
      else: [cmd.get("stock")],
    });
  const [first, second] = [await order(), await order()];
  const add = () => client.update(["sum"], async (view) => [cmd.set("sum", Number((await view.get("sum")) ?? 0) + 1)]);
  await Promise.all(Array.from({ length: 5 }, add));
  const found = { first, second, orders: await client.lrange("orders", 0, -1), sum: await client.get("sum") };
  await client.close();
  return found;
}

async function watching() {
  const resumed: { readonly url: string; readonly revision: number }[] = [];
  const client = connect(urls, {
    fetch: noted,
    log: (event) => event.kind === "watch-resumed" && resumed.push({ url: event.url, revision: event.revision }),
  });
  const watch = client.watch({ prefix: "seen:" });
  await watch.started;
  const write = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at++) await client.set(`seen:${at}`, at);
  };
  const seen: { readonly revision: number; readonly key: unknown }[] = [];
  let killed = "";
  await write(0, 5);
  for await (const { revision, key } of watch) {
    seen.push({ revision, key });
    if (seen.length === 5) {
      killed = sent.findLast(({ path }) => path === "/v1/watch")!.origin;
      await ask("kill", killed);
      await write(5, 15);
    }
    if (seen.length === 15) break;
  }
  await client.close();
  return { seen, killed, resumed };
}

async function exactlyOnce() {
  const client = connect(urls, { fetch: noted });
  const told = [await client.incr("once"), await client.incr("once")];
  const before = sent.length;
  // Whichever replica has the next write carries it out, and is killed before its answer is through.
  await ask("kill-amid-answer");
  for (let at = 0; at < 5; at++) told.push(await client.incr("once"));
  const requests = sent.slice(before).map(({ origin, body }) => {
    const { session, seq } = JSON.parse(body) as { readonly session: string; readonly seq: number };
    return { origin, number: `${session} ${seq}` };
  });
  const found = { told, requests, stands: await client.get("once"), killed: await ask("killed") };
  await client.close();
  return found;
}

/** A write of which no answer comes, and what becomes of it. */
export type Doubt = Awaited<ReturnType<typeof doubt>>;
async function doubt(trouble: string) {
  const key = `doubted amid ${trouble}`;
  const client = connect(urls, { timeoutMs: 1_000, attemptMs: 500 });
  await client.with({ timeoutMs: 15_000 }).incr(key);
  await ask(trouble);
  const outcome = await client.try(cmd.incr(key));
  await ask("heal");
  const error = outcome.kind === "indeterminate" ? outcome.error : undefined;
  let settled = await error?.resolve();
  // It says so itself while nobody can be reached.
  while (settled?.kind === "indeterminate") settled = await settled.error.resolve();
  const stands = await client.with({ timeoutMs: 15_000 }).get(key);
  await client.close();
  return {
    kind: outcome.kind,
    isTyped: error instanceof IndeterminateError,
    settled: settled?.kind,
    value: settled?.kind === "committed" ? settled.value : undefined,
    stands,
  };
}

async function locks() {
  const [one, two] = [connect(urls), connect(urls)];
  const first = await one.lock("door", { leaseMs: 2_000, marginMs: 500, autoExtend: false });
  const waiting = two.lock("door");
  const wrote = await first.fenced.set("room", "first");
  await new Promise((resolve) => first.signal.addEventListener("abort", resolve));
  const holders = (await one.lockHolder("door"))?.holders.map(({ token }) => token) ?? [];
  const reason: unknown = first.signal.reason;
  const second = await waiting;
  const late = await codeOf(one.fence("door", first.token, cmd.set("room", "late")));
  await second.fenced.set("room", "second");
  const room = await one.get("room");
  const released = await second.release();
  await Promise.all([one.close(), two.close()]);
  const why = reason instanceof LeaseError ? reason.code : String(reason);
  return { tokens: [first.token, second.token], wrote, holders, why, late, room, released };
}

/** A browser opens six connections to one address: so many watches at two replicas leave one to each for commands. */
const WATCHES_AT_TWO = 10;

async function crowd(two: readonly string[]) {
  // One attempt at one replica: a command that finds no connection fails, and is not saved by another replica.
  const client = connect(two, { timeoutMs: 20_000, attemptMs: 20_000, byzantine: 0 });
  const nexts: Promise<IteratorResult<Change>>[] = [];
  for (let at = 0; at < WATCHES_AT_TWO; at++) {
    const watch = client.watch({ key: `crowd:${at}` });
    await watch.started;
    nexts.push(watch.next());
    await client.set(`crowd:${at}`, at);
  }
  const seen = await Promise.all(nexts);
  await client.close();
  return seen.map(({ value }) => (value as Change).key);
}

/** Everything that a page of an origin that is listed can do. */
export type Friendly = Awaited<ReturnType<typeof friendly>>;
async function friendly() {
  const watched = await watching();
  // The others go on meanwhile.
  const restarted = ask("start", watched.killed);
  const up = urls.filter((url) => url !== watched.killed);
  const meanwhile = {
    commands: await commands(),
    transactions: await transactions(),
    locks: await locks(),
    crowd: await crowd(up),
    socket: await socket(up[0]!),
  };
  await restarted;
  return {
    ...meanwhile,
    watched,
    exactlyOnce: await exactlyOnce(),
    lost: await doubt("lose-answers"),
    unheard: await doubt("refuse"),
  };
}

/** What a page of any other origin comes to: by the client, and by what browsers send without asking first. */
export type Foreign = Awaited<ReturnType<typeof foreign>>;
async function foreign() {
  const [url] = urls as [string];
  const outcome = await connect(urls, { timeoutMs: 1_000 }).try(cmd.set("foreign", 1));
  const body = JSON.stringify({ words: ["SET", "foreign", "1"] });
  const blind = { method: "POST", mode: "no-cors", headers: { "content-type": "text/plain" }, body } as const;
  const requests = {
    read: fetch(`${url}/v1/kv/secret`),
    write: fetch(`${url}/v1/commands`, { ...blind, mode: "cors", headers: { "content-type": "application/json" } }),
    blindRead: fetch(`${url}/v1/kv/secret`, { mode: "no-cors" }),
    blindWrite: fetch(`${url}/v1/commands`, blind),
  };
  const refused = await Promise.all(
    Object.entries(requests).map(async ([name, request]) => [name, await request.then(() => "answered", String)]),
  );
  return {
    outcome: { kind: outcome.kind, message: outcome.kind === "committed" ? "" : outcome.error.message },
    refused: Object.fromEntries(refused) as Record<keyof typeof requests, string>,
    socket: await socket(url),
  };
}

/** The first that a WebSocket says: its answer to a read, or that it was closed. */
function socket(url: string): Promise<string> {
  return new Promise((resolve) => {
    const opening = new WebSocket(`${url.replace("http:", "ws:")}/v1/ws`);
    opening.onopen = () => opening.send(JSON.stringify({ id: 1, kind: "command", words: ["EXISTS", "secret"] }));
    opening.onmessage = ({ data }) => resolve((JSON.parse(String(data)) as { readonly outcome: string }).outcome);
    opening.onclose = () => resolve("closed");
  });
}

/** Where one replica may lie, and does: the first one. */
export type Careful = Awaited<ReturnType<typeof careful>>;
async function careful() {
  const [liar, silent, honest] = urls as [string, string, string];
  const client = connect(urls, { byzantine: 1, fetch: noted });
  const watch = client.watch({ prefix: "said" });
  await watch.started;
  await client.set("said", "truth");
  const { value: change } = await watch.next();
  await watch.return();
  const lease = await client.lock("door");
  const counted = await lease.fenced.incr("counted");
  await lease.release();
  await client.close();
  const isSigned = sent.some(({ body }) => body.includes('"signature"'));
  const trusting = await connect(liar, { byzantine: 0 }).get("said");
  const three = { byzantine: 1, fetch: noted, timeoutMs: 2_000 };
  // Chance decides who is asked first; sooner or later the liar is.
  const reads: unknown[] = [];
  let isLiarAsked = false;
  while (!isLiarAsked && reads.length < 60) {
    const before = sent.length;
    reads.push(await connect([liar, silent, honest], three).get("said"));
    isLiarAsked = sent.slice(before).some(({ origin }) => origin === liar);
  }
  // One word against another: there is nothing to believe.
  await ask("refuse", silent);
  const alone = await codeOf(connect([liar, silent, honest], three).get("said"));
  return { trusting, reads, isLiarAsked, alone, token: lease.token, counted, event: change?.event, isSigned };
}

const scenarios: Readonly<Record<string, () => Promise<unknown>>> = { friendly, foreign, careful };
const found = await scenarios[orders.scenario]!();
await fetch("/report", { method: "POST", body: JSON.stringify({ found }) });
