// Two connections for one peer: what is bulk gives way to what is urgent, and is not forgotten over it.
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { framed, greet, rawTls } from "./raw-peer.ts";
import { TEST_TUNING, TlsCluster } from "./tls-cluster.ts";

/** Member 1 runs; member 0 is played, reads nothing until it is told to, and keeps its link by beats. */
async function setUp(silenceMs: number) {
  const cluster = new TlsCluster(2, { ...TEST_TUNING, silenceMs });
  const home = { clusterId: cluster.genesis.clusterId, genesisHash: cluster.genesisHash };
  const transport = cluster.transport(1);
  let isUp = false;
  await transport.open({
    up: () => {
      isUp = true;
    },
    down: () => {
      isUp = false;
    },
    frame: () => {},
  });
  const open = async (channel: "blocks" | "catch-up") => {
    const socket = await rawTls(transport.port, cluster.keys[0]);
    await greet(socket, { from: 0, to: 1, channel, boot: 5, attempt: 1 }, home);
    socket.removeAllListeners("data").pause();
    return socket;
  };
  const [blocks, catchUp] = [await open("blocks"), await open("catch-up")];
  const beats = setInterval(() => {
    for (const socket of [blocks, catchUp]) socket.write(Buffer.alloc(4));
  }, 100);
  while (!isUp) await turn();
  const queued = () => transport.facts().peers[0]!.queuedBytes;
  /** Says more on blocks than the sockets between can hold. */
  const fill = async (): Promise<void> => {
    const frame = new Uint8Array(64 * 1024).fill(1);
    for (let still = 0; still < 20; ) {
      const before = queued().blocks;
      if (before < 2_000_000) transport.send(0, "blocks", frame);
      await turn();
      still = queued().blocks > 1_000_000 ? still + 1 : 0;
    }
  };
  const close = async (): Promise<void> => {
    clearInterval(beats);
    blocks.destroy();
    catchUp.destroy();
    await transport.close();
  };
  return { blocks, catchUp, transport, queued, fill, close, isUp: () => isUp };
}

it("catch-up waits while blocks wait, and goes on when they are through", async () => {
  // Nothing is due at intervals while this runs.
  const { blocks, catchUp, close, fill, isUp, queued, transport } = await setUp(120_000);
  await fill();
  const bulk = new Uint8Array(1_000).fill(2);
  transport.send(0, "catch-up", bulk);
  for (let turns = 0; turns < 50; turns++) await turn();
  expect(queued()["catch-up"]).toBe(framed(bulk).length);
  blocks.resume();
  const got = new Promise<Buffer>((resolve) => catchUp.once("data", resolve));
  catchUp.resume();
  expect(await got).toEqual(framed(bulk));
  expect(queued()["catch-up"]).toBe(0);
  expect(isUp()).toBe(true);
  await close();
});

it("catch-up gets through in the end even while blocks keep waiting", async () => {
  const { catchUp, close, fill, isUp, queued, transport } = await setUp(1_000);
  await fill();
  const bulk = new Uint8Array(1_000).fill(2);
  transport.send(0, "catch-up", bulk);
  const heard: Buffer[] = [];
  catchUp.on("data", (chunk) => heard.push(chunk));
  catchUp.resume();
  for (let waited = 0; !Buffer.concat(heard).includes(framed(bulk)); waited++) {
    expect(waited).toBeLessThan(1_000);
    await sleep(10);
  }
  expect(queued().blocks).toBeGreaterThan(0);
  expect(isUp()).toBe(true);
  await close();
});
