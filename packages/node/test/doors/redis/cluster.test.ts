// The door over real clusters: every replica takes everything, and what goes wrong below is told as it is.
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import type { Access } from "../../../src/access/access.ts";
import { createAccess } from "../../../src/access/replicated-access.ts";
import { startRedisDoor } from "../../../src/doors/redis/redis-door.ts";
import { createLocalCluster, type LocalCluster, type LocalClusterOptions } from "../../../src/local-cluster.ts";
import type { RunningReplica } from "../../../src/running-replica.ts";
import { SILENT } from "../../../src/telemetry/log.ts";
import { until, whenDone } from "./desk.ts";
import { DoorClient } from "./door-client.ts";

interface Doors {
  readonly cluster: LocalCluster;
  connect(index: number): Promise<DoorClient>;
  url(index: number): { readonly host: string; readonly port: number };
}

async function start(options: LocalClusterOptions & { readonly deadlineMs?: number } = {}): Promise<Doors> {
  const { deadlineMs = 10_000, ...rest } = options;
  const ports = new Map<string, number>();
  const accesses: Access[] = [];
  const openDoors = async (replica: RunningReplica) => {
    const listen = { host: "127.0.0.1", port: ports.get(replica.name) ?? 0 };
    const access = createAccess(replica);
    accesses.push(access);
    const door = await startRedisDoor({ replica, access, listen, log: SILENT, deadlineMs });
    ports.set(replica.name, Number(door.address.split(":")[1]));
    return [door];
  };
  const cluster = await createLocalCluster({ durability: "memory", ...rest, openDoors });
  whenDone(() => cluster.close());
  // A replica serves strangers once it knows that there are no users.
  await until(() => accesses.every(({ open }) => open));
  const url = (index: number) => ({ host: "127.0.0.1", port: ports.get(cluster.genesis.members[index]!.name)! });
  const connect = async (index: number): Promise<DoorClient> => {
    const client = await DoorClient.connect(url(index).port);
    whenDone(() => client.close());
    return client;
  };
  return { cluster, url, connect };
}

describe("Redis door over a cluster", () => {
  it("shows every acknowledged write on every replica at once", async () => {
    const { connect } = await start();
    const clients = [await connect(0), await connect(1), await connect(2)];
    for (let at = 0; at < 60; at++) {
      const [writer, reader] = [clients[at % 3]!, clients[(at + 1) % 3]!];
      expect(await writer.run("SET", "a", String(at))).toBe("OK");
      expect(await reader.run("GET", "a")).toBe(`"${at}"`);
    }
  });

  it("keeps the order of each connection while all replicas take writes", async () => {
    const { connect } = await start();
    const clients = [await connect(0), await connect(1), await connect(2)];
    const rounds = 200;
    for (const [index, client] of clients.entries())
      client.send(...Array.from({ length: rounds }, (_, at) => ["RPUSH", "log", `${index}:${at}`]));
    await Promise.all(clients.map((client) => client.replies(rounds)));
    clients[0]!.send(["LRANGE", "log", "0", "-1"]);
    const log = await clients[0]!.wire();
    const items = Array.isArray(log.value) ? log.value.map(({ value }: { value: string }) => value) : [];
    expect(items.length).toBe(3 * rounds);
    for (const index of clients.keys())
      expect(items.filter((item) => item.startsWith(`${index}:`))).toEqual(
        Array.from({ length: rounds }, (_, at) => `${index}:${at}`),
      );
  });

  it("keeps WATCH across replicas", async () => {
    const { connect } = await start();
    const [one, two] = [await connect(0), await connect(1)];
    await one.run("SET", "a", "1");
    one.send(["WATCH", "a"], ["GET", "a"], ["MULTI"], ["INCR", "a"]);
    expect(await one.replies(4)).toEqual(["OK", '"1"', "OK", "QUEUED"]);
    expect(await two.run("SET", "a", "5")).toBe("OK");
    expect(await one.run("EXEC")).toBe("nil");
    one.send(["WATCH", "a"], ["GET", "a"], ["MULTI"], ["INCR", "a"], ["EXEC"]);
    expect((await one.replies(5))[4]).toBe("[:6]");
  });

  it("answers WAIT with members that have the write", async () => {
    const { cluster, connect } = await start({ replicas: 5 });
    const client = await connect(0);
    client.send(["SET", "a", "1"], ["WAIT", "2", "5000"]);
    const [, reached] = await client.replies(2);
    expect(Number(reached!.slice(1))).toBeGreaterThanOrEqual(2);
    cluster.links.isolate(4);
    client.send(["SET", "a", "2"], ["WAIT", "4", "300"]);
    const [, short] = await client.replies(2);
    expect(Number(short!.slice(1))).toBeLessThan(4);
    cluster.links.rejoin(4);
    client.send(["SET", "a", "3"], ["WAIT", "4", "0"]);
    expect((await client.replies(2))[1]).toBe(":4");
  });

  it("refuses with NOQUORUM when cut off, tells what is doubtful as INDETERMINATE, and serves again afterwards", async () => {
    const { cluster, connect } = await start({ deadlineMs: 1000 });
    const client = await connect(0);
    expect(await client.run("SET", "a", "1")).toBe("OK");
    cluster.links.isolate(0);
    const told = await client.run("SET", "a", "2");
    expect(told).toMatch(/^-(NOQUORUM|INDETERMINATE) /);
    const later = await connect(0);
    await expect.poll(() => later.run("SET", "a", "3"), { timeout: 20_000 }).toMatch(/^-NOQUORUM .*not applied/);
    await expect.poll(() => later.run("GET", "a"), { timeout: 20_000 }).toMatch(/^-NOQUORUM /);
    expect(await later.run("READ.MODE", "STALE")).toBe("OK");
    expect(await later.run("GET", "a")).toBe('"1"');
    const other = await connect(1);
    expect(await other.run("SET", "b", "1")).toBe("OK");
    cluster.links.rejoin(0);
    const healed = await connect(0);
    await expect.poll(() => healed.run("SET", "c", "1"), { timeout: 20_000 }).toBe("OK");
    expect(await healed.run("GET", "b")).toBe('"1"');
  });

  it("lets an ordinary client live through the stop and return of its replica", async () => {
    const { cluster, url } = await start({ durability: "fsync" });
    const redis = new Redis({ ...url(0), retryStrategy: () => 30, maxRetriesPerRequest: null });
    redis.on("error", () => {});
    whenDone(() => redis.disconnect());
    expect(await redis.incr("n")).toBe(1);
    await cluster.stop(0);
    const next = redis.incr("n");
    await cluster.start(0);
    expect(await next).toBe(2);
  });

  it("speaks the same where a member may lie, and says who is trusted", async () => {
    const { connect } = await start({ replicas: 4, byzantine: 1 });
    const [one, two] = [await connect(0), await connect(3)];
    expect(await one.run("SET", "a", "1")).toBe("OK");
    expect(await two.run("INCR", "a")).toBe(":2");
    expect(await one.run("INFO", "quorate")).toContain("trusts the one replica that it is connected to");
  });

  it("lets a key expire on every replica, also when nobody asks", async () => {
    const { connect } = await start();
    const [one, two] = [await connect(0), await connect(2)];
    expect(await one.run("SET", "a", "1", "PX", "150")).toBe("OK");
    expect(await two.run("GET", "a")).toBe('"1"');
    await expect.poll(() => two.run("EXISTS", "a"), { timeout: 10_000 }).toBe(":0");
    expect(await one.run("GET", "a")).toBe("nil");
  });
});
