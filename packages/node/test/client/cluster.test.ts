// The client over real replicas and their real doors, which stop, start again and lose each other meanwhile.
import { type Change, cmd, connect, type Outcome } from "@quorate/client";
import { describe, expect, it } from "vitest";
import { openRealCluster, pause, type RealCluster } from "./real-cluster.ts";

/** Stops one replica after the other and starts it again, until told to stop. */
async function restartInTurn(cluster: RealCluster, running: () => boolean): Promise<number> {
  let rounds = 0;
  for (; running(); rounds++) {
    const index = rounds % cluster.replicas.length;
    await cluster.stop(index);
    await pause(50);
    await cluster.start(index);
    await cluster.ready();
    await pause(50);
  }
  return rounds;
}

describe("a client of a real cluster", () => {
  it("reads at every replica what it wrote through any", async () => {
    const cluster = await openRealCluster({ replicas: 3 });
    const all = connect(cluster.urls);
    expect(await all.set("greeting", "hello")).toBe(true);
    for (const url of cluster.urls) {
      const one = connect(url);
      expect(await one.get("greeting")).toBe("hello");
      expect(await one.incr("n")).toBeGreaterThan(0);
      await one.close();
    }
    expect(await all.get("n")).toBe("3");
    expect((await all.status()).cluster.fault).toEqual({ crash: 1, byzantine: 0 });
    await all.close();
    await expect(all.get("n")).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("counts exactly while replicas are stopped and started in turn, and sees each change once", async () => {
    const cluster = await openRealCluster({ replicas: 3 });
    const client = connect(cluster.urls, { timeoutMs: 20_000, attemptMs: 1_000 });
    const watch = client.watch({ key: "n" });
    const seen: Change[] = [];
    await watch.started;
    const watching = (async () => {
      for await (const change of watch) seen.push(change);
    })();
    let running = true;
    const restarts = restartInTurn(cluster, () => running);
    const outcomes: Outcome<number>[] = [];
    const worker = async (): Promise<void> => {
      for (let at = 0; at < 60; at++) {
        outcomes.push(await client.try(cmd.incr("n")));
        await pause(5);
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    running = false;
    expect(await restarts).toBeGreaterThan(1);
    const values: unknown[] = [];
    for (const outcome of outcomes) {
      const settled = outcome.kind === "indeterminate" ? await outcome.error.resolve() : outcome;
      expect(settled.kind).not.toBe("indeterminate");
      if (settled.kind === "committed") values.push(settled.value);
    }
    expect((values as number[]).toSorted((a, b) => a - b)).toEqual(values.map((_, at) => at + 1));
    expect(await client.get("n")).toBe(String(values.length));
    await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(values.length);
    expect(seen.map(({ revision }) => revision)).toEqual(seen.map((_, at) => seen[0]!.revision + at));
    await watch.return();
    await watching;
    await client.close();
  });

  it("knows that nothing was applied where no quorum is, and goes on when there is one again", async () => {
    const cluster = await openRealCluster({ replicas: 3 });
    const client = connect(cluster.urls, { timeoutMs: 1_500, attemptMs: 700 });
    expect(await client.incr("n")).toBe(1);
    await cluster.stop(1);
    await cluster.stop(2);
    const outcome = await client.try(cmd.incr("n"));
    expect(outcome.kind).not.toBe("committed");
    await cluster.start(1);
    await cluster.start(2);
    await cluster.ready();
    const settled = outcome.kind === "indeterminate" ? await outcome.error.resolve() : outcome;
    expect(await client.get("n")).toBe(settled.kind === "committed" ? "2" : "1");
    await client.close();
  });

  it("holds a lock across restarts, hands it over, and is fenced off when it has lost it", async () => {
    const cluster = await openRealCluster({ replicas: 3 });
    const options = { timeoutMs: 10_000, attemptMs: 1_000 };
    const [one, two] = [connect(cluster.urls, options), connect(cluster.urls, options)];
    const first = await one.lock("door", { leaseMs: 4_000 });
    const waiting = two.lock("door", { leaseMs: 4_000 });
    for (const index of [0, 1, 2]) {
      await cluster.stop(index);
      await cluster.start(index);
      await cluster.ready();
      expect(await first.fenced.set("room", `still mine ${index}`)).toBe(true);
    }
    expect(await first.release()).toBe(true);
    const second = await waiting;
    expect(second.token).toBeGreaterThan(first.token);
    await expect(one.fence("door", first.token, cmd.set("room", "x"))).rejects.toMatchObject({ code: "FENCED" });
    expect(await second.fenced.set("room", "mine now")).toBe(true);
    // Whoever holds it and stops extending it loses it in log time, and knows before.
    const third = await (async () => {
      await second.release();
      const lease = await one.lock("door", { leaseMs: 1_500, autoExtend: false });
      const next = two.lock("door");
      await new Promise((resolve) => lease.signal.addEventListener("abort", resolve));
      const holder = await one.lockHolder("door");
      expect(holder?.holders.every(({ token }) => token === lease.token) ?? true).toBe(true);
      return await next;
    })();
    await third.release();
    await Promise.all([one.close(), two.close()]);
  });

  it("runs timers, transactions, updates and pipelines", async () => {
    const cluster = await openRealCluster({ replicas: 3 });
    const client = connect(cluster.urls);
    await client.after("later", 300, cmd.set("done", "yes"));
    await expect.poll(() => client.get("done"), { timeout: 10_000 }).toBe("yes");
    expect(await client.pipeline([cmd.incr("n"), cmd.get("n"), cmd.incr("n")])).toEqual([1, "1", 2]);
    const increment = () =>
      client.update(["m"], async (view) => [cmd.set("m", Number((await view.get("m")) ?? 0) + 1)]);
    await Promise.all(Array.from({ length: 10 }, increment));
    expect(await client.get("m")).toBe("10");
    await client.close();
  });
});

describe("a client of a real cluster of which one may lie", () => {
  it("confirms reads and writes, holds locks, watches, and outlives a stopped replica", async () => {
    const cluster = await openRealCluster({ replicas: 4, byzantine: 1 });
    const client = connect(cluster.urls, { timeoutMs: 15_000, attemptMs: 1_000 });
    const watch = client.watch({ prefix: "a" });
    await watch.started;
    expect(await client.set("a", "1")).toBe(true);
    expect(await client.get("a")).toBe("1");
    expect(await client.pttl("a")).toBe(-1);
    await client.pexpire("a", 60_000);
    // An estimate differs from replica to replica; the log has one answer.
    expect(await client.pttl("a")).toBeGreaterThan(50_000);
    await expect(client.lpush("a", "x")).rejects.toMatchObject({ code: "WRONGTYPE" });
    const lease = await client.lock("door");
    expect(await lease.fenced.incr("n")).toBe(1);
    expect(await lease.release()).toBe(true);
    await cluster.stop(2);
    for (let at = 2; at < 12; at++) expect(await client.incr("n")).toBe(at);
    expect((await watch.next()).value).toMatchObject({ event: "set", key: "a" });
    expect((await watch.next()).value).toMatchObject({ event: "expire", key: "a" });
    await watch.return();
    await client.close();
  });
});
