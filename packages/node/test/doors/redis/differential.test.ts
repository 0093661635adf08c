// The door beside a real Redis: connection commands, protocol errors and shapes of what tools read, asked of both.
import { describe, expect, it } from "vitest";
import { RedisServer, redisVersion } from "../../../../machine/test/redis/redis-server.ts";
import { openDesk, whenDone } from "./desk.ts";
import { DoorClient, encode } from "./door-client.ts";
import type { Wire } from "./resp-decoder.ts";

const version = redisVersion();
if (version === undefined) console.warn("redis-server is not installed: the door is not compared with it");

/** Types and keys all the way down; values where they are words, not numbers. */
function shape(wire: Wire): unknown {
  if (wire.value === null || typeof wire.value === "string") return wire.type;
  if (wire.type === "%") return wire.value.map((item, at) => (at % 2 === 0 ? item.value : shape(item)));
  return [wire.type, ...wire.value.map(shape)];
}

async function both() {
  const server = await RedisServer.start();
  whenDone(() => server.stop());
  const desk = await openDesk();
  const pair = async () => {
    const clients = [await desk.connect(), await DoorClient.connect(server.port)] as const;
    whenDone(() => clients[1].close());
    return clients;
  };
  return { pair };
}

describe.skipIf(version === undefined)("Redis door beside Redis", () => {
  it("answers connection commands with the same bytes", async () => {
    const { pair } = await both();
    const clients = await pair();
    const sessions: string[][][] = [
      [
        ["PING"],
        ["PING", "a"],
        ["PING", "a", "b"],
        ["ECHO"],
        ["ECHO", "x\r\n"],
        ["SELECT", "0"],
        ["SELECT", "1"],
        ["SELECT", "x"],
      ],
      [
        ["HELLO", "4"],
        ["HELLO", "x"],
        ["HELLO", "2", "NOPE"],
        ["HELLO", "2", "SETNAME", "a b"],
        ["HELLO", "2", "AUTH", "x", "y"],
      ],
      [["AUTH", "x"], ["AUTH", "default", "x"], ["AUTH", "a", "b"], ["AUTH", "a", "b", "c"], ["AUTH"]],
      [
        ["CLIENT", "GETNAME"],
        ["CLIENT", "SETNAME", "n"],
        ["CLIENT", "GETNAME"],
        ["CLIENT", "SETNAME", "a b"],
        ["CLIENT", "GETREDIR"],
      ],
      [
        ["CLIENT"],
        ["CLIENT", "NONE"],
        ["CLIENT", "KILL", "1.2.3.4:5"],
        ["CLIENT", "KILL", "ID", "0"],
        ["CLIENT", "KILL", "TYPE", "x"],
        ["CLIENT", "KILL", "NOPE", "x"],
      ],
      [
        ["CLIENT", "NO-EVICT", "on"],
        ["CLIENT", "NO-EVICT", "x"],
        ["CLIENT", "LIST", "TYPE", "x"],
        ["CLIENT", "LIST", "TYPE", "pubsub"],
        ["CLIENT", "UNBLOCK", "999"],
      ],
      [
        ["COMMAND", "NONE"],
        ["COMMAND", "COUNT", "x"],
        ["COMMAND", "INFO", "nonesuch"],
        ["COMMAND", "GETKEYS", "SET", "a", "b"],
        ["COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2"],
      ],
      [
        ["COMMAND", "GETKEYS", "PING"],
        ["COMMAND", "GETKEYS", "NONE"],
        ["COMMAND", "GETKEYS", "GET"],
        ["COMMAND", "GETKEYS"],
        ["COMMAND", "LIST", "FILTERBY", "PATTERN", "hsetn*"],
      ],
      [
        ["CONFIG", "GET", "save"],
        ["CONFIG", "GET", "MAXMEMORY-POLIC?"],
        ["CONFIG", "GET"],
        ["CONFIG", "NONE"],
        ["CONFIG", "RESETSTAT"],
        ["CONFIG", "GET", "nonesuch"],
      ],
      [
        ["SLOWLOG", "LEN"],
        ["SLOWLOG", "GET"],
        ["SLOWLOG", "RESET"],
        ["LATENCY", "LATEST"],
        ["LATENCY", "RESET"],
        ["LATENCY", "HISTORY", "x"],
      ],
      [
        ["MEMORY", "USAGE", "none"],
        ["MEMORY", "NONE"],
        ["MEMORY", "USAGE"],
        ["CLUSTER", "INFO"],
        ["WAIT", "0", "0"],
        ["WAIT", "x", "0"],
        ["WAIT", "0", "x"],
        ["WAIT", "0", "-1"],
      ],
      [
        ["MULTI"],
        ["PING"],
        ["SET", "k", "v"],
        ["EXEC"],
        ["MULTI"],
        ["NONESUCH"],
        ["EXEC"],
        ["EXEC"],
        ["DISCARD"],
        ["MULTI"],
        ["MULTI"],
        ["RESET"],
        ["EXEC"],
      ],
      [["NONESUCH", "a", "b"], ["GET"], ["ACL", "WHOAMI"], ["READONLY", "x"]],
    ];
    for (const session of sessions) {
      for (const words of session) {
        const [ours, theirs] = [await clients[0].run(...words), await clients[1].run(...words)];
        expect.soft(ours, words.join(" ")).toBe(theirs);
      }
    }
  });

  it("answers HELLO, COMMAND and DOCS in the same shapes, in both protocols", async () => {
    const { pair } = await both();
    const [ours, theirs] = await pair();
    const ask = async (...words: string[]): Promise<[unknown, unknown]> => {
      ours.send(words);
      theirs.send(words);
      return [shape(await ours.wire()), shape(await theirs.wire())];
    };
    for (const protocol of ["2", "3"]) {
      for (const words of [
        ["HELLO", protocol],
        ["COMMAND", "COUNT"],
        ["COMMAND", "INFO", "get"],
        ["COMMAND", "INFO", "get", "nonesuch"],
        ["CLIENT", "TRACKINGINFO"],
        ["CLIENT", "INFO"],
        ["INFO", "server"],
        ["TIME"],
        ["LASTSAVE"],
        ["ROLE"],
        ["CONFIG", "GET", "maxmemory"],
      ]) {
        const [mine, redis] = await ask(...words);
        expect.soft(mine, words.join(" ")).toEqual(redis);
      }
      // Redis's own documents hold more than ours (their complexities): what we have is as theirs is.
      const [mine, redis] = [await ours.run("COMMAND", "DOCS", "get"), await theirs.run("COMMAND", "DOCS", "get")];
      const known = '"group" "string"';
      expect(mine).toContain(known);
      expect(redis).toContain(known);
      const argument =
        protocol === "3" ? '"arguments" [{"name" "key" "type" "key"' : '"arguments" [["name" "key" "type" "key"';
      expect(mine).toContain(argument);
      expect(redis).toContain(argument);
    }
  });

  it("ends on the same bytes with the same words", async () => {
    const { pair } = await both();
    const streams = [
      "*1\r\n!1\r\n",
      "*x\r\n",
      "*01\r\n$4\r\nPING\r\n",
      "*1\r\n$-1\r\n",
      "*1\r\n$x\r\n",
      "*1\r\n$999999999999\r\n",
      "*99999999999\r\n",
      "*1\r\nPING\r\n",
      'SET a "b\r\n',
      "SET a 'b'c\r\n",
      `${encode(["SET", "a", "1"])}${encode(["GET", "a"])}*2\r\n$3\r\nGET\r\n:1\r\n`,
      "POST / HTTP/1.1\r\n",
      "Host: x\r\n",
      "x".repeat(70_000),
    ];
    for (const stream of streams) {
      const clients = await pair();
      for (const client of clients) client.write(stream);
      const [ours, theirs] = [await clients[0].end(), await clients[1].end()];
      expect(ours, JSON.stringify(stream.slice(0, 40))).toBe(theirs);
    }
  });

  it("takes the same odd but legal bytes", async () => {
    const { pair } = await both();
    const streams = [
      "\r\n\r\nPING\r\n",
      "*0\r\n*-5\r\nPING\n",
      "  PING   a  \n",
      '"PING" "\\x61\\n"\n',
      "ECHO 'a\\'b'\r\n",
      "*1\r\n$4\r\nping\r\n",
    ];
    for (const stream of streams) {
      const clients = await pair();
      for (const client of clients) client.write(stream);
      expect(await clients[0].reply(), JSON.stringify(stream)).toBe(await clients[1].reply());
    }
  });
});
