// `/v1/ws`: a connection over JSON texts; what a hostile one sends costs only itself.
import type { SocketRequest, SocketResponse } from "@quorate/core/api";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { type OpenDoor, openDoor, readToEnd, until } from "./open-door.ts";

interface Client {
  readonly socket: WebSocket;
  readonly said: readonly SocketResponse[];
  readonly closed: { readonly code: number; readonly reason: string } | undefined;
  send(request: SocketRequest): void;
  /** Sends words and answers with what came back. */
  run(...words: (string | number)[]): Promise<SocketResponse>;
  /** What was said under that id. */
  of(id: number): SocketResponse[];
}

let lastId = 1000;

async function open({ port }: Pick<OpenDoor, "port">, headers: Record<string, string> = {}): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/ws`, { headers, perMessageDeflate: false });
  onTestFinished(() => socket.terminate());
  const said: SocketResponse[] = [];
  const client = {
    socket,
    said,
    closed: undefined as Client["closed"],
    send: (request: SocketRequest) => socket.send(JSON.stringify(request)),
    of: (id: number) => said.filter((response) => response.id === id),
    async run(...words: (string | number)[]) {
      const id = ++lastId;
      client.send({ id, kind: "command", words });
      await until(() => client.of(id).length > 0 || client.closed !== undefined);
      return client.of(id)[0]!;
    },
  };
  socket.on("message", (data) => said.push(JSON.parse(String(data))));
  socket.on("close", (code, reason) => {
    client.closed = { code, reason: String(reason) };
  });
  socket.on("error", () => {});
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return client;
}

describe("/v1/ws", () => {
  it("answers commands in their order, whatever they are", async () => {
    const door = await openDoor();
    const client = await open(door);
    const words = [["SET", "a", "1"], ["GET", "a"], ["INCR", "a"], ["NOSUCH"], ["GET", "a"]];
    for (const [at, each] of words.entries()) client.send({ id: at, kind: "command", words: each });
    client.send({ id: 5, kind: "command", words: ["GET", { base64: "!" }] });
    client.send({ id: 6, kind: "command", words: ["GET", "a"] });
    await until(() => client.said.length === 7);
    expect(client.said.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(client.said).toMatchObject([
      { kind: "answer", outcome: "committed", reply: "OK" },
      { reply: "1" },
      { reply: 2 },
      { outcome: "rejected", code: "ERR" },
      { reply: "2" },
      { outcome: "rejected", code: "BADREQUEST" },
      { reply: "2" },
    ]);
  });

  it("has transactions and watched keys, as a connection has", async () => {
    const door = await openDoor();
    const [one, other] = [await open(door), await open(door)];
    await one.run("WATCH", "a");
    expect(await one.run("MULTI")).toMatchObject({ reply: "OK" });
    expect(await one.run("INCR", "a")).toMatchObject({ reply: "QUEUED" });
    await other.run("SET", "a", "10");
    expect(await one.run("EXEC")).toMatchObject({ outcome: "committed", reply: null });
    await one.run("MULTI");
    await one.run("INCR", "a");
    expect(await one.run("EXEC")).toMatchObject({ reply: [11] });
  });

  it("carries watches beside commands, and ends them one by one", async () => {
    const door = await openDoor();
    const client = await open(door);
    client.send({ id: 1, kind: "command", words: ["SET", "a", "0"] });
    client.send({ id: 2, kind: "watch", prefix: "a" });
    client.send({ id: 3, kind: "watch", from: 1 });
    await until(() => client.of(2).length > 0 && client.of(3).length > 1);
    await client.run("SET", "a", "1");
    await client.run("SET", "b", "1");
    const changesOf = (id: number): unknown[] =>
      client
        .of(id)
        .flatMap((said) => (said.kind === "watch" && said.event.kind === "changes" ? said.event.changes : []))
        .map(({ revision }) => revision);
    // The first one began behind the command before it.
    await until(() => changesOf(2).length === 1 && changesOf(3).length === 3);
    expect(changesOf(2)).toEqual([2]);
    expect(changesOf(3)).toEqual([1, 2, 3]);
    client.send({ id: 3, kind: "watch" });
    client.send({ id: 2, kind: "unwatch" });
    await client.run("SET", "a", "2");
    await until(() => changesOf(3).length === 4);
    expect(changesOf(2)).toEqual([2]);
    expect(client.of(3).filter(({ kind }) => kind === "answer")).toMatchObject([
      { outcome: "rejected", code: "BADREQUEST" },
    ]);
    client.send({ id: 9, kind: "watch", from: 99 });
    await until(() => client.of(9).length === 1);
    expect(client.of(9)).toMatchObject([{ kind: "watch", event: { kind: "end", code: "gap" } }]);
  });

  it("signs in by its first message, where a browser cannot by a header", async () => {
    const door = await openDoor();
    const idle = await open(door);
    const secret = "s".repeat(32);
    await idle.run("USER.SET", "root", "TOKEN", secret, "PASSWORD", "open sesame", "ALLOW", "all");
    const client = await open(door);
    expect(await client.run("GET", "a")).toMatchObject({ outcome: "rejected", code: "NOAUTH" });
    client.send({ id: 1, kind: "auth", secret: "wrong" });
    client.send({ id: 2, kind: "command", words: ["GET", "a"] });
    client.send({ id: 3, kind: "auth", user: "root", secret: "open sesame" });
    client.send({ id: 4, kind: "command", words: ["GET", "a"] });
    await until(() => client.of(4).length === 1);
    expect(client.said.slice(1)).toMatchObject([
      { id: 1, outcome: "rejected", code: "WRONGPASS" },
      { id: 2, outcome: "rejected", code: "NOAUTH" },
      { id: 3, outcome: "committed", reply: "OK" },
      { id: 4, outcome: "committed", reply: null },
    ]);
    const byHeader = await open(door, { authorization: `Bearer ${secret}` });
    expect(await byHeader.run("GET", "a")).toMatchObject({ outcome: "committed" });
    await expect(open(door, { authorization: "Bearer wrong" })).rejects.toThrow("401");
    expect(door.lines.join("\n")).not.toMatch(/open sesame|s{32}/);
  });

  it("keeps no place for somebody who never signs in", async () => {
    const door = await openDoor({ limits: { headTimeoutMs: 100 } });
    const secret = "s".repeat(32);
    const early = await open(door);
    await early.run("USER.SET", "root", "TOKEN", secret, "ALLOW", "all");
    const [stranger, root] = [await open(door), await open(door, { authorization: `Bearer ${secret}` })];
    await until(() => stranger.closed !== undefined);
    expect(stranger.closed?.code).toBe(1008);
    expect(await root.run("GET", "a")).toMatchObject({ outcome: "committed" });
  });

  it("is not for other sites' pages, nor for other names", async () => {
    const door = await openDoor({ origins: ["https://app.example.com"] });
    await expect(open(door, { origin: "https://evil.example.com" })).rejects.toThrow("403");
    await expect(open(door, { host: "evil.example.com" })).rejects.toThrow("421");
    for (const origin of ["https://app.example.com", `http://127.0.0.1:${door.port}`])
      expect(await (await open(door, { origin })).run("PING")).toBeDefined();
  });

  it.each([
    ["no JSON", "{", 1007],
    ["no id", '{"kind":"command","words":["PING"]}', 1007],
    ["bytes", Buffer.from("{}"), 1003],
    ["too much", `{"id":1,"kind":"command","words":["${"x".repeat(5000)}"]}`, 1009],
  ])("closes on what it cannot answer: %s", async (_, message, code) => {
    const door = await openDoor({ limits: { socketMessageBytesMax: 4096 } });
    const client = await open(door);
    client.socket.send(message);
    await until(() => client.closed !== undefined);
    expect(client.closed?.code).toBe(code);
    expect((await door.fetch("/livez")).status).toBe(200);
  });

  it("answers under its id what has not the shape of a request", async () => {
    const door = await openDoor();
    const client = await open(door);
    client.socket.send('{"id":7,"kind":"command","words":[]}');
    client.socket.send('{"id":8,"kind":"dance"}');
    await until(() => client.said.length === 2);
    expect(client.said).toMatchObject([
      { id: 7, outcome: "rejected", code: "BADREQUEST" },
      { id: 8, outcome: "rejected", code: "BADREQUEST" },
    ]);
  });

  it.each([
    ["frames without a mask", Buffer.from([0x81, 0x02, 0x7b, 0x7d])],
    ["a reserved bit", Buffer.from([0xf1, 0x80, 0, 0, 0, 0])],
    ["invalid UTF-8", Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xff])],
    ["a gigabyte announced", Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0])],
    ["noise", Buffer.from(Array.from({ length: 200 }, (__, at) => (at * 73) % 256))],
  ])("cuts off %s", async (_, bytes) => {
    const door = await openDoor();
    const socket = door.connect();
    const end = readToEnd(socket);
    socket.write(
      "GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    );
    await new Promise((resolve) => socket.once("data", resolve));
    socket.write(bytes);
    expect(await end).toMatch(/^HTTP\/1.1 101 /);
    expect((await door.fetch("/livez")).status).toBe(200);
  });

  it.each([
    ["no key", "GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 400],
    [
      "another path",
      "GET /v1/other HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      404,
    ],
    ["no upgrade", "GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 426],
    [
      "another protocol, which is just not taken up",
      "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
      200,
    ],
  ])("answers an upgrade that is none as a request: %s", async (_, bytes, status) => {
    const door = await openDoor();
    const socket = door.connect();
    const end = readToEnd(socket);
    socket.write(bytes);
    expect(await end).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it("closes a socket that does not answer its pings", async () => {
    const door = await openDoor({ limits: { socketPingMs: 500 } });
    const dead = await open(door);
    dead.socket.pause();
    const alive = await open(door);
    await until(() => door.door.connections === 1);
    expect(await alive.run("GET", "a")).toMatchObject({ outcome: "committed" });
  });

  it("reads no more from a client that does not read its answers", async () => {
    const door = await openDoor({ limits: { sendBufferBytesMax: 64 * 1024, slowMs: 60_000 } });
    const client = await open(door);
    await client.run("SET", "big", "x".repeat(100_000));
    client.socket.pause();
    for (let at = 0; at < 2000; at++) client.send({ id: at, kind: "command", words: ["GET", "big"] });
    const before = door.replica.reads.length;
    // As long as it goes on reading us, more and more are answered.
    let last = -1;
    await until(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const now = door.replica.reads.length;
      const isStill = now === last;
      last = now;
      return isStill;
    });
    // Those that may be unanswered at once, and those whose answers the sockets hold; not all that came in one piece.
    expect(last - before).toBeLessThan(800);
    client.socket.resume();
    await until(() => client.said.filter(({ id }) => id < 1000).length === 1000);
    expect(
      client.said
        .slice(1)
        .map(({ id }) => id)
        .slice(0, 1000),
    ).toEqual(Array.from({ length: 1000 }, (_, at) => at));
  });

  it("cuts off a client for which too much waits to be read, and runs nothing more for it", async () => {
    const door = await openDoor({ limits: { responseBytesMax: 3_000_000 } });
    const [client, other] = [await open(door), await open(door)];
    await client.run("SET", "big", "x".repeat(200_000));
    client.socket.pause();
    for (let at = 0; at < 200; at++) client.send({ id: at, kind: "command", words: ["GET", "big"] });
    client.send({ id: 200, kind: "command", words: ["SET", "big", "1"] });
    await until(() => door.door.connections === 1);
    expect(door.lines.filter((line) => line.includes('"unread-answers"'))).toHaveLength(1);
    // Neither may one answer be larger.
    expect(await other.run("STRLEN", "big")).toMatchObject({ reply: 200_000 });
    const many = Array.from({ length: 20 }, () => "big");
    client.socket.terminate();
    await other.run("MGET", ...many);
    expect(other.closed?.code).toBe(1006);
  });

  it("cuts off the socket for which most is held when all together hold too much, queued commands included", async () => {
    const door = await openDoor({ limits: { heldBytesMax: 400_000 } });
    const [small, large] = [await open(door), await open(door)];
    for (const [client, bytes] of [
      [small, 150_000],
      [large, 240_000],
    ] as const) {
      await client.run("MULTI");
      expect(await client.run("SET", "a", "x".repeat(bytes))).toMatchObject({ reply: "QUEUED" });
    }
    small.send({ id: 1, kind: "command", words: ["SET", "b", "x".repeat(60_000)] });
    await until(() => large.closed !== undefined && small.of(1).length === 1);
    expect(await small.run("EXEC")).toMatchObject({ reply: ["OK", "OK"] });
    expect(door.lines.filter((line) => line.includes('"memory"'))).toHaveLength(1);
  });

  it("takes as many sockets as it may", async () => {
    const door = await openDoor({ limits: { socketsMax: 1 } });
    await open(door);
    await expect(open(door)).rejects.toThrow("503");
  });
});
