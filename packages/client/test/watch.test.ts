// Watches across failures: every change once, in order, or an error that says why not.
import { afterEach, describe, expect, it } from "vitest";
import { type Change, cmd, connect, type Watch, WatchError } from "../src/index.ts";
import { seeded, World } from "./world.ts";

let world: World;
afterEach(() => world.stop());

const QUICK = { timeoutMs: 4_000, attemptMs: 200 };

async function take(changes: AsyncIterable<Change>, count: number): Promise<Change[]> {
  const taken: Change[] = [];
  for await (const change of changes) if (taken.push(change) === count) break;
  return taken;
}

describe("a watch", () => {
  it("sees what is written once it has started", async () => {
    world = await World.start(1);
    const client = connect(world.urls);
    await client.set("before", "1");
    const watch = client.watch({ all: true });
    expect(await watch.started).toBe(2);
    await client.mset({ a: "1", b: "2" });
    await client.del("a");
    const seen = await take(watch, 3);
    expect(seen.map(({ revision, event, key }) => [revision, event, key])).toEqual([
      [2, "set", "a"],
      [3, "set", "b"],
      [4, "del", "a"],
    ]);
    expect(watch.resumeFrom).toBe(5);
  });

  it("begins at a revision, of one key or of a prefix", async () => {
    world = await World.start(1);
    const client = connect(world.urls);
    await client.mset({ "user:1": "a", "user:2": "b", other: "c" });
    await client.set("user:1", "d");
    const byKey = await take(client.watch({ key: "user:1", from: 1 }), 2);
    expect(byKey.map(({ revision }) => revision)).toEqual([1, 4]);
    const byPrefix = await take(client.watch({ prefix: "user:", from: 2 }), 2);
    expect(byPrefix.map(({ revision }) => revision)).toEqual([2, 4]);
  });

  it.each([1, 2, 3])("neither loses nor repeats a change while replicas come and go (seed %i)", async (seed) => {
    world = await World.start(3);
    const random = seeded(seed);
    const client = connect(world.urls, QUICK);
    for (const replica of world.replicas) {
      replica.watchMessagesMax = 3;
      replica.dropsResponse = () => random() < 0.1;
    }
    const all = client.watch({ all: true });
    const some = client.watch({ prefix: "k1" });
    await Promise.all([all.started, some.started]);
    const writes = 150;
    let running = true;
    const storm = (async () => {
      while (running) {
        const victim = world.replicas[Math.floor(random() * 3)]!;
        await victim.stop();
        await new Promise((resolve) => setTimeout(resolve, random() * 60));
        await victim.start();
        await new Promise((resolve) => setTimeout(resolve, random() * 40));
      }
    })();
    const written: string[] = [];
    const writer = (async () => {
      for (let at = 0; at < writes; at++) {
        const key = `k${Math.floor(random() * 4)}`;
        const outcome = await client.try(cmd.append(key, "x"));
        expect(outcome.kind).toBe("committed");
        written.push(key);
      }
    })();
    const seenAll = await take(all, writes);
    await writer;
    const expected = written.filter((key) => key === "k1").length;
    const seenSome = await take(some, expected);
    running = false;
    await storm;
    expect(seenAll.map(({ key }) => key)).toEqual(written);
    expect(seenAll.map(({ revision }) => revision)).toEqual(written.map((_, at) => at + 1));
    expect(seenSome.map(({ revision }) => revision)).toEqual(
      written.flatMap((key, at) => (key === "k1" ? [at + 1] : [])),
    );
  });

  it("is at the replica that has the fewest, and goes back to one that has lost its own", async () => {
    world = await World.start(3);
    const at: string[] = [];
    const noted: typeof fetch = (input, init) => {
      const { origin, pathname } = new URL(String(input));
      if (pathname === "/v1/watch") at.push(origin);
      return fetch(input, init);
    };
    const client = connect(world.urls, { fetch: noted });
    const open = async (): Promise<Watch> => {
      const watch = client.watch({ all: true });
      await watch.started;
      await client.set("a", 1);
      await watch.next();
      return watch;
    };
    const watches = [];
    for (let count = 0; count < 6; count++) watches.push(await open());
    for (const url of world.urls) expect(at.filter((other) => other === url)).toHaveLength(2);
    await watches[4]!.return();
    await open();
    expect(at.at(-1)).toBe(at[4]);
    await client.close();
  });

  it("ends with an error when changes are gone, and when the revision was never given out", async () => {
    world = await World.start(1, { logEntriesMax: 10 });
    const client = connect(world.urls, QUICK);
    for (let at = 0; at < 50; at++) await client.set("a", at);
    const compacted = await take(client.watch({ all: true, from: 1 }), 1).catch((error: unknown) => error);
    expect(compacted).toBeInstanceOf(WatchError);
    expect(compacted).toMatchObject({ code: "compacted", revision: 1 });
    const gap = take(client.watch({ all: true, from: 1000 }), 1);
    await expect(gap).rejects.toMatchObject({ name: "WatchError", code: "gap" });
  });

  it("does not take a replica that lags for a gap", async () => {
    world = await World.start(2);
    const client = connect(world.urls, QUICK);
    await client.set("a", 1);
    let lies = 3;
    for (const replica of world.replicas) {
      replica.lies = ({ path }, truth) =>
        path === "/v1/watch" && lies-- > 0 ? { kind: "end", code: "gap", message: "the last revision is 0" } : truth;
    }
    expect(await take(client.watch({ all: true, from: 1 }), 1)).toMatchObject([{ revision: 1, key: "a" }]);
    expect(lies).toBeLessThanOrEqual(0);
  });

  it("fails loudly when a replica leaves something out", async () => {
    world = await World.start(1);
    const client = connect(world.urls, QUICK);
    await client.mset({ a: 1, b: 2, c: 3 });
    world.replicas[0]!.lies = ({ path }, truth) => {
      const event = truth as { kind: string; changes?: { key: string }[] };
      if (path !== "/v1/watch" || event.changes === undefined) return truth;
      return { ...event, changes: event.changes.filter(({ key }) => key !== "b") };
    };
    await expect(take(client.watch({ all: true, from: 1 }), 3)).rejects.toMatchObject({ code: "gap", revision: 2 });
  });

  it("is cancelled at once: by return, by a signal, by closing the client", async () => {
    world = await World.start(1);
    const client = connect(world.urls);
    const first = client.watch({ all: true });
    await first.started;
    const waiting = first.next();
    await first.return();
    expect((await waiting).done).toBe(true);

    const stop = new AbortController();
    const second = client.watch({ all: true, signal: stop.signal });
    await second.started;
    const stopped = second.next();
    stop.abort(new Error("enough"));
    await expect(stopped).rejects.toThrow("enough");

    const third = client.watch({ all: true });
    await third.started;
    const closing = third.next();
    await client.close();
    expect((await closing).done).toBe(true);
    await expect(client.get("a")).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("is cancelled, and commands go elsewhere, also where a body does not notice that it was given up", async () => {
    world = await World.start(2);
    let deafTo = "/v1/watch";
    const half: typeof fetch = async (input, init) => {
      const response = await fetch(input, { ...init });
      if (!String(input).includes(deafTo)) return response;
      return new Response(new ReadableStream({ pull: () => new Promise<void>(() => {}) }), response);
    };
    const client = connect(world.urls, { ...QUICK, fetch: half });
    const watch = client.watch({ all: true });
    await watch.started;
    const waiting = watch.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await watch.return();
    expect((await waiting).done).toBe(true);
    await client.set("a", 1);
    deafTo = world.urls[0]!;
    for (let at = 0; at < 4; at++) expect(await client.get("a")).toBe("1");
  });

  it("takes keys that are no text, and holds back what its reader has not asked for", async () => {
    world = await World.start(1);
    const client = connect(world.urls);
    const key = Uint8Array.of(0xff, 0x00, 0xfe);
    await client.set(key, "x");
    expect(await take(client.watch({ all: true, from: 1 }), 1)).toEqual([
      expect.objectContaining({ key, event: "set" }),
    ]);
    await client.pipeline(Array.from({ length: 500 }, (_, at) => cmd.set("big", at)));
    const slow = client.watch({ all: true, from: 1 });
    for (let at = 1; at <= 501; at++) expect((await slow.next()).value).toMatchObject({ revision: at });
    await slow.return();
  });
});
