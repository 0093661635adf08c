// Keys, transactions, sessions and operations as resources.
import { createConnection } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openDoor, readToEnd } from "./open-door.ts";

const RAW = { "content-type": "application/octet-stream" };

describe("/v1/kv/{key}", () => {
  it("keeps bytes as they are, under keys of any bytes", async () => {
    const { fetch, replica } = await openDoor();
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.uint8Array({ maxLength: 300 }),
        async (key, value) => {
          const path = `/v1/kv/${Array.from(key, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")}`;
          const put = await fetch(path, { method: "PUT", headers: RAW, body: value });
          expect(put.status).toBe(200);
          const got = await fetch(path);
          expect(got.bytes.equals(Buffer.from(value))).toBe(true);
          expect(got.headers["etag"]).toBe(put.headers["etag"]);
          expect(replica.submissions.at(-1)!.words.some((word) => Buffer.from(word).equals(Buffer.from(key)))).toBe(
            true,
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it("speaks JSON where it is asked to", async () => {
    const { fetch } = await openDoor();
    const put = await fetch("/v1/kv/users/ann", { method: "PUT", json: { value: "x", ttlMs: 60_000 } });
    expect(put.json).toEqual({ outcome: "committed", revision: 1, index: 1 });
    const got = await fetch("/v1/kv/users%2Fann", { headers: { accept: "application/json" } });
    expect(got.json).toEqual({ key: "users/ann", value: "x", revision: 1, index: 1 });
    const missing = await fetch("/v1/kv/nobody", { headers: { accept: "application/json" } });
    expect([missing.status, missing.json.code]).toEqual([404, "NOTFOUND"]);
    expect(missing.headers["quorate-index"]).toBe("1");
  });

  it("expires a key when it was told to", async () => {
    const { fetch, replica, command } = await openDoor();
    await fetch("/v1/kv/a?ttlMs=5000", { method: "PUT", headers: RAW, body: "x" });
    expect((await command("PTTL", "a")).json.reply).toBeGreaterThan(1000);
    replica.advance(5001);
    expect((await fetch("/v1/kv/a")).status).toBe(404);
  });

  it("writes only at the revision, or at the existence, that it was told", async () => {
    const { fetch } = await openDoor();
    const put = (headers: Record<string, string>, body = "x") =>
      fetch("/v1/kv/a", { method: "PUT", headers: { ...RAW, ...headers }, body });
    expect((await put({ "if-match": "*" })).status).toBe(412);
    const first = await put({ "if-none-match": "*" }, "1");
    expect(first.status).toBe(200);
    const again = await put({ "if-none-match": "*" }, "2");
    expect([again.status, again.headers["etag"]]).toEqual([412, first.headers["etag"]]);
    const second = await put({ "if-match": first.headers["etag"]! }, "2");
    expect(second.status).toBe(200);
    expect((await put({ "if-match": first.headers["etag"]! }, "3")).status).toBe(412);
    expect((await put({ "if-none-match": second.headers["etag"]! }, "3")).status).toBe(412);
    expect((await put({ "if-match": "17" })).status).toBe(400);
    expect((await fetch("/v1/kv/a")).text).toBe("2");
    expect((await fetch("/v1/kv/a", { headers: { "if-none-match": second.headers["etag"]! } })).status).toBe(304);
    const remove = (etag: string) => fetch("/v1/kv/a", { method: "DELETE", headers: { "if-match": etag } });
    expect((await remove(first.headers["etag"]!)).status).toBe(412);
    expect((await remove(second.headers["etag"]!)).json).toMatchObject({ deleted: true });
    expect((await fetch("/v1/kv/a", { method: "DELETE" })).json).toMatchObject({ deleted: false });
  });

  it("lets one of many writers of the same revision through", async () => {
    const { fetch } = await openDoor();
    const { headers } = await fetch("/v1/kv/a", { method: "PUT", headers: RAW, body: "0" });
    const told = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        fetch("/v1/kv/a", { method: "PUT", headers: { ...RAW, "if-match": headers["etag"]! }, body: String(at) }),
      ),
    );
    const winners = told.flatMap(({ status }, at) => (status === 200 ? [at] : []));
    expect(winners).toHaveLength(1);
    expect((await fetch("/v1/kv/a")).text).toBe(String(winners[0]));
  });

  it("tells value and revision of the same moment while others write", async () => {
    const { fetch, command } = await openDoor();
    await fetch("/v1/kv/a", { method: "PUT", headers: RAW, body: "1" });
    let writing = true;
    const writer = (async () => {
      // Every write is one revision, so the value tells what the revision must be.
      for (let value = 2; writing; value++) await command("SET", "a", value);
    })();
    for (let read = 0; read < 100; read++) {
      const { text, headers } = await fetch("/v1/kv/a");
      expect(headers["etag"]).toBe(`"${text}"`);
    }
    writing = false;
    await writer;
  });

  it("marks a stale read as one, with the commit that it is of", async () => {
    const { fetch, replica } = await openDoor();
    await fetch("/v1/kv/a", { method: "PUT", headers: RAW, body: "1" });
    replica.refuse("no-quorum");
    expect((await fetch("/v1/kv/a")).status).toBe(503);
    const stale = await fetch("/v1/kv/a?stale=true");
    expect([stale.status, stale.text]).toEqual([200, "1"]);
    expect(stale.headers).toMatchObject({ "quorate-stale": "true", "quorate-index": "1" });
    expect((await fetch("/v1/kv/a?stale=perhaps")).status).toBe(400);
  });

  it("applies a numbered write once", async () => {
    const { fetch } = await openDoor();
    const { session } = (await fetch("/v1/sessions", { method: "POST", json: {} })).json;
    const headers = { ...RAW, "quorate-session": session, "quorate-seq": "1" };
    const first = await fetch("/v1/kv/a", { method: "PUT", headers, body: "1" });
    await fetch("/v1/kv/a", { method: "PUT", headers: RAW, body: "2" });
    const again = await fetch("/v1/kv/a", { method: "PUT", headers, body: "1" });
    expect(again.json.revision).toBe(first.json.revision);
    expect((await fetch("/v1/kv/a")).text).toBe("2");
  });

  it("tells what is not a string apart from what is not there", async () => {
    const { fetch, command } = await openDoor();
    await command("LPUSH", "list", "x");
    expect((await fetch("/v1/kv/list")).json).toMatchObject({ status: 409, code: "WRONGTYPE" });
    expect((await fetch("/v1/kv/%zz")).status).toBe(400);
    expect((await fetch("/v1/kv/")).status).toBe(404);
  });

  it("answers HEAD as GET, without the body", async () => {
    const { fetch, port } = await openDoor();
    await fetch("/v1/kv/a", { method: "PUT", headers: RAW, body: "four" });
    const socket = createConnection(port, "127.0.0.1");
    socket.end("HEAD /v1/kv/a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const text = await readToEnd(socket);
    expect(text).toMatch(/^HTTP\/1.1 200 /);
    expect(text).toContain("Content-Length: 4");
    expect(text).not.toContain("four");
  });
});

describe("/v1/txn", () => {
  it("runs one list of commands or the other", async () => {
    const { fetch, command } = await openDoor();
    const txn = (json: unknown) => fetch("/v1/txn", { method: "POST", json });
    await command("MSET", "from", 10, "to", 0);
    const move = {
      compare: [
        { kind: "value", key: "from", is: "=", value: 10 },
        { kind: "exists", key: "to" },
        { kind: "missing", key: "lock" },
        { kind: "revision", key: "from", is: ">", revision: 0 },
      ],
      // biome-ignore lint/suspicious/noThenProperty: a transaction has one.
      then: [
        ["DECRBY", "from", 4],
        ["INCRBY", "to", 4],
      ],
      else: [["GET", "from"]],
    };
    expect((await txn(move)).json).toEqual({ outcome: "committed", held: true, replies: [6, 4], index: 2 });
    expect((await txn(move)).json).toEqual({ outcome: "committed", held: false, replies: ["6"], index: 3 });
    const aborted = await txn({
      // biome-ignore lint/suspicious/noThenProperty: a transaction has one.
      then: [
        ["INCR", "from"],
        ["LPUSH", "from", "x"],
      ],
    });
    expect([aborted.status, aborted.json.code, aborted.json.outcome]).toEqual([409, "ABORTED", "rejected"]);
    expect((await command("GET", "from")).json.reply).toBe("6");
    expect((await txn({})).status).toBe(400);
    expect((await txn({ compare: [{ kind: "value", key: "a" }], else: [["GET", "a"]] })).status).toBe(400);
  });

  it("guards commands with the token of a lock", async () => {
    const { fetch, command } = await openDoor();
    const token = (await command("LOCK.TRY", "door", "me", 10_000)).json.reply;
    const guarded = (held: number) => ({
      compare: [{ kind: "fence", key: "door", token: held }],
      // biome-ignore lint/suspicious/noThenProperty: a transaction has one.
      then: [["SET", "room", "mine"]],
    });
    expect((await fetch("/v1/txn", { method: "POST", json: guarded(token) })).json.held).toBe(true);
    expect((await fetch("/v1/txn", { method: "POST", json: guarded(token + 1) })).json.held).toBe(false);
  });
});

describe("/v1/sessions and /v1/ops", () => {
  it("tell what has become of a number, and settle it", async () => {
    const { fetch, command, replica } = await openDoor();
    const opened = await fetch("/v1/sessions", { method: "POST", json: { timeoutMs: 60_000 } });
    expect(opened.status).toBe(201);
    const { session } = opened.json;
    const run = (seq: number, ack: number, ...words: string[]) =>
      fetch("/v1/commands", { method: "POST", json: { words, session, seq, ack } });
    const ops = (seq: number, rest = "") =>
      fetch(`/v1/ops/${session}/${seq}${rest}`, { method: rest === "" ? "GET" : "POST" });
    await run(1, 0, "SET", "a", "1");
    await run(2, 0, "LPUSH", "a", "x");
    expect((await ops(1)).json).toEqual({ state: "applied", reply: "OK" });
    expect((await ops(2)).json).toMatchObject({
      state: "applied",
      reply: { error: expect.stringMatching(/^WRONGTYPE/) },
    });
    expect((await ops(3)).json).toEqual({ state: "pending" });
    expect((await ops(3, "/resolve")).json).toMatchObject({ state: "rejected", code: "REJECTED" });
    expect((await ops(3)).json).toMatchObject({ state: "rejected" });
    expect((await run(3, 0, "SET", "a", "3")).json).toMatchObject({ outcome: "rejected", code: "REJECTED" });
    await run(4, 3, "GET", "a");
    expect((await ops(1)).json).toEqual({ state: "forgotten" });
    expect((await ops(1, "/resolve")).json).toEqual({ state: "forgotten" });
    expect((await fetch(`/v1/sessions/${session}`, { method: "DELETE" })).json).toMatchObject({ closed: true });
    const unknown = await ops(1);
    expect([unknown.status, unknown.json.code, unknown.json.outcome]).toEqual([404, "NOSESSION", "indeterminate"]);
    expect((await command("GET", "a")).json.reply).toBe("1");
    expect((await fetch("/v1/ops/1.1/0")).status).toBe(400);
    replica.refuse("no-quorum");
    expect((await ops(1)).json).toMatchObject({ status: 503, code: "NOQUORUM", outcome: "rejected" });
  });
});
