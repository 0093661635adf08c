// The door over real replicas: three of them, on real disks, stopped and started while clients go on.
import type { Change } from "@quorate/core/api";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { createAccess } from "../../../src/access/replicated-access.ts";
import type { Door } from "../../../src/doors/door.ts";
import { startHttpDoor } from "../../../src/doors/http/http-door.ts";
import { createLocalCluster, type LocalCluster } from "../../../src/local-cluster.ts";
import type { RunningReplica } from "../../../src/running-replica.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { ask, type FetchInit, type Told, until } from "./open-door.ts";
import { type Stream, watch } from "./watch-stream.ts";

interface DoorCluster extends LocalCluster {
  /** Port of a running replica's door. */
  port(index: number): number;
  fetch(index: number, path: string, init?: FetchInit): Promise<Told>;
  command(index: number, ...words: readonly (string | number)[]): Promise<Told>;
}

async function openCluster(): Promise<DoorCluster> {
  const doors = new Map<string, Door>();
  const openDoors = async (replica: RunningReplica): Promise<readonly Door[]> => {
    const access = createAccess(replica);
    const metrics = createMetrics({ members: [], commands: replica.commands.keys() });
    const limits = { heartbeatMs: 50 };
    const door = await startHttpDoor({ replica, access, listen: { host: "127.0.0.1", port: 0 }, metrics, limits });
    doors.set(replica.name, door);
    return [door];
  };
  const cluster = await createLocalCluster({ replicas: 3, durability: "os", openDoors });
  onTestFinished(() => cluster.close());
  const port = (index: number): number =>
    Number(doors.get(cluster.genesis.members[index]!.name)!.address.split(":").at(-1));
  const fetch = (index: number, path: string, init?: FetchInit): Promise<Told> => ask(port(index), path, init);
  const open = Object.assign(cluster, {
    port,
    fetch,
    command: (index: number, ...words: readonly (string | number)[]) =>
      fetch(index, "/v1/commands", { method: "POST", json: { words } }),
  });
  for (const index of [0, 1, 2]) await serves(open, index);
  return open;
}

/** A replica that has just started learns its users first. */
async function serves(cluster: DoorCluster, index: number): Promise<void> {
  await until(async () => (await cluster.command(index, "GET", "a")).status === 200);
}

const raw = { "content-type": "application/octet-stream" };

describe("the door of a real cluster", () => {
  it("reads at every replica what was written at any", async () => {
    const cluster = await openCluster();
    for (let at = 0; at < 30; at++) {
      const put = await cluster.fetch(at % 3, "/v1/kv/a", { method: "PUT", headers: raw, body: String(at) });
      expect(put.status).toBe(200);
      const got = await cluster.fetch((at + 1) % 3, "/v1/kv/a");
      expect([got.text, got.headers["etag"]]).toEqual([String(at), put.headers["etag"]]);
    }
    const status = await cluster.fetch(0, "/v1/status");
    expect(status.json).toMatchObject({ ready: true, quorum: { reached: true }, cluster: { rule: "cft2" } });
    expect((await cluster.fetch(1, "/")).text).toContain("Every read and every write is served.");
    expect((await cluster.fetch(2, "/readyz?verbose")).text).not.toContain("[-]");
  });

  it("lets one of many writers at many replicas through, each time", async () => {
    const cluster = await openCluster();
    let etag = (await cluster.fetch(0, "/v1/kv/a", { method: "PUT", headers: raw, body: "0" })).headers["etag"]!;
    for (let round = 0; round < 10; round++) {
      const told = await Promise.all(
        Array.from({ length: 9 }, (_, at) =>
          cluster.fetch(at % 3, "/v1/kv/a", {
            method: "PUT",
            headers: { ...raw, "if-match": etag },
            body: `${round}.${at}`,
          }),
        ),
      );
      const winners = told.flatMap(({ status }, at) => (status === 200 ? [at] : []));
      expect(winners).toHaveLength(1);
      etag = told[winners[0]!]!.headers["etag"]!;
      expect((await cluster.fetch(round % 3, "/v1/kv/a")).text).toBe(`${round}.${winners[0]}`);
    }
  });

  it("goes on with a watch at another replica, with no revision lost and none twice", async () => {
    const cluster = await openCluster();
    let first = 1;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            kind: fc.constantFrom("write", "write", "move", "stop", "start"),
            at: fc.nat(2),
            keys: fc.integer({ min: 1, max: 50 }),
          }),
          {
            minLength: 5,
            maxLength: 15,
          },
        ),
        async (steps) => {
          const running = (): readonly number[] => [0, 1, 2].filter((index) => cluster.replicas[index] !== undefined);
          const seen: Change[] = [];
          let next = first;
          let stream: Stream | undefined;
          const move = async (wanted: number): Promise<void> => {
            stream?.cut();
            seen.push(...(stream?.changes ?? []));
            next = Number(stream?.lastId ?? next);
            // One that lags, or is not ready, says so, and the next one is asked.
            for (let turn = 0; ; turn++) {
              const up = running();
              stream = await watch({ port: cluster.port(up[(wanted + turn) % up.length]!) }, `?from=${next}`, {}, true);
              if (stream.response.statusCode === 200) return;
              stream.cut();
              stream = undefined;
            }
          };
          await move(0);
          for (const { kind, at, keys } of steps) {
            const up = running();
            if (kind === "write") {
              const words = ["MSET", ...Array.from({ length: keys }, (_, key) => [`k${key}`, "v"]).flat()];
              await cluster.command(up[at % up.length]!, ...words).catch(() => {});
            } else if (kind === "move") await move(at);
            else if (kind === "stop" && up.length === 3) await cluster.stop(at);
            else if (kind === "start" && up.length === 2)
              await cluster.start([0, 1, 2].find((index) => !up.includes(index))!);
            if (stream?.isOver) await move(at + 1);
          }
          if (running().length === 2) await cluster.start([0, 1, 2].find((index) => !running().includes(index))!);
          await cluster.ready();
          await serves(cluster, 0);
          const [, last] = (await cluster.command(0, "CHANGES.RANGE")).json.reply;
          while (seen.length + stream!.changes.length < last - first + 1) {
            if (stream!.isOver) await move(1);
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
          seen.push(...stream!.changes);
          stream!.cut();
          expect(seen.map(({ revision }) => revision)).toEqual(
            Array.from({ length: last - first + 1 }, (_, at) => first + at),
          );
          first = last + 1;
        },
      ),
      { numRuns: 6 },
    );
  });

  it("tells what has become of a number at another replica than it was sent to", async () => {
    const cluster = await openCluster();
    const { session } = (await cluster.fetch(0, "/v1/sessions", { method: "POST", json: {} })).json;
    const numbered = { words: ["INCR", "n"], session, seq: 1 };
    for (const index of [0, 1, 2])
      expect((await cluster.fetch(index, "/v1/commands", { method: "POST", json: numbered })).json.reply).toBe(1);
    expect((await cluster.fetch(2, `/v1/ops/${session}/1`)).json).toEqual({ state: "applied", reply: 1 });
    expect((await cluster.fetch(1, `/v1/ops/${session}/2/resolve`, { method: "POST" })).json.state).toBe("rejected");
    const late = await cluster.fetch(0, "/v1/commands", { method: "POST", json: { ...numbered, seq: 2 } });
    expect(late.json).toMatchObject({ outcome: "rejected", code: "REJECTED" });
  });

  it("refuses with certainty below a quorum, still tells how it is, and comes back by itself", async () => {
    const cluster = await openCluster();
    await cluster.command(0, "SET", "a", "1");
    await cluster.stop(1);
    await cluster.stop(2);
    await until(async () => (await cluster.fetch(0, "/readyz")).status === 503);
    const told = await cluster.command(0, "SET", "a", "2");
    expect([told.status, told.json.outcome, told.json.code]).toEqual([503, "rejected", "NOQUORUM"]);
    expect((await cluster.fetch(0, "/livez")).status).toBe(200);
    const stale = await cluster.fetch(0, "/v1/kv/a?stale=true");
    expect([stale.text, stale.headers["quorate-stale"]]).toEqual(["1", "true"]);
    expect((await cluster.fetch(0, "/")).text).toContain("No quorum");
    expect((await cluster.fetch(0, "/v1/explain")).json.healthy).toBe(false);
    await cluster.start(1);
    await until(async () => (await cluster.fetch(0, "/readyz")).status === 200);
    expect((await cluster.command(0, "GET", "a")).json.reply).toBe("1");
  });
});
