// What the links within a process do beside the port's laws, which the conformance suite holds them to: cuts that nobody
// notices, and members cut off from everybody.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createMemoryHub } from "../../src/transport/memory-hub.ts";

async function setUp(members: number, noticeMs: number) {
  const hub = createMemoryHub({ members, noticeMs });
  const heard: string[][] = Array.from({ length: members }, () => []);
  const transports = Array.from({ length: members }, (_, member) => hub.transport(member));
  for (const [member, transport] of transports.entries()) {
    await transport.open({
      up: (peer) => heard[member]!.push(`up ${peer}`),
      down: (peer) => heard[member]!.push(`down ${peer}`),
      frame: (from, bytes) => heard[member]!.push(`${from} ${bytes[0]}`),
    });
  }
  await sleep(5);
  for (const events of heard) events.length = 0;
  return { hub, transports, heard };
}

it("a cut that is healed before anybody noticed loses nothing and disturbs no order", async () => {
  const { heard, hub, transports } = await setUp(2, 10_000);
  const [one, other] = transports;
  one!.send(1, "blocks", Uint8Array.of(1));
  hub.cut({ from: 0, to: 1 });
  one!.send(1, "catch-up", Uint8Array.of(2));
  other!.send(0, "blocks", Uint8Array.of(9));
  await sleep(5);
  one!.send(1, "blocks", Uint8Array.of(3));
  await sleep(5);
  expect(heard).toEqual([["1 9"], []]);
  one!.send(1, "blocks", Uint8Array.of(4));
  hub.heal({ from: 0, to: 1 });
  one!.send(1, "blocks", Uint8Array.of(5));
  await sleep(5);
  expect(heard).toEqual([["1 9"], ["0 1", "0 2", "0 3", "0 4", "0 5"]]);
});

it("a cut that was noticed loses what was on its way", async () => {
  const { heard, hub, transports } = await setUp(2, 1);
  hub.cut({ from: 0, to: 1 });
  transports[0]!.send(1, "blocks", Uint8Array.of(1));
  await sleep(30);
  hub.heal({ from: 0, to: 1 });
  await sleep(30);
  transports[0]!.send(1, "blocks", Uint8Array.of(2));
  await sleep(5);
  expect(heard).toEqual([
    ["down 1", "up 1"],
    ["down 0", "up 0", "0 2"],
  ]);
});

it("a member that is isolated loses all its links, and the others none of theirs", async () => {
  const { heard, hub } = await setUp(4, 1);
  hub.isolate(2);
  await sleep(30);
  expect(heard.map((events) => events.toSorted())).toEqual([
    ["down 2"],
    ["down 2"],
    ["down 0", "down 1", "down 3"],
    ["down 2"],
  ]);
  hub.rejoin(2);
  await sleep(30);
  expect(heard[2]!.slice(3).toSorted()).toEqual(["up 0", "up 1", "up 3"]);
  expect(heard[0]).toEqual(["down 2", "up 2"]);
});
