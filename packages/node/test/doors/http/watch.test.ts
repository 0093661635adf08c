// `/v1/watch`: nothing is lost and nothing comes twice, wherever the stream is cut; what cannot be kept is said aloud.
import { get, type IncomingMessage } from "node:http";
import type { Change } from "@quorate/core/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openDoor, until } from "./open-door.ts";
import { type Stream, watch } from "./watch-stream.ts";

const revisions = (changes: readonly Change[]): readonly number[] => changes.map(({ revision }) => revision);
const upTo = (last: number, first = 1): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

describe("/v1/watch", () => {
  it("tells changes as they are committed, from now on or from a revision on", async () => {
    const open = await openDoor();
    await open.command("SET", "before", "1");
    const now = await watch(open);
    const all = await watch(open, "?from=1");
    await open.command("SET", "a", "1");
    await open.command("DEL", "a");
    await until(() => now.changes.length === 2 && all.changes.length === 3);
    expect(now.changes).toMatchObject([
      { revision: 2, event: "set", key: "a", index: 2 },
      { revision: 3, event: "del", key: "a", index: 3 },
    ]);
    expect(revisions(all.changes)).toEqual([1, 2, 3]);
    // Whoever is cut off before the first change knows where to resume.
    expect(now.events[0]).toEqual({ kind: "progress", next: 2 });
  });

  it("loses no revision and repeats none over random writes, cuts and resumes", async () => {
    const open = await openDoor();
    let revision = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            {
              weight: 5,
              arbitrary: fc.record({ kind: fc.constant("write" as const), keys: fc.integer({ min: 1, max: 700 }) }),
            },
            { weight: 3, arbitrary: fc.record({ kind: fc.constant("cut" as const), keys: fc.constant(0) }) },
            { weight: 2, arbitrary: fc.record({ kind: fc.constant("breathe" as const), keys: fc.constant(0) }) },
          ),
          { minLength: 1, maxLength: 12 },
        ),
        fc.boolean(),
        async (steps, byHeader) => {
          const first = revision + 1;
          const seen: Change[] = [];
          let next = String(first);
          let stream = await watch(open, `?from=${first}`);
          const resume = async (): Promise<void> => {
            stream.cut();
            seen.push(...stream.changes);
            next = stream.lastId ?? next;
            stream = byHeader
              ? await watch(open, "?from=1", { "last-event-id": next })
              : await watch(open, `?from=${next}`);
          };
          for (const { kind, keys } of steps) {
            if (kind === "write") {
              const words = ["MSET", ...Array.from({ length: keys }, (_, at) => [`k${at}`, "v"]).flat()];
              // Not awaited to its end: cuts come amid pages.
              void open.command(...words);
              revision += keys;
            } else if (kind === "cut") await resume();
            else await open.command("PING");
          }
          await until(() => seen.length + stream.changes.length >= revision - first + 1);
          seen.push(...stream.changes);
          stream.cut();
          expect(revisions(seen)).toEqual(upTo(revision, first));
        },
      ),
      { numRuns: 25 },
    );
  });

  it("gives one of many only what it asked for, and all of it", async () => {
    const open = await openDoor();
    const [one, some, all] = [await watch(open, "?key=a%2F1"), await watch(open, "?prefix=a/"), await watch(open)];
    for (let at = 0; at < 30; at++) await open.command("SET", `${at % 2 === 0 ? "a" : "b"}/${at % 5}`, at);
    await open.command("FLUSHALL");
    await until(() => all.changes.length === 31 && one.changes.length === 4 && some.changes.length === 16);
    const keysOf = (stream: Stream): unknown[] => [...new Set(stream.changes.map(({ key }) => key))];
    expect(keysOf(one)).toEqual(["a/1", ""]);
    expect(keysOf(some).sort()).toEqual(["", "a/0", "a/1", "a/2", "a/3", "a/4"]);
    expect((await open.fetch("/v1/watch?key=a&prefix=b")).status).toBe(400);
  });

  it("names keys that are no text, and watches them", async () => {
    const open = await openDoor();
    const stream = await watch(open, "?key=%ff%00");
    await open.fetch("/v1/kv/%ff%00", {
      method: "PUT",
      headers: { "content-type": "application/octet-stream" },
      body: "x",
    });
    await until(() => stream.changes.length === 1);
    expect(stream.changes[0]!.key).toEqual({ base64: Buffer.from([0xff, 0]).toString("base64") });
  });

  it("tells a filtered watch now and then how far it is, and a silent one that it lives", async () => {
    const open = await openDoor({ limits: { heartbeatMs: 30 } });
    const stream = await watch(open, "?key=rare");
    for (let at = 0; at < 5; at++) await open.command("SET", "common", at);
    await until(() => stream.events.at(-1)?.kind === "progress" && stream.lastId === "6");
    await until(() => stream.comments > 1);
    expect(stream.changes).toEqual([]);
  });

  it("refuses what is no longer kept, and what was never given out", async () => {
    const open = await openDoor({ config: { logEntriesMax: 10 } });
    for (let at = 0; at < 200; at++) await open.command("SET", "a", at);
    const compacted = await open.fetch("/v1/watch?from=1");
    expect([compacted.status, compacted.json.code]).toEqual([410, "COMPACTED"]);
    const gap = await open.fetch("/v1/watch?from=500");
    expect([gap.status, gap.json.code]).toEqual([409, "GAP"]);
    expect((await open.fetch("/v1/watch?from=0")).status).toBe(400);
    expect((await open.fetch("/v1/watch", { headers: { "last-event-id": "x" } })).status).toBe(400);
  });

  it("waits for a revision that this replica has yet to hear of, before calling it a gap", async () => {
    const open = await openDoor();
    await open.command("SET", "a", "1");
    open.replica.hold();
    // On its way here, as a commit is that another replica has answered for already.
    const written = open.command("SET", "a", "2");
    await until(() => open.replica.submissions.length === 2);
    const watching = watch(open, "?from=3");
    await until(() => open.replica.reads.some(([word]) => Buffer.from(word!).toString() === "CHANGES.RANGE"));
    open.replica.release();
    await written;
    const stream = await watching;
    await open.command("SET", "a", "3");
    await until(() => stream.changes.length === 1);
    expect(revisions(stream.changes)).toEqual([3]);
  });

  it("holds back for a slow reader, who then gets everything", async () => {
    const open = await openDoor({ limits: { sendBufferBytesMax: 64 * 1024 } });
    const stream = await watch(open);
    stream.response.pause();
    const keys = 1500;
    const words = ["MSET", ...Array.from({ length: keys }, (_, at) => [`${"k".repeat(100)}${at}`, "v"]).flat()];
    for (let round = 0; round < 30; round++) await open.command(...words);
    expect(stream.changes.length).toBeLessThan(30 * keys);
    stream.response.resume();
    await until(() => stream.changes.length === 30 * keys);
    expect(revisions(stream.changes)).toEqual(upTo(30 * keys));
  });

  it("ends with `slow` for a reader who does not read at all", async () => {
    const open = await openDoor({ limits: { sendBufferBytesMax: 16 * 1024, heartbeatMs: 20, slowMs: 60 } });
    const socket = open.connect();
    socket.write("GET /v1/watch HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let text = "";
    let isOver = false;
    socket.on("data", (chunk) => {
      if (text === "") socket.pause();
      text += chunk.toString();
    });
    socket.once("close", () => {
      isOver = true;
    });
    await until(() => text !== "");
    const words = ["MSET", ...Array.from({ length: 1000 }, (_, at) => [`${"k".repeat(200)}${at}`, "v"]).flat()];
    // Until the buffers of both kernels are full as well.
    for (let round = 0; round < 60; round++) expect((await open.command(...words)).status).toBe(200);
    await until(() => open.door.connections === 0);
    socket.resume();
    await until(() => isOver);
    // What it was sent is contiguous as far as it goes.
    const seen = [...text.matchAll(/"revision":(\d+)/g)].map(([, revision]) => Number(revision));
    expect(seen).toEqual(upTo(seen.length));
    expect(seen.length).toBeLessThan(60 * 1000);
  });

  it("ends for everybody when the replica is cut off, so that they go elsewhere", async () => {
    const open = await openDoor({ limits: { heartbeatMs: 20 } });
    const stream = await watch(open);
    open.replica.refuse("no-quorum");
    await until(() => stream.isOver);
    expect(stream.events.at(-1)).toMatchObject({ kind: "end", code: "unavailable" });
    const refused = await open.fetch("/v1/watch");
    expect([refused.status, refused.json.code]).toEqual([503, "NOQUORUM"]);
  });

  it("ends when the user may not watch any more", async () => {
    const open = await openDoor();
    await open.command("USER.SET", "root", "TOKEN", "r".repeat(32), "ALLOW", "all");
    const root = { authorization: `Bearer ${"r".repeat(32)}` };
    const as = (words: string[]) => open.fetch("/v1/commands", { method: "POST", headers: root, json: { words } });
    await as(["USER.SET", "ann", "TOKEN", "a".repeat(32), "ALLOW", "read"]);
    expect((await open.fetch("/v1/watch")).status).toBe(401);
    const stream = await watch(open, "", { authorization: `Bearer ${"a".repeat(32)}` });
    await as(["SET", "a", "1"]);
    await until(() => stream.changes.length === 1);
    expect((await as(["USER.SET", "ann", "DENY", "read"])).status).toBe(200);
    await as(["SET", "a", "2"]);
    await until(() => stream.isOver);
    expect(stream.events.at(-1)).toMatchObject({ kind: "end", code: "not-allowed" });
    expect(revisions(stream.changes)).toEqual([1]);
    expect((await open.fetch("/v1/watch", { headers: { authorization: `Bearer ${"a".repeat(32)}` } })).status).toBe(
      403,
    );
  });

  it("takes as many watches as it may, and forgets those that left", async () => {
    const open = await openDoor({ limits: { watchesMax: 2 } });
    const first = await watch(open);
    await watch(open);
    expect((await open.fetch("/v1/watch")).status).toBe(503);
    first.cut();
    await until(async () => {
      const response = await new Promise<IncomingMessage>((resolve) => {
        get({ port: open.port, host: "127.0.0.1", path: "/v1/watch", agent: false }, resolve);
      });
      response.destroy();
      return response.statusCode === 200;
    });
  });
});
