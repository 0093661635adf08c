// Requests that mean no good, and those that only look so: each is refused for a stated reason, and costs only itself.
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { createAccess } from "../../../src/access/replicated-access.ts";
import { startHttpDoor } from "../../../src/doors/http/http-door.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { createSoloReplica } from "../../solo-replica.ts";
import { ask, openDoor, readToEnd, until } from "./open-door.ts";

const json = { "content-type": "application/json" };
const raw = { "content-type": "application/octet-stream" };

describe("whose request it is", () => {
  it.each([
    "localhost",
    "LOCALHOST:1234",
    "quorate.localhost",
    "127.0.0.1",
    "127.1.2.3:80",
    "[::1]:9",
    "db.example.com",
    "localhost.",
  ])("serves under the name %s", async (host) => {
    const { fetch } = await openDoor({ hosts: ["db.example.com"] });
    expect((await fetch("/v1/status", { headers: { host } })).status).toBe(200);
  });

  it.each([
    "evil.com",
    "evil.com:8001",
    "localhost.evil.com",
    "127.0.0.1.evil.com",
    "10.0.0.1",
    "evil.com#localhost",
    "user@localhost",
  ])("does not go by the name %j", async (host) => {
    const { fetch, lines, command } = await openDoor();
    const told = await fetch("/v1/kv/a", { method: "PUT", headers: { ...raw, host }, body: "x" });
    expect([told.status, told.json.outcome]).toEqual([421, "rejected"]);
    expect(lines.some((line) => line.includes("MISDIRECTED"))).toBe(true);
    expect((await command("EXISTS", "a")).json.reply).toBe(0);
  });

  it("serves pages of its own and of configured origins, and no others", async () => {
    const { fetch, port } = await openDoor({ origins: ["https://app.example.com"] });
    const from = (origin: string, path = "/v1/status") => fetch(path, { headers: { origin } });
    for (const origin of [`http://127.0.0.1:${port}`, "https://app.example.com"])
      expect((await from(origin)).status).toBe(200);
    for (const origin of [
      "https://evil.com",
      "null",
      "http://127.0.0.1:1",
      "file://",
      `http://127.0.0.1:${port}.evil.com`,
    ])
      for (const path of ["/v1/status", "/v1/watch", "/"]) expect((await from(origin, path)).status).toBe(403);
    expect((await from(`http://127.0.0.1:${port}`)).headers["access-control-allow-origin"]).toBeUndefined();
    const allowed = await from("https://app.example.com");
    expect(allowed.headers).toMatchObject({ "access-control-allow-origin": "https://app.example.com", vary: "Origin" });
  });

  it("answers a preflight only for pages that may", async () => {
    const { fetch } = await openDoor({ origins: ["https://app.example.com"] });
    const ask = (origin: string) => fetch("/v1/kv/a", { method: "OPTIONS", headers: { origin } });
    const told = await ask("https://app.example.com");
    expect([told.status, told.headers["allow"]]).toEqual([204, "GET, HEAD, PUT, DELETE, OPTIONS"]);
    expect(told.headers["access-control-allow-methods"]).toContain("PUT");
    expect((await ask("https://evil.com")).status).toBe(403);
  });

  it("lets other sites link to it, but not fetch from it blindly", async () => {
    const { fetch } = await openDoor();
    const site = (mode: string) => fetch("/", { headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": mode } });
    expect((await site("no-cors")).status).toBe(403);
    expect((await site("navigate")).status).toBe(200);
  });

  it("takes no write that a page could send without asking", async () => {
    const { fetch, replica } = await openDoor();
    const body = '{"words":["SET","a","1"]}';
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]) {
      const headers = type === "" ? {} : { "content-type": type };
      expect((await fetch("/v1/commands", { method: "POST", headers, body })).status).toBe(415);
      expect((await fetch("/v1/kv/a", { method: "PUT", headers, body })).status).toBe(415);
      expect((await fetch("/v1/txn", { method: "POST", headers, body })).status).toBe(415);
      expect((await fetch("/v1/sessions", { method: "POST", headers, body: "{}" })).status).toBe(415);
      if (type !== "") expect((await fetch("/v1/ops/1.1/1/resolve", { method: "POST", headers })).status).toBe(415);
    }
    expect(replica.submissions).toEqual([]);
  });
});

describe("users", () => {
  it("are asked for their secret once there are any, but probes are not", async () => {
    const { fetch, lines } = await openDoor();
    const token = "t".repeat(40);
    const password = "correct horse";
    const set = (words: string[]) => fetch("/v1/commands", { method: "POST", json: { words } });
    expect((await set(["USER.SET", "root", "TOKEN", token, "PASSWORD", password, "ALLOW", "all"])).status).toBe(200);
    for (const path of ["/v1/status", "/v1/kv/a", "/metrics", "/", "/v1/watch", "/v1/explain"]) {
      const told = await fetch(path);
      expect([path, told.status]).toEqual([path, 401]);
      expect(told.headers["www-authenticate"]).toContain("Basic");
    }
    for (const path of ["/livez", "/readyz", "/startupz", "/openapi.json"])
      expect([path, (await fetch(path)).status]).toEqual([path, 200]);
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
    for (const authorization of [`Bearer ${token}`, `bearer ${token}`, basic(`root:${password}`)])
      expect((await fetch("/v1/status", { headers: { authorization } })).status).toBe(200);
    for (const authorization of [
      "Bearer no",
      basic("root:no"),
      basic("nobody"),
      "Digest x",
      "Bearer",
      `Bearer ${token} x`,
    ])
      expect([authorization, (await fetch("/v1/status", { headers: { authorization } })).status]).toEqual([
        authorization,
        401,
      ]);
    expect(lines.join("\n")).not.toContain(token);
    expect(lines.join("\n")).not.toContain(password);
  });

  it("are not asked for a secret by a replica that has yet to learn its users", async () => {
    const replica = createSoloReplica();
    replica.refuse("recovering");
    const metrics = createMetrics({ members: [], commands: [] });
    const listen = { host: "127.0.0.1", port: 0 };
    const door = await startHttpDoor({ replica, access: createAccess(replica), listen, metrics });
    onTestFinished(() => door.close());
    const told = await ask(Number(door.address.split(":")[1]), "/v1/status");
    expect([told.status, told.json.code]).toEqual([503, "LOADING"]);
  });

  it("are held to what they may do, also inside of a transaction", async () => {
    const { fetch } = await openDoor();
    const [root, ann] = ["r".repeat(40), "a".repeat(40)];
    const as = (token: string, words: (string | number)[], path = "/v1/commands", more: object = {}) =>
      fetch(path, { method: "POST", headers: { authorization: `Bearer ${token}` }, json: { words, ...more } });
    await fetch("/v1/commands", {
      method: "POST",
      json: { words: ["USER.SET", "root", "TOKEN", root, "ALLOW", "all"] },
    });
    await as(root, ["USER.SET", "ann", "TOKEN", ann, "ALLOW", "read", "ALLOW", "transaction"]);
    const written = await as(ann, ["SET", "a", "1"]);
    expect([written.status, written.json.code]).toEqual([403, "NOPERM"]);
    expect((await as(ann, ["GET", "a"])).status).toBe(200);
    const inside = await fetch("/v1/txn", {
      method: "POST",
      headers: { authorization: `Bearer ${ann}` },
      // biome-ignore lint/suspicious/noThenProperty: a transaction has one.
      json: { then: [["SET", "a", "1"]] },
    });
    expect([inside.status, inside.json.code]).toEqual([403, "NOPERM"]);
    const put = await fetch("/v1/kv/a", {
      method: "PUT",
      headers: { ...raw, authorization: `Bearer ${ann}` },
      body: "1",
    });
    expect(put.status).toBe(403);
    expect((await fetch("/v1/kv/a", { headers: { authorization: `Bearer ${ann}` } })).status).toBe(404);
  });
});

describe("what is not a request", () => {
  it.each([
    ["nonsense", "hello\r\n\r\n", 400],
    ["another protocol", "*1\r\n$4\r\nPING\r\n", 400],
    ["huge headers", `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(40_000)}\r\n\r\n`, 431],
    ["a huge address", `GET /${"x".repeat(40_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
    ["no host", "GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
    ["an empty host", "GET /livez HTTP/1.1\r\nHost: \r\nConnection: close\r\n\r\n", 421],
    ["no host in the old protocol", "GET /livez HTTP/1.0\r\n\r\n", 400],
    [
      "two lengths",
      "POST /v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
      400,
    ],
    [
      "a length and chunks",
      "POST /v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
    ],
    ["an address elsewhere", "GET http://evil.com/livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404],
    ["a tunnel", "CONNECT localhost:1 HTTP/1.1\r\nHost: localhost:1\r\n\r\n", undefined],
  ])("is refused: %s", async (_, bytes, status) => {
    const { connect, fetch } = await openDoor();
    const socket = connect();
    const end = readToEnd(socket);
    socket.write(bytes);
    expect(await end).toMatch(status === undefined ? /^$/ : new RegExp(`^HTTP/1.1 ${status} `));
    expect((await fetch("/livez")).status).toBe(200);
  });

  it.each(["POST /v1/commands", "PUT /v1/kv/a"])("is refused: an upgrade with a body, %s", async (line) => {
    const { connect, command } = await openDoor();
    const socket = connect();
    const end = readToEnd(socket);
    const body = '{"words":["SET","a","1"]}';
    socket.write(
      `${line} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    // Newer Nodes do not take the offer and go on in HTTP/1.1; either way there is one answer.
    const text = await Promise.race([
      end,
      new Promise<string>((resolve) => socket.once("data", (chunk) => resolve(String(chunk)))),
    ]);
    const isRefused = /^HTTP\/1.1 400 /.test(text);
    expect(isRefused || /^HTTP\/1.1 (200|415|400) /.test(text)).toBe(true);
    if (isRefused) expect((await command("EXISTS", "a")).json.reply).toBe(0);
  });

  it("is counted and logged, without a line for each of a flood", async () => {
    const { fetch, lines } = await openDoor();
    for (let at = 0; at < 40; at++) await fetch("/", { headers: { host: "evil.com" } });
    const { text } = await fetch("/metrics");
    expect(text).toContain('quorate_door_refusals_total{door="http",reason="MISDIRECTED"} 40');
    expect(lines.filter((line) => line.includes("MISDIRECTED")).length).toBeLessThan(30);
  });

  it("does no harm, whatever bytes it is made of", async () => {
    const { connect, fetch, lines } = await openDoor({ limits: { headTimeoutMs: 500, requestTimeoutMs: 500 } });
    const whole = [
      'POST /v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 25\r\n\r\n{"words":["SET","a","1"]}',
      "GET /v1/watch?from=1&key=%ff HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 1\r\nAuthorization: Basic eDp5\r\n\r\n",
      "PUT /v1/kv/a%2f?ttlMs=1 HTTP/1.1\r\nHost: localhost\r\nIf-Match: *\r\nTransfer-Encoding: chunked\r\nContent-Type: application/octet-stream\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
      "GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    ];
    const edit = fc.record({
      at: fc.nat(300),
      cut: fc.nat(20),
      put: fc.oneof(
        fc.uint8Array({ maxLength: 8 }),
        fc.constantFrom("\r\n", "\0", ": ", "%", "{", "9999999999", '"').map((text) => Buffer.from(text)),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...whole), fc.array(edit, { maxLength: 4 }), async (text, edits) => {
        let bytes = Buffer.from(text, "latin1");
        for (const { at, cut, put } of edits)
          bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(put), bytes.subarray(at + cut)]);
        const socket = connect();
        const end = readToEnd(socket);
        await new Promise((resolve) => socket.once("connect", resolve));
        socket.end(bytes);
        const timer = setTimeout(() => socket.destroy(), 50);
        const told = await end;
        clearTimeout(timer);
        expect(told).toMatch(/^(HTTP\/1\.1 \d{3} |$)/);
        expect(told).not.toMatch(/^HTTP\/1\.1 500 /);
      }),
      { numRuns: 200 },
    );
    expect((await fetch("/livez")).status).toBe(200);
    expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  it("ends for one who sends its head letter by letter, while others are served", async () => {
    const { connect, fetch } = await openDoor({ limits: { headTimeoutMs: 300, requestTimeoutMs: 600 } });
    const socket = connect();
    const end = readToEnd(socket);
    socket.write("GET /livez HTTP/1.1\r\nHost: local");
    const drip = setInterval(() => socket.write("h"), 40);
    expect((await fetch("/livez")).status).toBe(200);
    expect(await end).toMatch(/^HTTP\/1.1 408 /);
    clearInterval(drip);
  });

  it("ends for one who never sends its body to the end", async () => {
    const { connect } = await openDoor({ limits: { headTimeoutMs: 300, requestTimeoutMs: 400 } });
    const socket = connect();
    const end = readToEnd(socket);
    socket.write(
      "POST /v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
    );
    expect(await end).toMatch(/^HTTP\/1.1 408 /);
  });

  it("closes a connection on which nothing moves", async () => {
    const { connect, door } = await openDoor({ limits: { idleTimeoutMs: 100 } });
    connect();
    await until(() => door.connections === 1);
    await until(() => door.connections === 0);
  });
});

describe("what is too much", () => {
  it("is refused before it is read", async () => {
    const { connect, fetch, replica } = await openDoor({ limits: { bodyBytesMax: 1000 } });
    const socket = connect();
    const end = readToEnd(socket);
    socket.write(
      "POST /v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000000000\r\n\r\n",
    );
    expect(await end).toMatch(/^HTTP\/1.1 413 /);
    // And where nobody said how much it is.
    const chunked = connect();
    const chunkedEnd = readToEnd(chunked);
    chunked.write(
      "PUT /v1/kv/a HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    for (let at = 0; at < 20; at++) chunked.write(`64\r\n${"x".repeat(100)}\r\n`);
    expect(await chunkedEnd).toMatch(/^HTTP\/1.1 413 /);
    expect((await fetch("/v1/kv/a", { method: "PUT", headers: raw, body: "x".repeat(1000) })).status).toBe(200);
    expect(replica.submissions).toHaveLength(1);
  });

  it("is asked for only after it was found to be welcome", async () => {
    const { connect } = await openDoor({ limits: { bodyBytesMax: 1000 } });
    const ask = async (length: number): Promise<string> => {
      const socket = connect();
      socket.write(
        `PUT /v1/kv/a HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Type: application/octet-stream\r\nContent-Length: ${length}\r\n\r\n`,
      );
      return await new Promise((resolve) => socket.once("data", (chunk) => resolve(chunk.toString())));
    };
    expect(await ask(100)).toMatch(/^HTTP\/1.1 100 /);
    expect(await ask(5000)).toMatch(/^HTTP\/1.1 413 /);
  });

  it("waits outside when all bodies together are too large", async () => {
    const { connect, fetch } = await openDoor({ limits: { bodyBytesTotalMax: 100_000 } });
    const held = connect();
    held.write(
      "PUT /v1/kv/a HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\nContent-Length: 100000\r\n\r\n",
    );
    held.write("x".repeat(80_000));
    const put = () => fetch("/v1/kv/b", { method: "PUT", headers: raw, body: "x".repeat(50_000) });
    await until(async () => (await put()).status === 503);
    held.destroy();
    await until(async () => (await put()).status === 200);
  });

  it("is refused in a pipeline without end, and the connection ends", async () => {
    const { connect, replica, fetch } = await openDoor({ limits: { pipelinedMax: 8 } });
    await fetch("/v1/kv/a", { method: "PUT", headers: raw, body: "x" });
    const reads = replica.reads.length;
    replica.hold();
    const socket = connect();
    const end = readToEnd(socket);
    socket.write("GET /v1/kv/a HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(500));
    // One after the other: as long as the first is not answered, it is the only one that was looked at.
    await until(() => replica.reads.length === reads + 2);
    replica.release();
    const text = await end;
    expect(replica.reads.length).toBe(reads + 16);
    expect(text.match(/HTTP\/1.1 200 /g)).toHaveLength(8);
    expect(text.match(/HTTP\/1.1 429 /g)?.length).toBeGreaterThan(0);
  });

  it("is forgotten when its client leaves, pipelined or not", async () => {
    const { connect, replica, fetch } = await openDoor({ limits: { requestsMax: 20, pipelinedMax: 16 } });
    await fetch("/v1/kv/a", { method: "PUT", headers: raw, body: "x" });
    for (let round = 0; round < 10; round++) {
      const reads = replica.reads.length;
      replica.hold();
      const socket = connect();
      socket.write("GET /v1/kv/a HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(16));
      await until(() => replica.reads.length > reads);
      socket.destroy();
      replica.release();
    }
    const socket = connect();
    const end = readToEnd(socket);
    socket.end(
      `${"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(15)}GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    expect((await end).match(/HTTP\/1.1 200 /g)).toHaveLength(16);
  });

  it("happens in the order of its pipeline, also a read behind a write", async () => {
    const { connect } = await openDoor();
    const socket = connect();
    const end = readToEnd(socket);
    const put = (at: number): string =>
      `PUT /v1/kv/a HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\nContent-Length: 3\r\n\r\n<${at}>`;
    const get = (close = ""): string => `GET /v1/kv/a HTTP/1.1\r\nHost: localhost\r\n${close}\r\n`;
    socket.write(
      Array.from({ length: 9 }, (_, at) => put(at) + get()).join("") + put(9) + get("Connection: close\r\n"),
    );
    expect([...(await end).matchAll(/<(\d)>/g)].map(([, at]) => at).join("")).toBe("0123456789");
  });

  it("answers a pipeline within bounds in its order", async () => {
    const { connect, fetch } = await openDoor();
    for (let at = 0; at < 10; at++) await fetch(`/v1/kv/k${at}`, { method: "PUT", headers: raw, body: `<${at}>` });
    const socket = connect();
    const end = readToEnd(socket);
    const get = (at: number, close = ""): string => `GET /v1/kv/k${at} HTTP/1.1\r\nHost: localhost\r\n${close}\r\n`;
    socket.write([0, 1, 2, 3, 4, 5, 6, 7, 8].map((at) => get(at)).join("") + get(9, "Connection: close\r\n"));
    expect([...(await end).matchAll(/<(\d)>/g)].map(([, at]) => at).join("")).toBe("0123456789");
  });

  it("leaves room for everybody's first request", async () => {
    const { connect, replica, fetch, command } = await openDoor({ limits: { requestsMax: 10, pipelinedMax: 32 } });
    await command("SET", "a", "1");
    const reads = replica.reads.length;
    replica.hold();
    const greedy = connect();
    const end = readToEnd(greedy);
    const get = (close = ""): string => `GET /v1/kv/a HTTP/1.1\r\nHost: localhost\r\n${close}\r\n`;
    greedy.write(get().repeat(29) + get("Connection: close\r\n"));
    await until(() => replica.reads.length === reads + 2);
    const modest = fetch("/v1/kv/a");
    await until(() => replica.reads.length === reads + 4);
    replica.release();
    expect((await modest).status).toBe(200);
    const text = await end;
    expect(text.match(/HTTP\/1.1 200 /g)).toHaveLength(10);
    expect(text.match(/HTTP\/1.1 503 /g)).toHaveLength(20);
  });

  it("takes no more requests while answers without end wait to be read", async () => {
    const { connect, fetch, command, port } = await openDoor({ limits: { responseBytesTotalMax: 1_000_000 } });
    for (let at = 0; at < 60; at++) await command("APPEND", "big", "x".repeat(200_000));
    const socket = connect();
    socket.on("data", () => socket.pause());
    socket.write("GET /v1/kv/big HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await until(async () => (await ask(port, "/livez")).status === 503);
    socket.destroy();
    await until(async () => (await fetch("/livez")).status === 200);
  });

  it("holds no more answers for one request than it may, and says what may have been done", async () => {
    const { fetch, command, replica } = await openDoor({ limits: { responseBytesMax: 1_000_000 } });
    await command("SET", "big", "x".repeat(200_000));
    const gets = Array.from({ length: 20 }, () => ({ words: ["GET", "big"] }));
    const post = (commands: readonly object[]) => fetch("/v1/commands", { method: "POST", json: { commands } });
    const refused = await post(gets);
    expect([refused.status, refused.json.code, refused.json.outcome]).toEqual([413, "TOOLARGE", "rejected"]);
    const doubtful = await post([{ words: ["INCR", "a"] }, ...gets, { words: ["INCR", "b"] }]);
    expect([doubtful.status, doubtful.json.code, doubtful.json.outcome]).toEqual([413, "TOOLARGE", "indeterminate"]);
    expect((await post(gets.slice(0, 4))).status).toBe(200);
    expect(replica.machine.index).toBeGreaterThan(0);
  });

  it("cuts off the largest answer when those that were asked for before are too much together", async () => {
    const { connect, command, fetch, lines } = await openDoor({ limits: { heldBytesMax: 15_000_000 } });
    for (const [key, count] of [
      ["large", 60],
      ["small", 40],
    ] as const)
      for (let at = 0; at < count; at++) await command("APPEND", key, "x".repeat(200_000));
    const greedy = connect();
    let [bytes, isClosed] = [0, false];
    greedy.on("data", (data) => {
      if (bytes === 0) greedy.pause();
      bytes += data.length;
    });
    greedy.once("close", () => {
      isClosed = true;
    });
    greedy.write("GET /v1/kv/large HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await until(() => bytes > 0);
    expect((await fetch("/v1/kv/small")).bytes.length).toBe(8_000_000);
    greedy.resume();
    await until(() => isClosed);
    expect(bytes).toBeLessThan(12_000_000);
    expect(lines.filter((line) => line.includes('"memory"'))).toHaveLength(1);
  });

  it("closes connections beyond those that it may have", async () => {
    const { connect, door, lines } = await openDoor({ limits: { connectionsMax: 2 } });
    connect();
    connect();
    await until(() => door.connections === 2);
    expect(await readToEnd(connect())).toBe("");
    expect(lines.some((line) => line.includes("a connection too many"))).toBe(true);
  });
});

describe("what is broken", () => {
  it.each([
    ["cut", '{"words":["GET","a"'],
    ["no JSON", "words"],
    ["invalid UTF-8", Buffer.from([0x7b, 0xff, 0x7d])],
    ["deep", "[".repeat(200_000)],
    ["deep and well-formed", `${"[".repeat(200_000)}${"]".repeat(200_000)}`],
    ["of another shape", '{"words":"GET a"}'],
    ["a prototype", '{"__proto__":{"words":["GET","a"]}}'],
    ["empty", ""],
  ])("is told so: JSON that is %s", async (_, body) => {
    const { fetch } = await openDoor();
    const told = await fetch("/v1/commands", { method: "POST", headers: json, body });
    expect([told.status, told.json.code]).toEqual([400, "BADREQUEST"]);
  });

  it("is taken back when the client leaves: what was not sent is not sent", async () => {
    const { connect, replica, fetch, command } = await openDoor();
    replica.hold();
    const socket = connect();
    const body = JSON.stringify({ commands: [{ words: ["GET", "a"] }, { words: ["SET", "a", "1"] }] });
    socket.write(
      `POST /v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await until(() => replica.reads.some(([word]) => Buffer.from(word!).toString() === "GET"));
    socket.destroy();
    await until(async () => (await fetch("/livez")).status === 200);
    replica.release();
    // The write waited behind the read.
    await command("PING");
    expect((await command("EXISTS", "a")).json.reply).toBe(0);
  });
});
