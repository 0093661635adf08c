// Strangers, liars and the merely broken at the port of a replica. After each of them the others are still linked, on the
// same links, frames pass, every refusal is counted under its reason and logged, and nothing is left behind.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer as createTlsServer } from "node:tls";
import type { AuthorIndex, Channel } from "@quorate/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeCertificate } from "../../src/crypto/certificate.ts";
import { makeKeyPair } from "../../src/crypto/keys.ts";
import { encodeHello, type Hello, type Home } from "../../src/transport/hello.ts";
import type { Refusal } from "../../src/transport/reasons.ts";
import type { TlsTransport } from "../../src/transport/tls-transport.ts";
import { closed, firstFrame, framed, greet, rawTcp, rawTls } from "./raw-peer.ts";
import { TEST_TUNING, TlsCluster } from "./tls-cluster.ts";

const TUNING = { ...TEST_TUNING, silenceMs: 1_500, handshakeMs: 1_000 };

/** What one transport was told. */
class Ears {
  readonly told: string[] = [];
  readonly frames: string[] = [];
  up(peer: AuthorIndex): void {
    this.told.push(`up ${peer}`);
  }
  down(peer: AuthorIndex): void {
    this.told.push(`down ${peer}`);
  }
  frame(from: AuthorIndex, bytes: Uint8Array): void {
    this.frames.push(`${from} ${Buffer.from(bytes).toString()}`);
  }
}

async function until(holds: () => boolean, what: string | (() => string)): Promise<void> {
  for (let waited = 0; !holds(); waited += 5) {
    if (waited > 20_000) throw new Error(`never: ${typeof what === "string" ? what : what()}`);
    await sleep(5);
  }
}

const resources = (): string[] =>
  process.getActiveResourcesInfo().filter((name) => /Socket|TCP|TLS|Timeout/.test(name));

/** Members 1 and 2 run and are linked; member 0, who dials both, is played by the tests. */
let cluster: TlsCluster;
let victim: TlsTransport;
let other: TlsTransport;
let ears: Ears;
let otherEars: Ears;
let home: Home;
let lines: { level: "debug" | "info" | "warn"; refusal?: string; text: string }[];
let before: string[];

beforeEach(() => open(TUNING));
afterEach(close);

async function open(tuning: typeof TUNING): Promise<void> {
  before = resources();
  lines = [];
  cluster = new TlsCluster(3, tuning);
  home = { clusterId: cluster.genesis.clusterId, genesisHash: cluster.genesisHash };
  const note = (level: (typeof lines)[number]["level"]) => (facts: object, text: string) =>
    void lines.push({ ...facts, level, text });
  victim = cluster.transport(1, { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("warn") });
  other = cluster.transport(2);
  ears = new Ears();
  otherEars = new Ears();
  await victim.open(ears);
  await other.open(otherEars);
  await until(() => ears.told.includes("up 2") && otherEars.told.includes("up 1"), "linked");
}

async function close(): Promise<void> {
  // The honest pair is still on its first link, and it works.
  expect(ears.told.filter((what) => what.endsWith("2"))).toEqual(["up 2"]);
  expect(otherEars.told.filter((what) => what.endsWith("1"))).toEqual(["up 1"]);
  victim.send(2, "blocks", Buffer.from("still here"));
  other.send(1, "catch-up", Buffer.from("me too"));
  await until(() => otherEars.frames.includes("1 still here") && ears.frames.includes("2 me too"), "frames pass");
  await until(() => victim.facts().handshakes === 0, "no stranger is left");
  await Promise.all([victim.close(), other.close()]);
  await cluster.close();
  await until(
    () => resources().length <= before.length,
    () => `${resources()} are left, there were ${before}`,
  );
}

/** The other side gave these up itself: nothing for an operator to look at. */
const GIVEN_UP = ["abandoned", "stale"];

/** Exactly these refusals were counted and logged. */
async function refused(expected: Partial<Record<Refusal, number>>): Promise<void> {
  const counts = (): object =>
    Object.fromEntries(Object.entries(victim.facts().refused).filter(([, count]) => count > 0));
  await until(
    () => JSON.stringify(counts()) === JSON.stringify(expected),
    `${JSON.stringify(expected)}, not ${JSON.stringify(counts())}`,
  );
  for (const [reason, count] of Object.entries(expected)) {
    const told = lines.filter(({ refusal }) => refusal === reason);
    expect(told.length).toBe(Math.min(count, 20));
    const level = GIVEN_UP.includes(reason) ? "debug" : "warn";
    expect(told.map((line) => line.level)).toEqual(told.map(() => level));
  }
}

const hello = (changes: Partial<Hello> = {}): Hello => ({
  from: 0,
  to: 1,
  channel: "blocks",
  boot: 77,
  attempt: 1,
  ...changes,
});

/** Plays member 0, on both channels. */
async function linkAsZero(attempt: number, boot = 77) {
  const wires = await Promise.all(
    (["blocks", "catch-up"] as const).map(async (channel: Channel) => {
      const socket = await rawTls(victim.port, cluster.keys[0]);
      expect(await greet(socket, hello({ channel, attempt, boot }), home)).toMatchObject({ from: 1, to: 0, channel });
      return socket;
    }),
  );
  return wires as [(typeof wires)[0], (typeof wires)[0]];
}

describe("strangers without TLS", () => {
  it("that say random things are refused", async () => {
    for (const length of [1, 5, 100, 70_000]) {
      const socket = await rawTcp(victim.port);
      // The first byte is none that a TLS record begins with.
      socket.write(Buffer.concat([Buffer.of(0x47), randomBytes(length)]));
      if (length < 5) socket.end();
      await closed(socket);
    }
    await until(() => Object.values(victim.facts().refused).reduce((sum, count) => sum + count) === 4, "four refusals");
  });

  it("that speak the protocol in the clear are refused", async () => {
    const socket = await rawTcp(victim.port);
    socket.write(framed(encodeHello(hello(), home)));
    await closed(socket);
    await refused({ tls: 1 });
  });

  it("that announce a gigabyte are refused", async () => {
    const socket = await rawTcp(victim.port);
    socket.write(Buffer.of(0x40, 0, 0, 0, 1, 2, 3));
    await closed(socket);
    await refused({ tls: 1 });
  });

  it("that say nothing, or a byte at a time, run out of time", async () => {
    const silent = await rawTcp(victim.port);
    const slow = await rawTcp(victim.port);
    // The beginning of a record that is a ClientHello, and then its bytes one by one.
    const record = Buffer.concat([Buffer.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3), randomBytes(500)]);
    let at = 0;
    const drip = setInterval(() => slow.write(record.subarray(at, ++at)), 20);
    await Promise.all([closed(silent), closed(slow)]);
    clearInterval(drip);
    await refused({ timeout: 2 });
  });

  it("that only speak TLS 1.2 are refused", async () => {
    await expect(rawTls(victim.port, cluster.keys[0], { maxVersion: "TLSv1.2" })).rejects.toThrow(/protocol version/);
    await refused({ tls: 1 });
  });

  it("in great number keep no member out, and are never more than allowed", async () => {
    await close();
    // On a busy machine some would run out of a second before others need their place.
    await open({ ...TUNING, handshakeMs: 5_000 });
    const crowd = await Promise.all(Array.from({ length: 200 }, () => rawTcp(victim.port)));
    expect(victim.facts().handshakes).toBeLessThanOrEqual(TUNING.handshakesMax);
    const [blocks] = await linkAsZero(1);
    await until(() => ears.told.includes("up 0"), "the member is linked");
    await Promise.all(crowd.map((socket) => closed(socket)));
    expect(victim.facts().refused.crowded).toBeGreaterThanOrEqual(200 - TUNING.handshakesMax);
    // Whoever floods does not fill the log.
    expect(lines.filter(({ refusal }) => refusal !== undefined).length).toBeLessThanOrEqual(20);
    blocks.destroy();
  });

  it("that replay a member's handshake get nowhere", async () => {
    const said: Buffer[] = [];
    const relay = createServer((near) => {
      near.on("error", () => {});
      void rawTcp(victim.port).then((far) => {
        near.on("data", (chunk) => said.push(chunk)).pipe(far);
        far.pipe(near);
      });
    });
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
    const { port } = relay.address() as { port: number };
    const socket = await rawTls(port, cluster.keys[0]);
    expect(await greet(socket, hello(), home)).toMatchObject({ from: 1 });
    socket.destroy();
    const replayed = await rawTcp(victim.port);
    for (const chunk of said) replayed.write(chunk);
    await closed(replayed);
    relay.close();
    await refused({ tls: 1 });
    expect(ears.told).not.toContain("up 0");
  });
});

describe("strangers with TLS", () => {
  it("without a certificate are refused", async () => {
    const socket = await rawTls(victim.port);
    await closed(socket);
    await refused({ "no-certificate": 1 });
  });

  it("with a key of nobody are refused, and are told why", async () => {
    const socket = await rawTls(victim.port, makeKeyPair());
    expect(await greet(socket, hello(), home)).toEqual({ refused: "unknown-key" });
    await closed(socket);
    await refused({ "unknown-key": 1 });
  });

  it("cannot resume a session", async () => {
    const first = await rawTls(victim.port, cluster.keys[0]);
    const tickets: Buffer[] = [];
    first.on("session", (ticket: Buffer) => tickets.push(ticket));
    expect(await greet(first, hello(), home)).toMatchObject({ from: 1 });
    await until(() => tickets.length > 0, "a ticket");
    first.destroy();
    const second = await rawTls(victim.port, undefined, { session: tickets[0] });
    expect(second.isSessionReused()).toBe(false);
    await closed(second);
    await refused({ "no-certificate": 1 });
  });
});

describe("members", () => {
  it("that say to be another one, or want another one, are refused", async () => {
    for (const wrong of [{ from: 2 }, { from: 1 }, { from: 9 }, { to: 2 }, { to: 0 }]) {
      const socket = await rawTls(victim.port, cluster.keys[0]);
      expect(await greet(socket, hello(wrong), home)).toEqual({ refused: "wrong-member" });
      await closed(socket);
    }
    await refused({ "wrong-member": 5 });
  });

  it("that should be dialled are refused when they dial", async () => {
    for (const index of [1, 2]) {
      const socket = await rawTls(victim.port, cluster.keys[index]);
      expect(await greet(socket, hello({ from: index }), home)).toEqual({ refused: "wrong-direction" });
      await closed(socket);
    }
    await refused({ "wrong-direction": 2 });
  });

  it("of another cluster, genesis or version are refused", async () => {
    const genesisHash = home.genesisHash.slice().fill(1);
    const homes: [Home, Refusal][] = [
      [{ ...home, clusterId: "f".repeat(32) }, "wrong-cluster"],
      [{ ...home, genesisHash }, "wrong-genesis"],
    ];
    for (const [theirs, reason] of homes) {
      const socket = await rawTls(victim.port, cluster.keys[0]);
      expect(await greet(socket, hello(), theirs)).toEqual({ refused: reason });
      await closed(socket);
      expect(victim.facts().peers.find(({ peer }) => peer === 0)?.problem).toBe(`refused here: ${reason}`);
    }
    const socket = await rawTls(victim.port, cluster.keys[0]);
    const bytes = encodeHello(hello(), home);
    bytes[12] = 2;
    const answer = firstFrame(socket);
    socket.write(framed(bytes));
    expect(await answer).toBeDefined();
    await closed(socket);
    await refused({ "wrong-version": 1, "wrong-cluster": 1, "wrong-genesis": 1 });
  });

  it("that say nonsense, too much, or nothing are refused", async () => {
    const nonsense = [
      framed(randomBytes(100)),
      Buffer.of(0x40, 0, 0, 0, 1),
      framed(new Uint8Array(513)),
      framed(encodeHello(hello(), home).subarray(0, 40)),
    ];
    for (const bytes of nonsense) {
      const socket = await rawTls(victim.port, cluster.keys[0]);
      socket.write(bytes);
      await closed(socket);
    }
    await refused({ malformed: 4 });
    const silent = await rawTls(victim.port, cluster.keys[0]);
    silent.resume();
    const slow = await rawTls(victim.port, cluster.keys[0]);
    slow.resume();
    const bytes = framed(encodeHello(hello(), home));
    let at = 0;
    const drip = setInterval(() => slow.write(bytes.subarray(at, ++at)), 20);
    await Promise.all([closed(silent), closed(slow)]);
    clearInterval(drip);
    await refused({ malformed: 4, timeout: 2 });
  });

  it("that open only one of two connections are never up", async () => {
    const socket = await rawTls(victim.port, cluster.keys[0]);
    expect(await greet(socket, hello(), home)).toMatchObject({ from: 1 });
    await closed(socket);
    expect(ears.told).toEqual(["up 2"]);
  });

  it("that speak before they are linked are heard after", async () => {
    const blocks = await rawTls(victim.port, cluster.keys[0]);
    expect(await greet(blocks, hello(), home)).toMatchObject({ from: 1 });
    blocks.write(framed(Buffer.from("early")));
    await sleep(50);
    expect(ears.frames).toEqual([]);
    const catchUp = await rawTls(victim.port, cluster.keys[0]);
    expect(await greet(catchUp, hello({ channel: "catch-up" }), home)).toMatchObject({ from: 1 });
    await until(() => ears.frames.includes("0 early"), "the early frame");
    expect(ears.told).toEqual(["up 2", "up 0"]);
    blocks.destroy();
    await until(() => ears.told.includes("down 0"), "down");
    await closed(catchUp);
  });

  it("that announce a gigabyte lose their link, and no memory is taken for it", async () => {
    const [blocks, catchUp] = await linkAsZero(1);
    await until(() => ears.told.includes("up 0"), "up");
    const memory = process.memoryUsage().arrayBuffers;
    blocks.write(Buffer.of(0x40, 0, 0, 0, 1, 2, 3));
    await Promise.all([closed(blocks), closed(catchUp)]);
    expect(ears.told).toEqual(["up 2", "up 0", "down 0"]);
    expect(process.memoryUsage().arrayBuffers - memory).toBeLessThan(16 * 1024 * 1024);
    expect(victim.facts().peers.find(({ peer }) => peer === 0)?.ended.oversize).toBe(1);
  });

  it("that stop reading lose their link once their queue is full, and hold nobody back", async () => {
    const [blocks, catchUp] = await linkAsZero(1);
    const beats = setInterval(() => [blocks, catchUp].map((socket) => socket.write(Buffer.alloc(4))), 100);
    await until(() => ears.told.includes("up 0"), "up");
    blocks.pause();
    catchUp.pause();
    const frame = Buffer.alloc(100_000, "x");
    let sent = 0;
    for (; !ears.told.includes("down 0"); sent += 1) {
      victim.send(0, "blocks", frame);
      victim.send(2, "blocks", Buffer.from(`while ${sent}`));
      const waiting = victim.facts().peers.find(({ peer }) => peer === 0)?.queuedBytes.blocks ?? 0;
      expect(waiting).toBeLessThanOrEqual(TUNING.queueBytesMax + frame.length + 4);
      if (sent % 20 === 0) await sleep(1);
    }
    await until(() => otherEars.frames.includes(`1 while ${sent - 1}`), "the other one gets everything");
    expect(otherEars.frames.filter((text) => text.includes("while"))).toHaveLength(sent);
    expect(victim.facts().peers.find(({ peer }) => peer === 0)).toMatchObject({ up: false, ended: { slow: 1 } });
    clearInterval(beats);
    blocks.destroy();
    catchUp.destroy();
  });

  it("that are too slow for one link get another at once, and its predecessor's end is told first", async () => {
    const [blocks, catchUp] = await linkAsZero(1);
    await until(() => ears.told.includes("up 0"), "up");
    const next = await Promise.all([rawTls(victim.port, cluster.keys[0]), rawTls(victim.port, cluster.keys[0])]);
    // A timer runs just before sockets are read, and those before what was put off to the end of the turn: the hellos are
    // read before the end of the first link is told.
    await sleep(20);
    for (const [index, socket] of next.entries()) {
      socket.write(framed(encodeHello(hello({ attempt: 2, channel: index === 0 ? "blocks" : "catch-up" }), home)));
    }
    const frame = Buffer.alloc(1_000_000);
    for (let bytes = 0; bytes <= TUNING.queueBytesMax; bytes += frame.length) victim.send(0, "blocks", frame);
    await Promise.all([closed(blocks), closed(catchUp)]);
    await until(() => ears.told.length === 4, "up again");
    expect(ears.told).toEqual(["up 2", "up 0", "down 0", "up 0"]);
    for (const socket of next) socket.destroy();
    await until(() => ears.told.at(-1) === "down 0", "down");
  });

  it("that fall silent lose their link", async () => {
    const [blocks, catchUp] = await linkAsZero(1);
    for (const socket of [blocks, catchUp]) socket.resume();
    // One connection goes on: a link is as good as the worse of the two.
    const beats = setInterval(() => blocks.write(Buffer.alloc(4)), 100);
    await Promise.all([closed(blocks), closed(catchUp)]);
    clearInterval(beats);
    expect(ears.told).toEqual(["up 2", "up 0", "down 0"]);
    expect(victim.facts().peers.find(({ peer }) => peer === 0)?.ended.silent).toBe(1);
  });

  it("that come again before the loss of their link was noticed get the new one", async () => {
    const old = await linkAsZero(1);
    await until(() => ears.told.includes("up 0"), "up");
    const [blocks, catchUp] = await linkAsZero(2);
    await Promise.all(old.map((socket) => closed(socket)));
    const reborn = await linkAsZero(1, 78);
    await Promise.all([closed(blocks), closed(catchUp)]);
    reborn[0].write(framed(Buffer.from("new life")));
    await until(() => ears.frames.includes("0 new life"), "a frame on the newest link");
    expect(ears.told).toEqual(["up 2", "up 0", "down 0", "up 0", "down 0", "up 0"]);
    // What belongs to the attempt that stands, or to an earlier one, comes too late.
    for (const late of [
      hello({ boot: 78 }),
      hello({ boot: 78, channel: "catch-up" }),
      hello({ boot: 78, attempt: 0 }),
    ]) {
      const socket = await rawTls(victim.port, cluster.keys[0]);
      expect(await greet(socket, late, home)).toEqual({ refused: "stale" });
    }
    await refused({ stale: 3 });
    for (const socket of reborn) socket.destroy();
    await until(() => ears.told.at(-1) === "down 0", "down");
  });
});

describe("what its own dialler gives up", () => {
  it("is told in passing, and crowds out no warning", async () => {
    for (let count = 0; count < 30; count++) {
      const socket = count % 2 === 0 ? await rawTcp(victim.port) : await rawTls(victim.port, cluster.keys[0]);
      socket.destroy();
    }
    await until(() => victim.facts().refused.abandoned === 30, "all are counted");
    expect(lines.filter(({ level }) => level === "warn")).toEqual([]);
    const stranger = await rawTcp(victim.port);
    stranger.write(Buffer.from("GET / HTTP/1.1"));
    await closed(stranger);
    await refused({ tls: 1, abandoned: 30 });
  });
});

describe("a transport", () => {
  it("does not take its own absence for the silence of others", async () => {
    const busyUntil = performance.now() + 2.5 * TUNING.silenceMs;
    while (performance.now() < busyUntil);
    await sleep(TUNING.silenceMs);
    expect(ears.told).toEqual(["up 2"]);
  });

  it("says what is wrong when its port is taken", async () => {
    const next = cluster.transport(0);
    const taken = cluster.transport(0, undefined, victim.port);
    await expect(taken.open(new Ears())).rejects.toMatchObject({
      code: "listen-failed",
      message: expect.stringContaining(`cannot listen for peers on 127.0.0.1:${victim.port} (EADDRINUSE)`),
    });
    await taken.close();
    await next.close();
  });

  it("listens where it did in its next life, for it is looked for there", async () => {
    const first = cluster.transport(0);
    await first.open(new Ears());
    const { port } = first;
    await first.close();
    expect(first.port).toBe(port);
    const second = cluster.transport(0, undefined, port);
    await second.open(new Ears());
    expect(second.port).toBe(port);
    await second.close();
  });
});

describe("who answers in the place of a member", () => {
  /** Member 1 opens anew and dials member 2 at this address. */
  async function dialTo(port: number): Promise<{ transport: TlsTransport; told: string[] }> {
    const told = new Ears();
    const transport = cluster.transport(0);
    const address = cluster.address.bind(cluster);
    cluster.address = (peer) => (peer === 2 ? { host: "127.0.0.1", port } : address(peer));
    await transport.open(told);
    return { transport, told: told.told };
  }
  const problem = (transport: TlsTransport): string =>
    transport.facts().peers.find(({ peer }) => peer === 2)?.problem ?? "";

  it("with another key is refused, while others are linked", async () => {
    const key = makeKeyPair();
    const server = createTlsServer({
      key: key.privateKey.export({ format: "pem", type: "pkcs8" }),
      cert: makeCertificate(key.privateKey),
    });
    server.on("secureConnection", (socket) => socket.on("error", () => {}).resume());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { transport, told } = await dialTo((server.address() as { port: number }).port);
    await until(() => transport.facts().refused["unknown-key"] > 2 && told.includes("up 1"), "refusals");
    expect(problem(transport)).toContain("who answers there shows no key of a member");
    expect(told).toEqual(["up 1"]);
    await transport.close();
    server.close();
  });

  it("with another member's key is refused", async () => {
    const { transport, told } = await dialTo(victim.port);
    await until(() => transport.facts().refused["wrong-key"] > 2 && told.includes("up 1"), "refusals");
    expect(problem(transport)).toContain("member 1 answers there");
    expect(told).toEqual(["up 1"]);
    await transport.close();
  });

  it("and says nothing, or nonsense, is given up and tried again", async () => {
    let calls = 0;
    const server = createServer((socket) => {
      socket.on("error", () => {}).resume();
      if (++calls > 4) socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { transport, told } = await dialTo((server.address() as { port: number }).port);
    await until(() => calls > 8 && told.includes("up 1"), "several attempts");
    const facts = transport.facts().peers.find(({ peer }) => peer === 2);
    expect(facts?.failedDials).toBeGreaterThan(2);
    expect(told).toEqual(["up 1"]);
    await transport.close();
    server.close();
    await once(server, "close");
  });
});
