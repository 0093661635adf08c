// Replicas whose states come to differ, because a module is not deterministic and nobody guards it: who notices tells its
// log and whoever counts, and stops once it knows that no quorum can share what it has.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineModule } from "@quorate/machine";
import { expect, it, onTestFinished } from "vitest";
import { newGenesis } from "../../src/config/genesis-file.ts";
import { makeKeyPair } from "../../src/crypto/keys.ts";
import { newDataDirectory } from "../../src/embedding/new-data-directory.ts";
import { openReplica } from "../../src/replica.ts";
import { SILENT } from "../../src/telemetry/log.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { createMemoryHub } from "../../src/transport/index.ts";
import { within, write } from "../power/ask.ts";

const READY_MS = 30_000;
const NAMES = ["a", "b", "c"];
const DOUBT = "another member has another state after the same commit; nothing is answered until a quorum tells which";

it("replicas that differ after the same commit say so, count it, and stop with the commit that differs", async () => {
  const directory = await mkdtemp(join(tmpdir(), "quorate-divergence-"));
  const keys = NAMES.map(() => makeKeyPair());
  const genesis = newGenesis({
    members: NAMES.map((name, index) => ({ name, publicKey: keys[index]!.publicKey, stake: 1 })),
    fault: { crash: 1, byzantine: 0 },
  });
  const hub = createMemoryHub({ members: NAMES.length });
  let rolled = 0;
  const dice = defineModule({
    name: "dice",
    commands: {
      roll(state) {
        state.set("last", rolled++);
        return "rolled";
      },
    },
  });
  const told: string[] = [];
  const open = async (member: string, index: number) => {
    const metrics = createMetrics({ members: NAMES, commands: [] });
    await newDataDirectory({ directory: join(directory, member), genesis });
    const replica = await openReplica({
      genesis,
      member,
      privateKey: keys[index]!.privateKey,
      directory: join(directory, member),
      createTransport: () => hub.transport(index),
      modules: [dice],
      guard: false,
      observer: metrics.driver,
      log: { ...SILENT, error: (_, text) => void told.push(`${member}: ${text}`) },
    });
    return { metrics, replica };
  };
  const opened = await Promise.all(NAMES.map(open));
  onTestFinished(async () => {
    await Promise.all(opened.map(({ replica }) => replica.close()));
    await rm(directory, { recursive: true, force: true });
  });
  expect(await within(READY_MS, () => opened.every(({ replica }) => replica.ready().ready))).toBe(true);
  void write(opened[0]!.replica, "dice.roll");
  // Two of them must doubt; the third may find the others gone before it hears what they have.
  const stopped = await Promise.race(opened.map(async (each) => ({ ...each, ...(await each.replica.stopped) })));
  expect(stopped.failure?.message).toMatch(/^the replica halted \(diverged\): commit 1 is the first that differs/);
  expect(await stopped.metrics.scrape()).toMatch(/^quorate_divergence_total 1$/m);
  expect(told.filter((line) => line.startsWith(`${stopped.replica.name}: `))[0]).toBe(
    `${stopped.replica.name}: ${DOUBT}`,
  );
  for (const { metrics, replica } of opened) {
    const doubts = told.filter((line) => line === `${replica.name}: ${DOUBT}`).length;
    expect(await metrics.scrape()).toMatch(new RegExp(`^quorate_divergence_total ${doubts}$`, "m"));
    expect(await within(READY_MS, () => !replica.ready().ready)).toBe(true);
    expect(await write(replica, "SET a 1")).toMatchObject({ kind: "refused" });
  }
});
