// Reports, probes, metrics and the page; and that `/openapi.json` says of all routes what is so.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ROUTES } from "../../../src/doors/http/routes.ts";
import { type OpenDoor, openDoor, type Told, until } from "./open-door.ts";
import { watch } from "./watch-stream.ts";

describe("probes", () => {
  it("are ready only while linearizable operations can be served, and live also without a quorum", async () => {
    const { fetch, replica } = await openDoor();
    for (const path of ["/livez", "/readyz", "/startupz"]) expect((await fetch(path)).status).toBe(200);
    replica.refuse("no-quorum");
    expect((await fetch("/readyz")).status).toBe(503);
    expect((await fetch("/livez")).status).toBe(200);
    expect((await fetch("/startupz")).status).toBe(200);
    replica.refuse(undefined);
    expect((await fetch("/readyz")).status).toBe(200);
    replica.press("hard");
    expect((await fetch("/readyz")).text).toBe("[-] storage: the disk is full\nnot ok\n");
  });

  it("list every check when asked to", async () => {
    const { fetch, replica } = await openDoor({ members: 3, fault: { crash: 1, byzantine: 0 } });
    replica.refuse("no-quorum");
    const { text } = await fetch("/readyz?verbose");
    expect(text).toContain("[+] mode\n[-] quorum: stake 1 of the 2 needed is reachable\n[+] storage\n");
    expect(text.endsWith("not ok\n")).toBe(true);
    expect((await fetch("/livez?verbose=true")).text).toBe("[+] alive\nok\n");
  });

  it("are not alive when the replica has stopped", async () => {
    const { fetch, replica } = await openDoor();
    await replica.close();
    expect((await fetch("/livez")).status).toBe(503);
    expect((await fetch("/readyz")).status).toBe(503);
  });
});

describe("metrics", () => {
  it("come through as they are, and count requests by route", async () => {
    const { fetch } = await openDoor();
    await fetch("/v1/kv/some/key");
    await fetch("/v1/kv/another");
    await fetch("/nothing/here");
    const { text, headers } = await fetch("/metrics");
    expect(headers["content-type"]).toMatch(/^text\/plain; version=0.0.4/);
    expect(text).toContain('quorate_http_requests_total{route="/v1/kv/{key}",code="404"} 2');
    expect(text).toContain('quorate_http_requests_total{route="unmatched",code="404"} 1');
  });
});

describe("metrics of watches", () => {
  const gaugeOf = async ({ fetch }: OpenDoor, name: string) =>
    Number(new RegExp(`^quorate_${name} (.*)$`, "m").exec((await fetch("/metrics")).text)?.[1]);

  it("count the streams and sockets that follow changes, as long as they do", async () => {
    const open = await openDoor();
    expect(await gaugeOf(open, "watchers")).toBe(0);
    const first = await watch(open);
    const second = await watch(open, "?from=1");
    expect(await gaugeOf(open, "watchers")).toBe(2);
    first.cut();
    second.cut();
    await until(() => open.door.connections === 0);
    expect(await gaugeOf(open, "watchers")).toBe(0);
  });

  it("say by how many revisions the slowest of them is behind", async () => {
    const open = await openDoor();
    // A client that does not read: what it lacks piles up here once its connection is full.
    const idler = open.connect();
    idler.pause();
    idler.write("GET /v1/watch?from=1 HTTP/1.1\r\nhost: localhost\r\n\r\n");
    const reader = await watch(open, "?from=1");
    const name = "k".repeat(400);
    const write = (turn: number) =>
      open.command("MSET", ...Array.from({ length: 500 }, (_, at) => [`${name}${turn}-${at}`, "v"]).flat());
    let lag = 0;
    let turn = 0;
    for (; turn < 100 && lag < 2_000; turn++) {
      await write(turn);
      lag = await gaugeOf(open, "watch_lag_revisions");
    }
    await until(() => reader.changes.length === turn * 500);
    lag = await gaugeOf(open, "watch_lag_revisions");
    expect(lag).toBeGreaterThan(1_000);
    expect(lag).toBeLessThanOrEqual(turn * 500);
    idler.destroy();
    await until(() => open.door.connections === 1);
    expect(await gaugeOf(open, "watch_lag_revisions")).toBe(0);
  });
});

describe("the page", () => {
  it("shows members and what is wrong, and names who is down", async () => {
    const { fetch, replica, command } = await openDoor({ members: 3, fault: { crash: 1, byzantine: 0 } });
    await command("SET", "a", "1");
    const well = await fetch("/");
    expect(well.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(well.text).toContain("Every read and every write is served.");
    expect(well.text).toContain("solo-3");
    replica.refuse("no-quorum");
    const ill = (await fetch("/")).text;
    expect(ill).toContain("No quorum: stake 1 of the 2 needed can be reached.");
    expect(ill).toContain("Not reachable: solo-2, solo-3.");
    expect(ill).toContain("call refuse(undefined)");
  });

  it("loads nothing, runs nothing, and lets nothing of others in", async () => {
    const name = `<script>alert("x")</script>&'`;
    const { fetch } = await openDoor({ name });
    const { text, headers } = await fetch("/");
    const [, style = ""] = /<style>([\s\S]*?)<\/style>/.exec(text) ?? [];
    const hash = createHash("sha256").update(style).digest("base64");
    expect(headers["content-security-policy"]).toContain(`default-src 'none'; style-src 'sha256-${hash}'`);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(text).not.toMatch(/<script|<img|<link|<iframe|\son\w+=|\sstyle=|url\(|src=/i);
    expect(text).toContain("&#60;script&#62;alert(&#34;x&#34;)");
    expect(text).toContain('http-equiv="refresh"');
  });
});

describe("an address that is not there", () => {
  it("is told apart from a method that is not", async () => {
    const { fetch } = await openDoor();
    const told = await fetch("/v1/nothing");
    expect([told.status, told.json.code]).toEqual([404, "NOTFOUND"]);
    const method = await fetch("/v1/commands", { method: "DELETE" });
    expect([method.status, method.headers["allow"], method.json.code]).toEqual([
      405,
      "POST, OPTIONS",
      "METHODNOTALLOWED",
    ]);
    expect((await fetch("/v1/status", { method: "POST", json: {} })).headers["allow"]).toBe("GET, HEAD, OPTIONS");
  });
});

// biome-ignore lint/suspicious/noExplicitAny: a document is what it is.
type Document = any;

/** Whether a value is what the document says: read back from its JSON Schema, not from what that was made of. */
function fits(document: Document, ref: string, value: unknown): void {
  const schema = z.fromJSONSchema({
    $ref: ref.replace("#/components/schemas/", "#/$defs/"),
    $defs: defs(document),
  } as Document);
  const result = schema.safeParse(value);
  expect(result.success, `${ref}: ${JSON.stringify(value)}: ${result.error}`).toBe(true);
}

function defs(document: Document): Document {
  return JSON.parse(JSON.stringify(document.components.schemas).replaceAll("#/components/schemas/", "#/$defs/"));
}

/** Requests that end in many ways, and by which route each goes. */
async function everything({ fetch, command }: OpenDoor): Promise<readonly (readonly [string, string, Told])[]> {
  const post = (path: string, json: unknown): Promise<Told> => fetch(path, { method: "POST", json });
  // Without a quorum none can be opened; the rest is asked all the same.
  const { session = "1.1" } = (await post("/v1/sessions", { timeoutMs: 1000 })).json;
  await command("LPUSH", "list", "x");
  const accept = { accept: "application/json" };
  return [
    [
      "put",
      "/v1/kv/{key}",
      await fetch("/v1/kv/a", { method: "PUT", json: { value: { base64: "/w==" }, ttlMs: 9000 } }),
    ],
    ["get", "/v1/kv/{key}", await fetch("/v1/kv/a", { headers: accept })],
    ["get", "/v1/kv/{key}", await fetch("/v1/kv/none", { headers: accept })],
    ["get", "/v1/kv/{key}", await fetch("/v1/kv/list")],
    [
      "put",
      "/v1/kv/{key}",
      await fetch("/v1/kv/a", { method: "PUT", json: { value: 1 }, headers: { "if-none-match": "*" } }),
    ],
    ["delete", "/v1/kv/{key}", await fetch("/v1/kv/a", { method: "DELETE" })],
    ["post", "/v1/commands", await command("HELLO")],
    ["post", "/v1/commands", await command("COMMAND")],
    ["post", "/v1/commands", await command("ZADD", "z", "inf", "m")],
    ["post", "/v1/commands", await command("ZRANGE", "z", 0, -1, "WITHSCORES")],
    ["post", "/v1/commands", await post("/v1/commands", { words: ["INCR", "n"], session, seq: 1 })],
    ["post", "/v1/commands", await post("/v1/commands", { words: ["INCR", "n"], session: "9.9", seq: 1 })],
    [
      "post",
      "/v1/commands",
      await post("/v1/commands", { commands: [{ words: ["GET", "z"] }, { words: ["HGETALL", "h"] }] }),
    ],
    [
      "post",
      "/v1/txn",
      await post("/v1/txn", {
        // biome-ignore lint/suspicious/noThenProperty: a transaction has one.
        then: [
          ["SET", "a", "1"],
          ["GET", "a"],
        ],
      }),
    ],
    ["post", "/v1/sessions", await post("/v1/sessions", {})],
    ["get", "/v1/ops/{session}/{seq}", await fetch(`/v1/ops/${session}/1`)],
    ["get", "/v1/ops/{session}/{seq}", await fetch(`/v1/ops/${session}/2`)],
    ["get", "/v1/ops/{session}/{seq}", await fetch("/v1/ops/9.9/2")],
    ["post", "/v1/ops/{session}/{seq}/resolve", await post(`/v1/ops/${session}/2/resolve`, {})],
    ["delete", "/v1/sessions/{session}", await fetch(`/v1/sessions/${session}`, { method: "DELETE" })],
    ["get", "/v1/watch", await fetch("/v1/watch?from=9999")],
    ["get", "/v1/ws", await fetch("/v1/ws")],
    ["get", "/v1/status", await fetch("/v1/status")],
    ["get", "/v1/explain", await fetch("/v1/explain")],
    ["get", "/v1/members", await fetch("/v1/members")],
    ["get", "/livez", await fetch("/livez")],
    ["get", "/readyz", await fetch("/readyz")],
    ["get", "/startupz", await fetch("/startupz")],
    ["get", "/metrics", await fetch("/metrics")],
    ["get", "/openapi.json", await fetch("/openapi.json")],
    ["get", "/", await fetch("/")],
  ];
}

describe("/openapi.json", () => {
  it("knows every route, and none that is not", async () => {
    const { fetch } = await openDoor();
    const { json: document } = await fetch("/openapi.json");
    expect(document.openapi).toBe("3.1.0");
    const told = Object.entries(document.paths as Document).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(told.sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
    for (const [, methods] of Object.entries(document.paths as Document))
      for (const operation of Object.values(methods as Document) as Document[])
        expect(operation.summary).toMatch(/\.$/);
    // Every schema that is named is there, and every one that is there is named.
    const text = JSON.stringify(document);
    const named = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name));
    const there = Object.keys(document.components.schemas);
    expect([...named].filter((name) => !there.includes(name!))).toEqual([]);
  });

  it("tells the truth about real responses, whatever their status", async () => {
    const open = await openDoor({ members: 3, fault: { crash: 1, byzantine: 0 } });
    const { json: document } = await open.fetch("/openapi.json");
    const all = [...(await everything(open))];
    open.replica.refuse("no-quorum");
    all.push(...(await everything(open)));
    const seen = new Set<string>();
    for (const [method, path, { status, headers, json }] of all) {
      seen.add(`${method.toUpperCase()} ${path}`);
      const { responses } = document.paths[path][method];
      const response = responses[status] ?? responses.default;
      const type = (headers["content-type"] ?? "").split(";")[0]!;
      const content = response.content?.[type] ?? (status >= 400 ? responses.default.content[type] : undefined);
      expect(content, `${method} ${path} ${status} ${type}`).toBeDefined();
      if (content.schema?.$ref !== undefined) fits(document, content.schema.$ref, json);
    }
    expect([...seen].sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
  });

  it("notices what does not fit", async () => {
    const { fetch } = await openDoor();
    const { json: document } = await fetch("/openapi.json");
    const { json: status } = await fetch("/v1/status");
    const ref = "#/components/schemas/StatusReport";
    expect(() => fits(document, ref, status)).not.toThrow();
    expect(() => fits(document, ref, { ...status, commitIndex: "7" })).toThrow();
    expect(() => fits(document, ref, { ...status, more: 1 })).toThrow();
  });
});
