// docs/redis.md tells the truth: its examples are run as they stand, and print what they say; its tables are those of the
// code.
import { readFileSync } from "node:fs";
import { DEFAULT_LIMITS } from "@quorate/core";
import { describe, expect, it } from "vitest";
import type { Access } from "../../src/access/access.ts";
import { createAccess } from "../../src/access/replicated-access.ts";
import {
  indeterminateText,
  isPassing,
  neverSent,
  OUT_OF_SPACE,
  type RefusalReason,
  readFailed,
  refusalText,
} from "../../src/doors/connection-errors.ts";
import { NOT_HERE } from "../../src/doors/redis/commands/not-here.ts";
import { DEFAULT_REDIS_LIMITS } from "../../src/doors/redis/limits.ts";
import { OWN_COMMANDS } from "../../src/doors/redis/own-commands.ts";
import { startRedisDoor } from "../../src/doors/redis/redis-door.ts";
import { createLocalCluster } from "../../src/local-cluster.ts";
import type { RunningReplica } from "../../src/running-replica.ts";
import { SILENT } from "../../src/telemetry/log.ts";
import { consoleExamples, outputPattern } from "../console-examples.ts";
import { until, whenDone } from "../doors/redis/desk.ts";
import { has, run } from "./tools.ts";

const page = readFileSync(new URL("../../../../docs/redis.md", import.meta.url), "utf8");

const examples = consoleExamples(page);

/** A new cluster of three; answers the ports of its Redis doors. */
async function openCluster(): Promise<readonly number[]> {
  const ports: number[] = [];
  const accesses: Access[] = [];
  const openDoors = async (replica: RunningReplica) => {
    const access = createAccess(replica);
    accesses.push(access);
    const door = await startRedisDoor({ replica, access, listen: { host: "127.0.0.1", port: 0 }, log: SILENT });
    ports[replica.index] = Number(door.address.split(":")[1]);
    return [door];
  };
  const cluster = await createLocalCluster({ replicas: 3, durability: "memory", openDoors });
  whenDone(() => cluster.close());
  await until(() => accesses.every(({ open }) => open));
  return ports;
}

/** What stands in code in the first column of the rows below a heading. */
function firstColumn(heading: string): string[] {
  const [, section = ""] = page.split(`${heading}\n`);
  const [table = ""] = section.split(/^#/m);
  return [...table.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word!),
  );
}

const REASONS = Object.keys({
  "no-quorum": true,
  recovering: true,
  diverged: true,
  stopping: true,
  overloaded: true,
  "too-large": true,
  "bad-command": true,
  "too-old": true,
} satisfies Record<RefusalReason, true>) as RefusalReason[];

describe("docs/redis.md", () => {
  it.skipIf(!has("redis-cli"))("shows what its examples print", async () => {
    const ports = await openCluster();
    expect(examples.length).toBeGreaterThan(12);
    for (const { line, output } of examples) {
      const command = line
        .replace(/\b700([123])\b/g, (_, nth: string) => String(ports[Number(nth) - 1]))
        // As in a terminal, though the output goes into a pipe.
        .replaceAll("redis-cli ", "redis-cli --no-raw ");
      const { stdout } = await run("sh", ["-c", command]);
      expect(stdout.trim(), line).toMatch(outputPattern(output));
    }
  });

  it("lists the errors that are ours", () => {
    const texts = [
      ...REASONS.map((reason) => refusalText(reason, { payloadBytesMax: DEFAULT_LIMITS.payloadBytesMax })),
      indeterminateText("x", {}),
      readFailed("x"),
      neverSent("x"),
      OUT_OF_SPACE,
      "LOADING",
      "FENCED",
    ];
    const words = new Set(texts.map((text) => text.split(" ")[0]!));
    words.delete("ERR");
    expect(firstColumn("## Errors, and what to do").sort()).toEqual([...words].sort());
    expect(REASONS.filter(isPassing).map((reason) => refusalText(reason, DEFAULT_LIMITS))).toEqual(
      REASONS.filter(isPassing).map(() => expect.stringMatching(/^NOQUORUM .*not applied/)),
    );
  });

  it("lists what is not here yet, and names only what is here about the server", () => {
    const listed = [...(page.split("## Not here yet\n")[1] ?? "").split(/^## /m)[0]!.matchAll(/`([A-Z_]+)`/g)];
    expect(listed.map(([, name]) => name).sort()).toEqual(NOT_HERE.map(({ name }) => name).sort());
    const own = new Set([...OWN_COMMANDS.values()].map(({ name }) => name));
    const about = firstColumn("## Commands about the server");
    expect(about.length).toBeGreaterThan(12);
    for (const name of about) expect(own).toContain(name.split(" ")[0]);
  });

  it("has the limits as they are", () => {
    const limits = DEFAULT_REDIS_LIMITS;
    const kibi = (bytes: number): string => `${bytes / 1024} KiB`;
    const mebi = (bytes: number): string => `${bytes / 1024 / 1024} MiB`;
    const count = (value: number): string => value.toLocaleString("en-US");
    for (const row of [
      `| one command, transactions whole | ${kibi(DEFAULT_LIMITS.payloadBytesMax)} |`,
      `| a request as it is received | ${mebi(limits.requestBytesMax)}, ${count(limits.wordsMax)} words |`,
      `| a line typed | ${kibi(limits.inlineBytesMax)} |`,
      `| unanswered commands of a connection | ${count(limits.pendingMax)}, or ${mebi(limits.pendingBytesMax)} |`,
      `| answers that a client does not read | ${mebi(limits.unsentBytesSoft)}; ${mebi(limits.unsentBytesMax)} |`,
      `| all connections together | ${mebi(limits.heldBytesMax)} |`,
      `| connections | ${count(limits.clientsMax)} |`,
      `| no progress: half a request, or nothing read | ${limits.stallMs / 1000} s |`,
    ])
      expect(page).toContain(row);
    expect(limits.openingMs).toBe(3000);
    expect(page).toContain("three seconds at most");
  });
});
