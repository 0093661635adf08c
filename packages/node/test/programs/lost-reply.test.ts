// Which programs send a command again by themselves when its answer was lost, and with which options they do not: that
// decides who may apply a command twice. docs/redis.md tells it, and is held against what happens here.
import { readFileSync } from "node:fs";
import { byteString } from "@quorate/machine";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { openDesk, whenDone } from "../doors/redis/desk.ts";
import { LIBRARIES } from "./libraries.ts";
import { LossyProxy } from "./lossy-proxy.ts";
import { has, run } from "./tools.ts";

const SET = /\r\nset\r\n/i;

/** A replica behind a proxy that loses the answer to the first SET; `applied` counts how often one was carried out. */
async function open() {
  const { port, replica } = await openDesk();
  const proxy = await LossyProxy.open(port, SET);
  whenDone(() => proxy.close());
  const applied = (): number =>
    replica.submissions.filter(({ words }) => byteString(words[0]!).toLowerCase() === "set").length;
  return { port: proxy.port, applied };
}

const page = readFileSync(new URL("../../../../docs/redis.md", import.meta.url), "utf8");

/** What the page says of a program: whether it sends again. */
function told(name: string): string | undefined {
  return new RegExp(`^\\| \`${name.replace("/", "\\/")}\` \\| (yes|no)\\b`, "m").exec(page)?.[1];
}

describe("when an answer is lost", () => {
  it.each(LIBRARIES)("$name does as the page says", async ({ name, open: openProgram, resends }) => {
    const { applied, port } = await open();
    const session = await openProgram(port);
    const outcome = await session.write("a", "1").then(
      () => "written",
      () => "failed",
    );
    expect([outcome, applied()]).toEqual(resends ? ["written", 2] : ["failed", 1]);
    expect(told(name.replace(/ .*/, ""))).toBe(resends ? "yes" : "no");
    expect(await session.read("a")).not.toBeNull();
    await session.close();
  });

  it.skipIf(!has("redis-cli"))("redis-cli does as the page says", async () => {
    const { applied, port } = await open();
    await expect(run("redis-cli", ["-p", String(port), "SET", "a", "1"])).rejects.toThrow(/Server closed/);
    expect(applied()).toBe(1);
    const other = await open();
    const { stderr, stdout } = await run("redis-cli", ["-p", String(other.port)], "SET a 1\nGET a\n");
    expect([stderr.trim(), stdout.trim()]).toEqual(["Error: Server closed the connection", "1"]);
    expect(other.applied()).toBe(1);
    expect(told("redis-cli")).toBe("no");
  });

  it("ioredis with maxRetriesPerRequest: 0 tells it as a failure, and goes on with the next command", async () => {
    const { applied, port } = await open();
    const redis = new Redis({ port, host: "127.0.0.1", maxRetriesPerRequest: 0 });
    redis.on("error", () => {});
    whenDone(() => redis.disconnect());
    await expect(redis.set("a", "1")).rejects.toThrow(/max retries per request/);
    expect(applied()).toBe(1);
    expect(await redis.get("a")).toBe("1");
    expect(page).toContain("`maxRetriesPerRequest: 0`");
  });

  it("ioredis with autoResendUnfulfilledCommands: false never says what became of the command", async () => {
    const { applied, port } = await open();
    const redis = new Redis({ port, host: "127.0.0.1", autoResendUnfulfilledCommands: false });
    redis.on("error", () => {});
    whenDone(() => redis.disconnect());
    const lost = redis.set("a", "1").then(
      () => "written",
      () => "failed",
    );
    await new Promise((resolve) => redis.once("reconnecting", resolve));
    expect(await Promise.race([lost, redis.get("a").then(() => "nothing")])).toBe("nothing");
    expect(applied()).toBe(1);
    expect(page).toContain("`autoResendUnfulfilledCommands: false`");
  });
});
