// Commands from the code that holds a replica, over a whole cluster in this process: what comes back, what is thrown, and
// that neither lies about what happened.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  CallError,
  call,
  createLocalCluster,
  defineModule,
  type LocalCluster,
  openDoors,
  Refusal,
  tryCall,
} from "../../src/index.ts";
import { createSoloReplica } from "../solo-replica.ts";

const tally = defineModule({
  name: "tally",
  commands: {
    add(state, [name = "", by = "1"], { user }) {
      const sum = (state.get<number>(name) ?? 0) + Number(by);
      if (sum > 10) throw new Refusal(`${name} is full`, "FULL");
      state.set(name, sum);
      return { sum, by: user };
    },
    read: { readonly: true, run: (state, [name = ""]) => state.get(name) ?? 0 },
  },
});

let cluster: LocalCluster;
beforeAll(async () => {
  cluster = await createLocalCluster({ replicas: 3, durability: "memory", modules: [tally] });
});
afterAll(() => cluster.close());

async function thrown(promise: Promise<unknown>): Promise<CallError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CallError);
  return error as CallError;
}

describe("call", () => {
  it("answers plain values, through any replica", async () => {
    const [a, b, c] = [cluster.replica(0), cluster.replica(1), cluster.replica(2)];
    expect(await call(a, "SET", "greeting", "grüße")).toBe("OK");
    expect(await call(b, "GET", "greeting")).toBe("grüße");
    expect(await call(c, "GET", "nothing")).toBeNull();
    expect(await call<number>(b, "INCRBY", "n", 41n)).toBe(41);
    expect(await call(c, "INCRBY", "n", 1)).toBe(42);
    expect(await call(a, "SET", "big", "9223372036854775806")).toBe("OK");
    expect(await call(a, "INCR", "big")).toBe(9223372036854775807n);
    expect(await call(a, "RPUSH", "list", "x", 2, Uint8Array.of(0xff))).toBe(3);
    expect(await call(b, "LRANGE", "list", 0, -1)).toEqual(["x", "2", Uint8Array.of(0xff)]);
    expect(await call(a, "HSET", "hash", "field", 1.5)).toBe(1);
    expect(await call(b, "HGETALL", "hash")).toEqual(new Map([["field", "1.5"]]));
    expect(await call(a, "ZADD", "board", 2, "two")).toBe(1);
    expect(await call(b, "ZSCORE", "board", "two")).toBe(2);
  });

  it("gives bytes where they are asked for", async () => {
    const replica = cluster.replica(0);
    await call(replica, "SET", "text", "abc");
    expect(await tryCall(replica, ["GET", "text"], { bytes: true })).toMatchObject({
      kind: "committed",
      value: Uint8Array.of(97, 98, 99),
    });
  });

  it("throws what a command refuses, and nothing has changed", async () => {
    const replica = cluster.replica(1);
    await call(replica, "SET", "word", "x");
    const error = await thrown(call(replica, "LPUSH", "word", "y"));
    expect(error).toMatchObject({ code: "WRONGTYPE", outcome: "rejected" });
    expect(error.message).toMatch(/^LPUSH was refused: WRONGTYPE /);
    expect(await call(replica, "GET", "word")).toBe("x");
    expect(await thrown(call(replica, "NO-SUCH", "x"))).toMatchObject({ code: "ERR", outcome: "rejected" });
    expect(await thrown(call(replica, "GET"))).toMatchObject({ code: "ERR", outcome: "rejected" });
  });

  it("tells a transaction's refusal inside of its reply, or in its place", async () => {
    const replica = cluster.replica(2);
    expect(await thrown(call(replica, "TXN", "THEN", 2, "INCR", "word2", 3, "LPUSH", "word", "z"))).toMatchObject({
      code: "ABORTED",
    });
    expect(await call(replica, "TXN", "IF", "MISSING", "t", "THEN", 3, "SET", "t", "1")).toEqual([1, ["OK"]]);
  });

  it("refuses what only makes sense on a connection", async () => {
    for (const name of ["MULTI", "watch"] as const)
      expect(await thrown(call(cluster.replica(0), name, "k"))).toMatchObject({ code: "ERR", outcome: "rejected" });
  });

  it("runs modules, in the name of whoever it is told", async () => {
    const replica = cluster.replica(0);
    const ada = await tryCall(replica, ["tally.add", "a", 7], { user: "ada" });
    expect(ada).toMatchObject({
      kind: "committed",
      value: new Map<string, string | number>([
        ["by", "ada"],
        ["sum", 7],
      ]),
    });
    expect(await thrown(call(cluster.replica(1), "tally.add", "a", 7))).toMatchObject({ code: "FULL" });
    expect(await call(cluster.replica(2), "tally.read", "a")).toBe(7);
  });

  it("applies what has a number once, through whichever replica it comes", async () => {
    const id = await call<string>(cluster.replica(0), "SESSION.OPEN");
    const session = { id, sequence: 1, acknowledgedUpTo: 0 };
    const replies = [];
    for (const replica of cluster.replicas) replies.push(await tryCall(replica!, ["INCR", "once"], { session }));
    expect(replies.map((reply) => reply.kind === "committed" && reply.value)).toEqual([1, 1, 1]);
    const forgotten = { id: "never-opened", sequence: 1, acknowledgedUpTo: 0 };
    expect(await tryCall(cluster.replica(0), ["INCR", "once"], { session: forgotten })).toMatchObject({
      kind: "indeterminate",
    });
    expect(await call(cluster.replica(1), "GET", "once")).toBe("1");
  });

  it("keeps a password out of the log, and asks the holder of the replica for none", async () => {
    const replica = createSoloReplica();
    await call(replica, "USER.SET", "ann", "ALLOW", "all", "PASSWORD", "a swordfish of silver");
    const [submission, ...more] = replica.submissions;
    expect(more).toEqual([]);
    expect(Buffer.concat(submission!.words as Uint8Array[]).toString("latin1")).not.toContain("swordfish");
    expect(await call(replica, "USER.LIST")).toEqual(["ann"]);
    expect(await call(replica, "SET", "k", "v")).toBe("OK");
    await replica.close();
  });

  it("says that nobody can tell where nobody can tell", async () => {
    const replica = createSoloReplica();
    replica.blur("a block was lost");
    const error = await thrown(call(replica, "INCR", "n"));
    expect(error).toMatchObject({ code: "INDETERMINATE", outcome: "indeterminate" });
    expect(error.message).toMatch(/^INCR is in doubt: a block was lost; /);
    replica.blur(undefined);
    expect(await call(replica, "GET", "n")).toBe("1");
    replica.hold();
    const outcome = await tryCall(replica, ["INCR", "n"], { timeoutMs: 20 });
    expect(outcome).toMatchObject({ kind: "indeterminate", error: { code: "INDETERMINATE" } });
    await replica.close();
  });
});

describe("without a quorum", () => {
  it("a write is refused or in doubt, never answered, and stale reads go on", async () => {
    const alone = await createLocalCluster({ replicas: 3, durability: "memory" });
    try {
      await call(alone.replica(0), "SET", "kept", "yes");
      await alone.kill(1);
      await alone.kill(2);
      const outcome = await tryCall(alone.replica(0), ["SET", "kept", "no"], { timeoutMs: 300 });
      expect(["rejected", "indeterminate"]).toContain(outcome.kind);
      while ((await tryCall(alone.replica(0), ["PING"], { timeoutMs: 50 })).kind === "committed");
      const read = await tryCall(alone.replica(0), ["GET", "kept"], { timeoutMs: 300 });
      expect(read).toMatchObject({ kind: "rejected", error: { code: "NOQUORUM" } });
      expect(await tryCall(alone.replica(0), ["GET", "kept"], { stale: true })).toMatchObject({
        kind: "committed",
        value: "yes",
      });
    } finally {
      await alone.close();
    }
  });
});

describe("openDoors", () => {
  it("opens doors of a local cluster's replicas", async () => {
    const listen = { host: "127.0.0.1", port: 0 };
    const open = await createLocalCluster({
      replicas: 1,
      durability: "memory",
      openDoors: (replica) => openDoors(replica, { http: { listen }, redis: { listen } }),
    });
    try {
      const { doors } = open.replica(0).status();
      expect(doors.map(({ name }) => name).toSorted()).toEqual(["http", "redis"]);
      const { address } = doors.find(({ name }) => name === "http")!;
      const response = await fetch(`http://${address}/v1/commands`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ words: ["INCR", "n"] }),
      });
      expect(await response.json()).toMatchObject({ outcome: "committed", reply: 1 });
      expect(await call(open.replica(0), "GET", "n")).toBe("1");
    } finally {
      await open.close();
    }
  });
});
