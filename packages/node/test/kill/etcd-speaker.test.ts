// The peer's figures of `npm run bench -- failover` are only as good as what is spoken with it: against a server whose
// every word is known, and against etcd itself where that is installed.
import { once } from "node:events";
import { createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { etcdVersion, startEtcd } from "../../../../bench/cluster/etcd.ts";
import { etcd } from "../../../../bench/cluster/load/etcd-speaker.ts";
import type { Target } from "../../../../bench/cluster/load/orders.ts";
import { bytesField, bytesOf, numberOf } from "../../../../bench/cluster/load/protobuf.ts";
import { onLoopback } from "../../../../bench/cluster/place.ts";

let server: Http2Server | undefined;

afterEach(() => {
  server?.close();
  server = undefined;
});

/** What came with each call, in the order of arrival, and what a line to it was told. */
interface Heard {
  readonly calls: { readonly stream: ServerHttp2Stream; readonly path: unknown; readonly message: string }[];
  readonly sockets: Socket[];
  readonly told: (string | readonly [number, string | undefined])[];
}

/** A server that answers nothing by itself, and a line to it on which these writes are sent. */
async function talk(writes: readonly number[]): Promise<Heard> {
  const heard: Heard = { calls: [], sockets: [], told: [] };
  server = createServer();
  server.on("connection", (socket: Socket) => heard.sockets.push(socket));
  server.on("stream", async (stream, headers) => {
    const parts: Buffer[] = [];
    stream.on("error", () => {});
    for await (const part of stream) parts.push(part as Buffer);
    heard.calls.push({ stream, path: headers[":path"], message: Buffer.concat(parts).toString("latin1") });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const line = etcd.line(targetAt(port), {
    opened: () => heard.told.push("opened"),
    answered: (number, refusal) => heard.told.push([number, refusal]),
    ended: (why) => heard.told.push(why),
  });
  await until(() => heard.told.includes("opened"));
  for (const number of writes) line.write(number, `key${number}`, "value");
  await until(() => heard.calls.length === writes.length);
  return heard;
}

function targetAt(port: number): Target {
  const address = { host: "127.0.0.1", port };
  return { redis: address, http: address };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
}

function acknowledge(stream: ServerHttp2Stream): void {
  stream.respond({ ":status": 200 }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(Buffer.alloc(5));
}

describe("a line to etcd", () => {
  it("sends a write as a call of its own: its length, then key and value", async () => {
    const { calls } = await talk([1]);
    expect(calls[0]?.path).toBe("/etcdserverpb.KV/Put");
    expect(calls[0]?.message).toBe("\0\0\0\0\x0d\x0a\x04key1\x12\x05value");
  });

  it("gives each answer to its own write, in whatever order they come", async () => {
    const { calls, told } = await talk([1, 2, 3]);
    for (const place of [2, 0, 1]) {
      const before = told.length;
      acknowledge(calls[place]!.stream);
      await until(() => told.length > before);
    }
    const order = [2, 0, 1].map((place) => Number(/key(\d)/.exec(calls[place]!.message)?.[1]));
    expect(told.slice(1)).toEqual(order.map((number) => [number, undefined]));
  });

  it("hears a refusal that stands in the headers, and never takes an answer without a status for an acknowledgement", async () => {
    const { calls, told } = await talk([1, 2]);
    const why = "etcdserver: request timed out";
    calls[0]?.stream.respond({ ":status": 200, "grpc-status": "14", "grpc-message": why }, { endStream: true });
    await until(() => told.length === 2);
    calls[1]?.stream.respond({ ":status": 200 });
    calls[1]?.stream.end(Buffer.alloc(5));
    await until(() => told.length === 3);
    expect(told.slice(1)).toEqual([
      [1, why],
      [2, "status undefined"],
    ]);
  });

  it.each([
    ["closed", (socket: Socket) => socket.destroy()],
    ["ECONNRESET", (socket: Socket) => socket.resetAndDestroy()],
  ])("is told once that it is %s, not of every call that goes with it", async (why, end) => {
    const { sockets, told } = await talk([1, 2, 3]);
    for (const socket of sockets) end(socket);
    await until(() => told.length > 1);
    // Whatever else would be told comes before the server has heard the end of all.
    await new Promise((resolve) => server?.close(resolve));
    expect(told.slice(1)).toEqual([why]);
  });
});

describe("protobuf", () => {
  it("writes and reads fields of every length, and passes over what it is not asked for", () => {
    for (const length of [0, 1, 127, 128, 16_383, 16_384]) {
      const content = Buffer.alloc(length, 7);
      const message = Buffer.concat([bytesField(1, "other"), bytesField(20, content), Buffer.from([0x18, 0x96, 0x01])]);
      expect(bytesOf(message, 20)).toEqual([content]);
      expect(numberOf(message, 3)).toBe(150n);
      expect(numberOf(message, 4)).toBe(0n);
    }
  });

  it("refuses a message that ends too early", () => {
    expect(() => bytesOf(Buffer.from([0x0a, 0x05, 0x61]), 1)).toThrow("ends amid a field");
    expect(() => numberOf(Buffer.from([0x08, 0x80]), 1)).toThrow("ends amid a number");
  });
});

const isInstalled = etcdVersion() !== undefined;
if (!isInstalled) process.stderr.write("SKIPPED: etcd is not installed (Debian package etcd-server)\n");

describe.skipIf(!isInstalled)("etcd itself", () => {
  it("serves, says who leads, and gives back through any member what a line was told to be acknowledged", async () => {
    const place = await onLoopback(3);
    const members = await startEtcd(place);
    try {
      const told: (number | string)[] = [];
      const keys = Array.from({ length: 300 }, (_, number) => `key${number}`);
      const line = etcd.line(place.members[0]!, {
        opened: () => told.push("opened"),
        answered: (number, refusal) => told.push(refusal ?? number),
        ended: (why) => told.push(why),
      });
      await until(() => told.includes("opened"));
      for (const [number, key] of keys.entries()) line.write(number, key, `value${number}`);
      await until(() => told.length > keys.length);
      expect(new Set(told)).toEqual(new Set(["opened", ...keys.keys()]));
      for (const member of place.members) {
        const reader = etcd.reader(member);
        expect(await reader.read([...keys, "absent"])).toEqual([...keys.map((_, number) => `value${number}`), null]);
        reader.close();
      }
      line.close();
      const leader = (await etcd.leader?.(place.members)) ?? -1;
      expect([0, 1, 2]).toContain(leader);
      await members.kill(leader);
      // Who led is known until the others have noticed; whoever is named then is one of them.
      const next = async (): Promise<number> => (await etcd.leader?.(place.members)) ?? -1;
      const [one, other] = [0, 1, 2].filter((index) => index !== leader);
      expect([one, other]).toContain(await next());
    } finally {
      await members.close();
    }
  });
});
