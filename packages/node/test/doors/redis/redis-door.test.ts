import { createConnection } from "node:net";
import { connect as connectTls } from "node:tls";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Access } from "../../../src/access/access.ts";
import { createAccess } from "../../../src/access/replicated-access.ts";
import { makeCertificate, makeKeyPair } from "../../../src/crypto/index.ts";
import type { RefusalReason } from "../../../src/doors/connection-errors.ts";
import type { SoloReplica } from "../../solo-replica.ts";
import { OPEN, openDesk, until, whenDone } from "./desk.ts";
import { DoorClient, encode } from "./door-client.ts";

describe("Redis door", () => {
  it("answers pipelines in order, arrays and typed lines mixed", async () => {
    const { connect } = await openDesk();
    const client = await connect();
    client.write(`${encode(["SET", "a", "1"])}PING\r\n${encode(["GET", "a"])}INCR a\n${encode(["ECHO", "x\r\ny"])}`);
    expect(await client.replies(5)).toEqual(["OK", "PONG", '"1"', ":2", '"x\\r\\ny"']);
  });

  it("carries any bytes, in values and keys", async () => {
    const { connect } = await openDesk();
    const client = await connect();
    const all = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
    expect(await client.run("SET", all, all)).toBe("OK");
    client.send(["GET", all]);
    expect(await client.wire()).toEqual({ type: "$", value: all });
  });

  it("speaks RESP3 from the answer to HELLO 3 on, and RESP2 again after RESET", async () => {
    const { connect } = await openDesk();
    const client = await connect();
    client.send(
      ["HSET", "h", "f", "v"],
      ["HGETALL", "h"],
      ["HELLO", "3"],
      ["HGETALL", "h"],
      ["GET", "none"],
      ["RESET"],
      ["HGETALL", "h"],
    );
    const replies = await client.replies(7);
    expect([replies[0], replies[1]]).toEqual([":1", '["f" "v"]']);
    expect(replies[2]).toMatch(
      /^\{"server" "redis" "version" "7\.0\.\d+" "proto" :3 "id" :\d+ "mode" "standalone" "role" "master" "modules" \[\]\}$/,
    );
    expect(replies.slice(3)).toEqual(['{"f" "v"}', "nil", "RESET", '["f" "v"]']);
  });

  it("runs transactions with its own commands amid them", async () => {
    const { connect } = await openDesk();
    const client = await connect();
    client.send(
      ["MULTI"],
      ["SET", "a", "1"],
      ["PING"],
      ["GET", "a"],
      ["EXEC"],
      ["MULTI"],
      ["WAIT", "0", "1"],
      ["EXEC"],
    );
    const replies = await client.replies(8);
    expect(replies[4]).toBe('[OK PONG "1"]');
    expect(replies.slice(5)).toEqual([
      "OK",
      "-ERR Command not allowed inside a transaction",
      "-EXECABORT Transaction discarded because of previous errors.",
    ]);
  });

  const beforeItServes = (replica: SoloReplica): Access => {
    replica.refuse("no-quorum");
    return OPEN;
  };

  it("holds no more of a transaction than a block carries, and discards at EXEC what did not fit", async () => {
    const { connect, replica } = await openDesk();
    const [client, other] = [await connect(), await connect()];
    const held = async (): Promise<number> =>
      Number(/mem_clients_normal:(\d+)/.exec(await other.run("INFO", "memory"))![1]);
    const { payloadBytesMax } = replica.genesis.limits;
    const big = "x".repeat(payloadBytesMax / 4);
    for (const queue of [
      ["SET", "a", big],
      ["ECHO", big],
    ]) {
      client.send(["MULTI"], ...Array.from({ length: 100 }, () => queue));
      const replies = await client.replies(101);
      expect(replies.slice(0, 4)).toEqual(["OK", "QUEUED", "QUEUED", "QUEUED"]);
      expect(new Set(replies.slice(4))).toEqual(
        new Set([
          `-ERR the transaction is larger than the ${payloadBytesMax} bytes that a block carries; EXEC will discard it; split it`,
        ]),
      );
      // What was queued is held, and counts; what did not fit is not.
      expect(await held()).toBeGreaterThan(3 * big.length);
      expect(await held()).toBeLessThan(4 * big.length);
      expect(await other.run("CLIENT", "LIST")).toMatch(/ multi-mem=[1-9]\d{5} /);
      expect(await client.run("EXEC")).toBe("-EXECABORT Transaction discarded because of previous errors.");
      expect(await held()).toBeLessThan(10_000);
    }
    expect(await client.run("EXISTS", "a")).toBe(":0");
    client.send(["MULTI"], ...Array.from({ length: 4096 }, () => ["INCR", "many"]), ["EXEC"]);
    expect((await client.replies(4098)).at(-1)).toMatch(/ :4096\]$/);
    client.send(["MULTI"], ...Array.from({ length: 2000 }, () => ["PING"]), ["EXEC"]);
    expect((await client.replies(2002)).at(-1)).toMatch(/^-EXECABORT/);
  });

  it("watches no more than EXEC could send, each key once", async () => {
    const { connect } = await openDesk();
    const [client, other] = [await connect(), await connect()];
    const held = async (): Promise<number> =>
      Number(/mem_clients_normal:(\d+)/.exec(await other.run("INFO", "memory"))![1]);
    const keys = (name: number): string[] => Array.from({ length: 50 }, (_, at) => `${name}:${at}:`.padEnd(1000, "k"));
    const watch = (name: number): string[] => ["WATCH", ...keys(name), ...keys(name)];
    client.send(...[1, 2, 3, 1, 2, 3, 4, 5, 6].map(watch), ["SET", keys(6)[0]!, "1"]);
    const replies = await client.replies(10);
    expect(replies.slice(0, 8)).toEqual(Array(8).fill("OK"));
    expect(replies[8]).toMatch(/^-ERR the watched keys are larger than the 262144 bytes/);
    const afterWatch = await held();
    expect(afterWatch).toBeGreaterThan(250_000);
    expect(afterWatch).toBeLessThan(300_000);
    client.send(["MULTI"], ["SET", "a", "1"], ["EXEC"]);
    expect(await client.replies(3)).toEqual(["OK", "QUEUED", "[OK]"]);
    expect(await held()).toBeLessThan(10_000);
    for (const end of [[["UNWATCH"]], [["MULTI"], ["DISCARD"]], [["RESET"]]]) {
      client.send(watch(1), ...end);
      await client.replies(1 + end.length);
      expect(await held()).toBeLessThan(10_000);
    }
  });

  it("lets clients wait for a replica that was just started, and answers in their order once it serves", async () => {
    const { connect, door, replica } = await openDesk({ makeAccess: beforeItServes, limits: { openingMs: 60_000 } });
    const client = await connect();
    client.send(["SET", "a", "1"], ["PING"], ["GET", "a"]);
    await until(() => door.connections === 1);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(replica.submissions).toEqual([]);
    replica.refuse(undefined);
    expect(await client.replies(3)).toEqual(["OK", "PONG", '"1"']);
    // That is over now: whoever loses its quorum later says so.
    replica.refuse("no-quorum");
    expect(await client.run("SET", "a", "2")).toMatch(/^-NOQUORUM /);
    expect(await (await connect()).run("SET", "a", "2")).toMatch(/^-NOQUORUM /);
  });

  it("lets nobody wait longer than a while for a replica that does not come to serve, nor one that stops", async () => {
    const impatient = await openDesk({ makeAccess: beforeItServes, limits: { openingMs: 50 } });
    const client = await impatient.connect();
    client.send(["SET", "a", "1"], ["PING"]);
    expect(await client.replies(2)).toEqual([expect.stringMatching(/^-NOQUORUM /), "PONG"]);
    const stopping = await openDesk({ makeAccess: beforeItServes, limits: { openingMs: 60_000 } });
    const other = await stopping.connect();
    other.send(["SET", "a", "1"]);
    await until(() => stopping.door.connections === 1);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    const closed = stopping.door.close();
    expect(await other.reply()).toMatch(/^-NOQUORUM /);
    await closed;
  });

  it("says what was wrong with the bytes, behind earlier answers, and hangs up", async () => {
    const { connect, refusals } = await openDesk();
    const client = await connect();
    client.write(`${encode(["SET", "a", "1"])}*1\r\n!2\r\n${encode(["SET", "a", "2"])}`);
    expect(await client.replies(2)).toEqual(["OK", "-ERR Protocol error: expected '$', got '!'"]);
    expect(await client.end()).toBe("");
    expect(await (await connect()).run("GET", "a")).toBe('"1"');
    expect(refusals).toEqual(["protocol"]);
  });

  it("hangs up on browsers without a word", async () => {
    const { connect, refusals } = await openDesk();
    for (const line of ["POST / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nSET a 1\r\n"]) {
      const client = await connect();
      client.write(line);
      await client.end();
    }
    expect(refusals).toEqual(["http", "http"]);
    expect(await (await connect()).run("EXISTS", "a")).toBe(":0");
  });

  it("refuses clients above its limit as Redis does, and takes others when one left", async () => {
    const { connect, port, door } = await openDesk({ limits: { clientsMax: 2 } });
    const [first] = [await connect(), await connect()];
    await first!.run("PING");
    const third = await DoorClient.connect(port);
    whenDone(() => third.close());
    expect(await third.end()).toBe("-ERR max number of clients reached\r\n");
    first!.close();
    await until(() => door.connections === 1);
    expect(await (await connect()).run("PING")).toBe("PONG");
  });

  it("stops reading from a client with enough unanswered, and loses none of what it sent", async () => {
    const { replica, connect } = await openDesk({ limits: { pendingMax: 16 } });
    replica.hold();
    const client = await connect();
    const commands = Array.from({ length: 500 }, (_, at) => ["RPUSH", "list", String(at)]);
    client.send(...commands);
    await until(() => replica.submissions.length >= 16);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(replica.submissions.length).toBe(16);
    replica.release();
    expect(await client.replies(500)).toEqual(commands.map((_, at) => `:${at + 1}`));
  });

  it("stops running the commands of a client that reads no answers, and goes on when it reads", async () => {
    const { replica, connect, door } = await openDesk({ limits: { unsentBytesSoft: 100_000, pendingMax: 8 } });
    const client = await connect();
    await client.run("SET", "big", "x".repeat(100_000));
    client.socket.pause();
    client.send(...Array.from({ length: 400 }, () => ["GET", "big"]));
    const seen = async (): Promise<number> => {
      const before = replica.reads.length;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return replica.reads.length - before;
    };
    await until(() => replica.reads.length > 0);
    while ((await seen()) > 0);
    expect(replica.reads.length).toBeLessThan(400);
    expect(door.connections).toBe(1);
    client.socket.resume();
    const replies = await client.replies(400);
    expect(replies.every((reply) => reply.length === 100_002)).toBe(true);
  });

  it("hangs up on a client whose unread answers grow beyond the limit", async () => {
    const { connect, refusals, door } = await openDesk({
      limits: { unsentBytesSoft: 1e9, unsentBytesMax: 3_000_000 },
    });
    const client = await connect();
    await client.run("SET", "big", "x".repeat(200_000));
    client.socket.pause();
    client.send(...Array.from({ length: 100 }, () => ["GET", "big"]));
    await until(() => door.connections === 0);
    expect(refusals).toEqual(["unread-answers"]);
  });

  it("gives up on whoever begins a request and never ends it, and on whoever says nothing if asked to", async () => {
    const stalled = await openDesk({ limits: { stallMs: 500 } });
    const slow = await stalled.connect();
    slow.write("*2\r\n$3\r\nGET\r\n");
    await slow.end();
    expect(stalled.refusals).toEqual(["unfinished-request"]);
    const idle = await openDesk({ limits: { idleMs: 500 } });
    await (await idle.connect()).end();
    expect(idle.refusals).toEqual(["idle"]);
  });

  it("parts with the largest when all together hold too much", async () => {
    const { connect, refusals, door } = await openDesk({ limits: { heldBytesMax: 1_000_000 } });
    const [small, large] = [await connect(), await connect()];
    small.write(`*2\r\n$400000\r\n${"x".repeat(200_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
    large.write(`*2\r\n$2000000\r\n${"x".repeat(1_500_000)}`);
    await until(() => door.connections === 1);
    expect(refusals).toEqual(["memory"]);
    small.write(`${"x".repeat(200_000)}\r\n$1\r\na\r\n`);
    expect(await small.reply()).toMatch(/^-ERR unknown command/);
  });

  it("answers what was asked before the client closed its half", async () => {
    const { port, replica } = await openDesk();
    replica.delay(20);
    const socket = createConnection({ port, host: "127.0.0.1", allowHalfOpen: true });
    whenDone(() => socket.destroy());
    socket.end(`${encode(["SET", "a", "1"])}${encode(["GET", "a"])}`);
    let text = "";
    for await (const chunk of socket) text += String(chunk);
    expect(text).toBe("+OK\r\n$1\r\n1\r\n");
  });

  it("hangs up after QUIT, and runs nothing that came behind it", async () => {
    const { connect } = await openDesk();
    const client = await connect();
    client.send(["SET", "a", "1"], ["QUIT"], ["SET", "a", "2"]);
    expect(await client.replies(2)).toEqual(["OK", "OK"]);
    expect(await client.end()).toBe("");
    expect(await (await connect()).run("GET", "a")).toBe('"1"');
  });

  it("does not answer where it was asked not to", async () => {
    const { connect } = await openDesk();
    const client = await connect();
    client.send(["CLIENT", "REPLY", "SKIP"], ["SET", "a", "1"], ["GET", "a"]);
    client.send(
      ["CLIENT", "REPLY", "OFF"],
      ["INCR", "a"],
      ["PING"],
      ["NONSENSE"],
      ["CLIENT", "REPLY", "ON"],
      ["GET", "a"],
    );
    expect(await client.replies(3)).toEqual(['"1"', "OK", '"2"']);
    client.send(["CLIENT", "REPLY", "OFF"], ["PING"], ["RESET"], ["PING"]);
    expect(await client.replies(2)).toEqual(["RESET", "PONG"]);
  });

  it("lists, names and ends clients", async () => {
    const { connect } = await openDesk();
    const [one, two] = [await connect(), await connect()];
    expect(await one.run("CLIENT", "SETNAME", "with blank")).toMatch(/^-ERR Client names cannot contain/);
    expect(await one.run("CLIENT", "SETNAME", "ann")).toBe("OK");
    expect(await one.run("CLIENT", "SETINFO", "LIB-NAME", "test")).toBe("OK");
    const id = await one.run("CLIENT", "ID");
    expect(await two.run("CLIENT", "LIST")).toMatch(new RegExp(`id=${id.slice(1)} .*name=ann .*lib-name=test`));
    expect(await two.run("CLIENT", "KILL", "ID", id.slice(1))).toBe(":1");
    expect(await one.end()).toBe("");
    expect(await two.run("CLIENT", "KILL", "ID", "999")).toBe(":0");
    expect(await two.run("CLIENT", "KILL", "SKIPME", "no")).toBe(":1");
    await two.end();
  });

  it("signs users in by AUTH and HELLO, one after the other in a pipeline, and holds them to what they may", async () => {
    const { connect } = await openDesk({ makeAccess: createAccess });
    const admin = await connect();
    expect(await admin.run("AUTH", "x")).toMatch(/^-ERR AUTH <password> called without any password/);
    expect(await admin.run("USER.SET", "root", "PASSWORD", "r00t-secret", "ALLOW", "all", "ALLOW", "admin")).toBe("OK");
    expect(await admin.run("GET", "a")).toBe("-NOAUTH Authentication required.");
    const root = await connect();
    root.send(["PING"], ["AUTH", "root", "wrong"], ["AUTH", "root", "r00t-secret"], ["SET", "a", "1"]);
    root.send(["USER.SET", "ann", "PASSWORD", "ann-secret", "ALLOW", "read"], ["ACL", "WHOAMI"]);
    expect(await root.replies(6)).toEqual([
      "-NOAUTH Authentication required.",
      "-WRONGPASS invalid username-password pair or user is disabled.",
      "OK",
      "OK",
      "OK",
      '"root"',
    ]);
    const ann = await connect();
    ann.send(
      ["HELLO", "3", "AUTH", "ann", "ann-secret", "SETNAME", "n"],
      ["GET", "a"],
      ["SET", "a", "2"],
      ["CLIENT", "LIST"],
      ["CLIENT", "GETNAME"],
    );
    const [hello, got, set, list, name] = await ann.replies(5);
    expect(hello).toMatch(/"proto" :3/);
    expect(got).toBe('"1"');
    expect(set).toMatch(/^-NOPERM /);
    expect(list).toMatch(/^-NOPERM /);
    expect(name).toBe('"n"');
    const stranger = await connect();
    stranger.write("*11\r\n");
    expect(await stranger.reply()).toBe("-ERR Protocol error: unauthenticated multibulk length");
  });

  it("tells nothing of the state to those who may not read it, and the rest to everybody", async () => {
    const { connect } = await openDesk({ makeAccess: createAccess });
    const admin = await connect();
    await admin.run("SET", "secret", "x".repeat(1000));
    await admin.run("USER.SET", "root", "PASSWORD", "r00t-secret", "ALLOW", "all", "ALLOW", "admin");
    const root = await connect();
    await root.run("AUTH", "root", "r00t-secret");
    await root.run("USER.SET", "mute", "PASSWORD", "mute-secret");
    await root.run("USER.SET", "ann", "PASSWORD", "ann-secret", "ALLOW", "read");
    const [mute, ann] = [await connect(), await connect()];
    expect(await mute.run("AUTH", "mute", "mute-secret")).toBe("OK");
    expect(await ann.run("AUTH", "ann", "ann-secret")).toBe("OK");
    const noPermission = "-NOPERM this user has no permissions to run the 'memory' command";
    expect(await mute.run("MEMORY", "USAGE", "secret")).toBe(noPermission);
    mute.send(["MULTI"], ["memory", "usage", "secret"], ["EXEC"]);
    expect((await mute.replies(3))[2]).toBe(`[${noPermission}]`);
    expect(await mute.run("MEMORY", "DOCTOR")).toMatch(/metrics/);
    expect(await mute.run("INFO")).toMatch(/redis_version:.*# Keyspace\\r\\n\\r\\n# Quorate/);
    expect(await ann.run("MEMORY", "USAGE", "secret")).toMatch(/^:1[01]\d\d$/);
    expect(await ann.run("INFO", "keyspace")).toContain("db0:keys=1");
  });

  it("turns outcomes into errors that say what to do", async () => {
    const { replica, connect } = await openDesk();
    const client = await connect();
    const cases: [RefusalReason, RegExp][] = [
      ["no-quorum", /^-NOQUORUM .*not applied/],
      ["overloaded", /^-OVERLOADED .*not applied/],
      ["recovering", /^-NOQUORUM .*lost or missed/],
      ["too-large", /^-ERR .*262144 bytes/],
    ];
    for (const [reason, pattern] of cases) {
      replica.refuse(reason);
      expect(await client.run("SET", "a", "1")).toMatch(pattern);
    }
    replica.refuse(undefined);
    replica.blur("lost from sight");
    client.send(["SET", "a", "1"], ["SET", "a", "2"]);
    expect(await client.reply()).toMatch(/^-INDETERMINATE lost from sight/);
    expect(await client.end()).toBe("");
  });

  it("refuses a value that no block can carry, and keeps the connection", async () => {
    const { connect } = await openDesk();
    const client = await connect();
    expect(await client.run("SET", "a", "x".repeat(1_000_000))).toMatch(/^-ERR the command is larger/);
    expect(await client.run("PING")).toBe("PONG");
  });

  it("answers WAIT truthfully, holding what is behind it", async () => {
    const { replica, connect } = await openDesk({ solo: { members: 5 } });
    const client = await connect();
    replica.spread(2);
    client.send(
      ["SET", "a", "1"],
      ["WAIT", "2", "0"],
      ["WAIT", "4", "20"],
      ["PING"],
      ["WAIT", "x", "0"],
      ["WAIT", "1", "-1"],
    );
    expect(await client.replies(6)).toEqual([
      "OK",
      ":2",
      ":2",
      "PONG",
      "-ERR value is not an integer or out of range",
      "-ERR timeout is negative",
    ]);
  });

  it("reads stale when asked, and tells how stale", async () => {
    const { replica, connect } = await openDesk();
    const client = await connect();
    expect(await client.run("SET", "a", "1")).toBe("OK");
    expect(await client.run("READ.MODE", "STALE")).toBe("OK");
    replica.refuse("no-quorum");
    replica.advance(5000);
    expect(await client.run("GET", "a")).toBe('"1"');
    expect(await client.run("READ.MODE")).toMatch(
      /^\["mode" "stale" "last-index" :1 "applied-index" :1 "age-ms" :(5\d{3}|6\d{3})\]$/,
    );
    await client.run("READ.MODE", "linearizable");
    expect(await client.run("GET", "a")).toMatch(/^-NOQUORUM/);
  });

  it("tells who trusts whom where members may lie", async () => {
    const lying = await openDesk({ solo: { members: 4, fault: { crash: 0, byzantine: 1 } } });
    expect(await (await lying.connect()).run("INFO", "quorate")).toMatch(
      /faults_byzantine:1.*trust:a client of this protocol trusts the one replica/s,
    );
    const honest = await openDesk();
    const told = await (await honest.connect()).run("INFO");
    for (const line of [
      "loading:0",
      "role:master",
      "redis_mode:standalone",
      "maxmemory_policy:noeviction",
      "connected_slaves:0",
    ])
      expect(told).toContain(line);
    expect(told).toMatch(/redis_version:7\.0\.\d+/);
    expect(told).toContain("trust:no member is expected to lie");
  });

  it("says of what it does not have that it is not here, as an unknown command", async () => {
    const { connect } = await openDesk();
    const client = await connect();
    for (const name of ["SUBSCRIBE", "EVAL", "BLPOP", "XADD", "SETBIT"])
      expect(await client.run(name, "x", "0")).toMatch(/^-ERR unknown command '[a-z]+': .* not here yet$/);
    expect(await client.run("NONSENSE", "a")).toBe("-ERR unknown command 'NONSENSE', with args beginning with: 'a' ");
  });

  it("matches names as keys are matched, with a bounded number of steps", async () => {
    const { connect } = await openDesk();
    const client = await connect();
    expect(await client.run("CONFIG", "GET", "[ab]ppend[^f]*", "MAXMEMOR?")).toBe(
      '["appendonly" "no" "maxmemory" "0"]',
    );
    expect(await client.run("COMMAND", "LIST", "FILTERBY", "PATTERN", "[gh]et")).toBe('["get"]');
    // Held against each name by going back to every star, this would not end today.
    const endless = `${"*?".repeat(14)}#`;
    expect(await client.run("CONFIG", "GET", ...Array<string>(32).fill(endless))).toBe("[]");
    expect(await client.run("CONFIG", "GET", ...Array<string>(33).fill(endless))).toMatch(
      /^-ERR .*at most 32 patterns/,
    );
  });

  it("estimates the memory of a key of each type", async () => {
    const { connect } = await openDesk();
    const client = await connect();
    client.send(
      ["SET", "s", "x".repeat(1000)],
      ["RPUSH", "l", "a", "b"],
      ["HSET", "h", "f", "v"],
      ["SADD", "t", "m"],
      ["ZADD", "z", "1", "m"],
    );
    await client.replies(5);
    for (const key of ["s", "l", "h", "t", "z"]) {
      const bytes = Number((await client.run("MEMORY", "USAGE", key)).slice(1));
      expect(bytes).toBeGreaterThan(key === "s" ? 1000 : 60);
      expect(bytes).toBeLessThan(2000);
    }
    expect(await client.run("MEMORY", "USAGE", "none")).toBe("nil");
  });

  it("lets what is under way finish when it closes, and takes nobody in", async () => {
    const { replica, door, connect, port } = await openDesk();
    const client = await connect();
    replica.delay(50);
    client.send(["SET", "a", "1"]);
    await until(() => replica.submissions.length === 1);
    const closed = door.close();
    expect(await client.reply()).toBe("OK");
    await client.end();
    await closed;
    await door.close();
    await expect(DoorClient.connect(port)).rejects.toThrow(/ECONNREFUSED/);
  });

  it("does not let a silent client hold up its closing", async () => {
    const { replica, door, connect } = await openDesk({ limits: { drainMs: 50 } });
    replica.hold();
    const client = await connect();
    client.send(["SET", "a", "1"]);
    await until(() => replica.submissions.length === 1);
    await door.close();
    expect(door.connections).toBe(0);
  });

  it("lets nobody wait for the flood of another", async () => {
    const { connect } = await openDesk();
    const [loud, quiet] = [await connect(), await connect()];
    const flood = 300_000;
    let answered = 0;
    loud.socket.on("data", (text: string) => {
      answered += text.length / "+PONG\r\n".length;
    });
    loud.write("PING\n".repeat(flood));
    await until(() => answered > 0);
    expect(await quiet.run("SET", "a", "1")).toBe("OK");
    expect(answered).toBeLessThan(flood);
    await until(() => answered === flood);
  });

  it("serves on through any bytes that strangers send", async () => {
    const { connect, door } = await openDesk();
    const good = await connect();
    const alphabet = "*$:+-0123456789\r\n\0 \"'\\abcSETGETMULTIEXEC\xff\x80";
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(alphabet.length - 1), { maxLength: 300 }), async (places) => {
        const stranger = await connect();
        stranger.write(places.map((place) => alphabet[place]).join(""));
        stranger.socket.end();
        await stranger.end();
        expect(await good.run("PING")).toBe("PONG");
      }),
      { numRuns: 150 },
    );
    await until(() => door.connections === 1);
  });

  it("says that it cannot listen where somebody else does", async () => {
    const { port } = await openDesk();
    await expect(openDesk({ listen: { host: "127.0.0.1", port } })).rejects.toMatchObject({
      code: "listen-failed",
      message: expect.stringContaining(`the redis door cannot listen on 127.0.0.1:${port} (EADDRINUSE); free `),
    });
  });

  it("speaks TLS where it was given a certificate, and then nothing else", async () => {
    const { privateKey } = makeKeyPair();
    const tls = { key: privateKey.export({ format: "pem", type: "pkcs8" }), cert: makeCertificate(privateKey) };
    const { port, connect, refusals, door } = await openDesk({ tls });
    const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, minVersion: "TLSv1.3" });
    whenDone(() => socket.destroy());
    socket.write(encode(["SET", "a", "1"]) + encode(["GET", "a"]));
    let text = "";
    for await (const chunk of socket) {
      text += String(chunk);
      if (text.endsWith("1\r\n")) break;
    }
    expect(text).toBe("+OK\r\n$1\r\n1\r\n");
    const plain = await connect();
    plain.send(["GET", "a"]);
    await plain.end();
    expect(refusals).toEqual(["handshake"]);
    await until(() => door.connections === 0);
  });
});
