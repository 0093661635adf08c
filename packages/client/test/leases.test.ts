// Locks, permits, elections: one holder at a time, who knows in time when that is over.
import { afterEach, describe, expect, it } from "vitest";
import { type Client, cmd, connect, type Lease, LeaseError, RejectedError } from "../src/index.ts";
import { seeded, toJson, World } from "./world.ts";

let world: World;
afterEach(() => world.stop());

const QUICK = { timeoutMs: 3_000, attemptMs: 200 };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("a lock", () => {
  it("is held by one, and handed over to the next in line", async () => {
    world = await World.start(2);
    const [one, two, three] = [connect(world.urls), connect(world.urls), connect(world.urls)];
    const first = await one.lock("door");
    expect(await two.tryLock("door")).toBeUndefined();
    const order: string[] = [];
    const arrive = async (client: Client, name: string): Promise<Lease> => {
      const lease = await client.lock("door");
      order.push(name);
      return lease;
    };
    const second = arrive(two, "two");
    await pause(100);
    const third = arrive(three, "three");
    await pause(100);
    expect(order).toEqual([]);
    expect(await first.release()).toBe(true);
    const held = await second;
    expect(held.token).toBeGreaterThan(first.token);
    await held.release();
    expect((await third).token).toBeGreaterThan(held.token);
    expect(order).toEqual(["two", "three"]);
  });

  it("is not to be had in time, and nobody waits for who has gone", async () => {
    world = await World.start(1);
    const [one, two] = [connect(world.urls), connect(world.urls)];
    const first = await one.lock("door");
    await expect(two.lock("door", { waitMs: 100 })).rejects.toMatchObject({ name: "LeaseError", code: "NOTGRANTED" });
    const stop = new AbortController();
    const waiting = two.lock("door", { signal: stop.signal });
    await pause(50);
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect.poll(async () => (await one.lockHolder("door"))?.waiting).toBe(0);
    await first.release();
    expect(await one.lockHolder("door")).toBeNull();
  });

  it("has a signal that fires when it is released or lost, and extends itself until then", async () => {
    world = await World.start(1);
    const client = connect(world.urls, QUICK);
    const lease = await client.lock("door", { leaseMs: 2400, marginMs: 800 });
    await pause(4000);
    expect(lease.signal.aborted).toBe(false);
    expect(lease.held).toBe(true);
    await world.replicas[0]!.stop();
    await expect.poll(() => lease.signal.aborted, { timeout: 8000 }).toBe(true);
    expect(lease.signal.reason).toBeInstanceOf(LeaseError);
    expect(lease.held).toBe(false);
    await expect(lease.extend()).rejects.toMatchObject({ code: "LOST" });
    await expect(lease.fenced.set("a", 1)).rejects.toMatchObject({ code: "LOST" });
  });

  it("fences its holder's writes: the store refuses them once somebody else has it", async () => {
    world = await World.start(1);
    const [one, two] = [connect(world.urls), connect(world.urls)];
    const first = await one.lock("door", { autoExtend: false });
    expect(await first.fenced.incr("n")).toBe(1);
    expect(await first.fenced.get("n")).toBe("1");
    await expect(first.fenced.lpush("n", "x")).rejects.toMatchObject({ code: "WRONGTYPE" });
    await one.del("door");
    const second = await two.lock("door");
    // It does not know yet that it has lost it; the store does.
    expect(first.held).toBe(true);
    await expect(first.fenced.incr("n")).rejects.toMatchObject({ name: "LeaseError", code: "LOST" });
    expect(first.signal.aborted).toBe(true);
    expect(await second.fenced.incr("n")).toBe(2);
    expect(await first.release()).toBe(false);
    expect(second.held).toBe(true);
  });

  it("is held while something runs, and released whatever comes of it", async () => {
    world = await World.start(1);
    const client = connect(world.urls);
    expect(await client.withLock("door", (lease) => lease.fenced.incr("n"))).toBe(1);
    await expect(
      client.withLock("door", () => {
        throw new Error("oops");
      }),
    ).rejects.toThrow("oops");
    expect(await client.lockHolder("door")).toBeNull();
  });

  it("counts from before it was asked for, however long the answer takes", async () => {
    world = await World.start(1);
    const slow: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      await pause(300);
      return response;
    };
    const client = connect(world.urls, { ...QUICK, attemptMs: 2_000, fetch: slow });
    const lease = await client.lock("door", { leaseMs: 5_000, marginMs: 1_000, autoExtend: false });
    expect(lease.leftMs).toBeLessThanOrEqual(3_700);
    await lease.extend(9_000);
    expect(lease.leftMs).toBeLessThanOrEqual(7_700);
    // It is not cut short by a shorter extension.
    await lease.extend(2_000);
    expect(lease.leftMs).toBeGreaterThan(5_000);
    await lease.release();
  });

  it("refuses a lease that leaves nothing after its margin", async () => {
    world = await World.start(1);
    await expect(connect(world.urls).lock("door", { leaseMs: 400 })).rejects.toMatchObject({ code: "USAGE" });
  });

  it.each([1, 2])("never has two holders who both believe in it, among failures (seed %i)", async (seed) => {
    world = await World.start(3);
    const random = seeded(seed);
    for (const replica of world.replicas) {
      replica.dropsRequest = () => random() < 0.1;
      replica.dropsResponse = () => random() < 0.15;
    }
    const leases = new Map<number, Lease>();
    const overlaps: string[] = [];
    let holder = 0;
    // Looks at the machine itself after each commit: whom it has let in, and whether an earlier one still believes in it.
    world.log.onCommit(() => {
      const answer = world.log.machine.query(
        ["LOCK.HOLDER", "door"].map((it) => Buffer.from(it)),
        0,
      );
      const held = "reply" in answer ? toJson(answer.reply) : null;
      const token = (held as [[[string, number, number]], number] | null)?.[0][0][1] ?? 0;
      if (token === holder) return;
      const before = leases.get(holder);
      if (before?.held === true || before?.signal.aborted === false) overlaps.push(`${holder} when ${token} came`);
      holder = token;
    });
    let rounds = 0;
    const worker = async (client: Client): Promise<void> => {
      for (let at = 0; at < 6; at++) {
        const options = { leaseMs: 700, marginMs: 200, waitMs: 4000, autoExtend: random() < 0.5 };
        const lease = await client.lock("door", options).catch((error: unknown) => error as Error);
        if (lease instanceof Error) continue;
        leases.set(lease.token, lease);
        rounds++;
        // Some let go, some are slow and lose it, some vanish.
        await pause(random() * (random() < 0.75 ? 100 : 1000));
        if (random() < 0.7) await lease.release().catch(() => {});
        else await pause(lease.leftMs > 0 && options.autoExtend ? 0 : lease.leftMs);
        if (!lease.signal.aborted) await lease.release().catch(() => {});
      }
    };
    await Promise.all(Array.from({ length: 4 }, () => worker(connect(world.urls, QUICK))));
    expect(overlaps).toEqual([]);
    expect(rounds).toBeGreaterThan(10);
  });

  it("whose holder's clock is ignored would overlap: the check above can fail", async () => {
    world = await World.start(1);
    const client = connect(world.urls);
    const lease = await client.lock("door", { leaseMs: 5000, marginMs: 10, autoExtend: false });
    // A cluster whose clocks run ahead by more than the margin lets the next one in too early.
    world.log.ahead += 5100;
    await connect(world.urls).lock("door");
    expect(lease.held).toBe(true);
  });
});

describe("permits, offices", () => {
  it("a semaphore has as many holders as permits", async () => {
    world = await World.start(1);
    const [one, two, three] = [connect(world.urls), connect(world.urls), connect(world.urls)];
    const first = await one.permit("desks", 2);
    await two.permit("desks", 2);
    expect(await three.tryPermit("desks", 2)).toBeUndefined();
    const third = three.permit("desks", 2);
    await pause(50);
    await first.release();
    expect((await third).held).toBe(true);
    expect((await one.semaphoreHolders("desks"))?.holders).toHaveLength(2);
  });

  it("an election has one winner at a time, whom everybody can observe", async () => {
    world = await World.start(2);
    const [ada, bob, reporter] = [connect(world.urls), connect(world.urls), connect(world.urls)];
    const seen: (string | undefined)[] = [];
    const observing = (async () => {
      for await (const winner of reporter.observe("mayor")) {
        seen.push(winner?.candidate);
        if (seen.length === 4) return;
      }
    })();
    await expect.poll(() => seen).toEqual([undefined]);
    const first = await ada.campaign("mayor", { owner: "ada" });
    await expect.poll(() => seen.at(-1)).toBe("ada");
    const second = bob.campaign("mayor", { owner: "bob" });
    await pause(50);
    expect(await first.release()).toBe(true);
    const office = await second;
    expect(office.token).toBeGreaterThan(first.token);
    await expect.poll(() => seen.at(-1)).toBe("bob");
    await office.release();
    await observing;
    expect(seen).toEqual([undefined, "ada", "bob", undefined]);
  });
});

describe("timers and limits", () => {
  it("a timer runs its command later, or not when it is cancelled", async () => {
    world = await World.start(1);
    const client = connect(world.urls);
    await client.after("tidy", 60_000, cmd.set("room", "tidy"));
    expect(await client.timer("tidy")).toBeGreaterThan(50_000);
    await client.at("party", new Date(world.log.now + 60_000), cmd.set("cake", "yes"));
    expect(await client.cancelTimer("party")).toBe(true);
    expect(await client.cancelTimer("party")).toBe(false);
    world.log.ahead += 61_000;
    expect(await client.get("room")).toBe("tidy");
    expect(await client.get("cake")).toBeNull();
    expect(await client.timer("tidy")).toBeNull();
  });

  it("a limit lets through what it says, a bounded number keeps to its bounds", async () => {
    world = await World.start(1);
    const client = connect(world.urls);
    const limit = { limit: 2, windowMs: 60_000 };
    expect(await client.takeRate("login", limit)).toMatchObject({ allowed: true, left: 1, retryMs: 0 });
    expect(await client.takeRate("login", limit)).toMatchObject({ allowed: true, left: 0 });
    const refused = await client.takeRate("login", limit);
    expect(refused.allowed).toBe(false);
    expect(refused.retryMs).toBeGreaterThan(0);
    expect(await client.addWithin("stock", 2, { max: 5 })).toBe(2);
    expect(await client.addWithin("stock", -3, { min: 0 })).toBeNull();
    await expect(client.addWithin("stock", 0.5, {})).rejects.toThrow(RejectedError);
  });
});
