// `quorate start`: a replica's life as an operator sees it, from the configuration to the exit code.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { freshDirectory } from "../fresh-directory.ts";
import { SELF } from "./program.ts";
import { type Run, run, start } from "./run.ts";

/** A cluster of one, on ports that the system chooses. */
async function made(): Promise<{ readonly dir: string; readonly config: string }> {
  const dir = freshDirectory("start");
  expect((await run("init", "--members", "a=127.0.0.1:1", "--dir", dir)).code).toBe(0);
  return { dir, config: join(dir, "a", "quorate.yaml") };
}

const FREE_PORTS = ["--peers-listen", "127.0.0.1:0", "--redis-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"];

const running: Run[] = [];
function begin(config: string, ...more: readonly string[]): Run {
  const one = start(["start", "--config", config, ...FREE_PORTS, ...more]);
  running.push(one);
  return one;
}

afterEach(async () => {
  for (const one of running.splice(0)) {
    one.tell("SIGTERM");
    await one.code;
  }
});

const lines = ({ said }: Run) =>
  said.stderr
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("start", () => {
  it("says on standard error when it is open and when it is ready, and on standard output nothing", async () => {
    const { config } = await made();
    const one = begin(config);
    await one.heard("ready");
    expect(lines(one).map(({ msg }) => msg)).toEqual([
      "the replica is open",
      "ready: linearizable operations are served",
    ]);
    expect(lines(one)[0]).toMatchObject({ level: "info", member: "a" });
    expect(one.said.stdout).toBe("");
    expect(one.news).toEqual([{ kind: "open" }, { kind: "ready" }]);
  });

  it.each(["SIGTERM", "SIGINT", "orphaned"] as const)(
    "told %s stops in order with exit code 0, and starts again",
    async (event) => {
      const { config } = await made();
      const one = begin(config);
      await one.heard("ready");
      one.tell(event);
      expect(await one.code).toBe(0);
      expect(lines(one).at(-1)).toMatchObject({ msg: "stopped" });
      const again = begin(config);
      await again.heard("ready");
    },
  );

  it("told to stop before it is open stops when it is", async () => {
    const { config } = await made();
    const one = begin(config);
    one.tell("SIGTERM");
    await one.heard("open");
    one.tell("SIGTERM");
    expect(await one.code).toBe(0);
  });

  it("told SIGINT twice ends at once", async () => {
    const { config } = await made();
    const one = begin(config);
    await one.heard("ready");
    one.tell("SIGINT");
    one.tell("SIGINT");
    expect(one.exits).toEqual([130]);
  });

  it("told SIGHUP takes the log's level from the file again, and goes on when the file is broken", async () => {
    const { config } = await made();
    const one = begin(config);
    await one.heard("ready");
    appendFileSync(config, "log: { level: error }\n");
    one.tell("SIGHUP");
    await expect.poll(() => lines(one).length).toBe(2);
    writeFileSync(config, "nonsense: [");
    one.tell("SIGHUP");
    await expect.poll(() => lines(one).at(-1)?.["msg"]).toBe("the configuration was not read again");
  });

  it("exits 9 on a data directory that another one has, which goes on", async () => {
    const { config } = await made();
    const one = begin(config);
    await one.heard("ready");
    const second = begin(config);
    expect(await second.code).toBe(9);
    expect(second.said.stderr).toMatch(/^quorate: .*data is in use by another process/m);
    one.tell("SIGTERM");
    expect(await one.code).toBe(0);
  });

  it.each(["what init made", "nothing"])(
    "whose port for peers is taken ends, with %s in its data directory",
    async (held) => {
      const { dir, config } = await made();
      if (held === "nothing") rmSync(join(dir, "a", "data"), { recursive: true });
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
      onTestFinished(() => void taken.close());
      const { port } = taken.address() as AddressInfo;
      // In a process of its own: what it leaves behind would keep that one.
      const [program = "", ...words] = SELF;
      const ports = FREE_PORTS.with(1, `127.0.0.1:${port}`);
      const child = spawn(program, [...words, "start", "--config", config, ...ports]);
      onTestFinished(() => void child.kill("SIGKILL"));
      let told = "";
      child.stderr.on("data", (text) => (told += text));
      const [code] = await once(child, "close");
      expect(code).toBe(1);
      expect(told).toMatch(/^quorate: cannot listen for peers on 127\.0\.0\.1:\d+ \(EADDRINUSE\)/m);
      expect(told).not.toContain("the replica failed");
    },
  );

  it("exits 8 where the log is corrupt and says what to do, and with --rebuild begins to recover", async () => {
    const { dir, config } = await made();
    const one = begin(config);
    await one.heard("ready");
    one.tell("SIGTERM");
    await one.code;
    const log = join(dir, "a", "data", "log");
    const segment = join(log, readdirSync(log).sort()[0]!);
    const bytes = readFileSync(segment);
    bytes.fill(0xff, 0, 64);
    writeFileSync(segment, bytes);
    const broken = begin(config);
    expect(await broken.code).toBe(8);
    expect(broken.said.stderr).toContain("quorate: ");
    const rebuilt = begin(config, "--rebuild");
    await rebuilt.heard("open");
    // Alone there is nobody to rebuild from; what counts is that it does not begin a history of its own.
    expect(rebuilt.news).toEqual([{ kind: "open" }]);
  });

  it("exits 7 with every problem of its configuration, before it touches the data", async () => {
    const { dir, config } = await made();
    const before = readdirSync(join(dir, "a", "data"));
    writeFileSync(config, "membr: a\ndurability: fsnc\n");
    const { code, stderr } = await run("start", "--config", config);
    expect(code).toBe(7);
    expect(stderr).toContain("did you mean member?");
    expect(stderr).toContain("did you mean fsync?");
    expect(readdirSync(join(dir, "a", "data"))).toEqual(before);
  });

  it("exits 7 where a door would open beyond this machine unprotected", async () => {
    const { config } = await made();
    const { code, stderr } = await run("start", "--config", config, "--redis-listen", "0.0.0.0:0");
    expect(code).toBe(7);
    expect(stderr).toContain("or say insecure");
  });

  it("exits 7 on the data directory of another cluster", async () => {
    const { config } = await made();
    const other = await made();
    const { code, stderr } = await run(
      "start",
      "--config",
      config,
      ...FREE_PORTS,
      "--data",
      join(other.dir, "a", "data"),
    );
    expect(code).toBe(7);
    expect(stderr).toMatch(/belongs to cluster/);
  });
});

describe("start --show-config", () => {
  it("prints every setting with where it was said, and starts nothing", async () => {
    const { config } = await made();
    const { code, said } = start(["start", "--config", config, "--log-level", "debug", "--show-config", "--json"], {
      env: { QUORATE_DURABILITY: "os" },
    });
    expect(await code).toBe(0);
    const { settings } = JSON.parse(said.stdout) as { settings: { key: string; value: unknown; origin: string }[] };
    const of = (key: string) => settings.find((setting) => setting.key === key);
    expect(of("log.level")).toEqual({ key: "log.level", value: "debug", origin: "--log-level" });
    expect(of("durability")).toEqual({ key: "durability", value: "os", origin: "QUORATE_DURABILITY" });
    expect(of("member")?.origin).toMatch(/quorate\.yaml:\d+$/);
  });

  it("never prints what a key file holds", async () => {
    const { dir, config } = await made();
    const { stdout } = await run("start", "--config", config, "--show-config");
    const [, body = "?"] = readFileSync(join(dir, "a", "key.pem"), "utf8").split("\n");
    expect(stdout).not.toContain(body);
  });
});

describe("start --schema", () => {
  it("prints a JSON Schema", async () => {
    const { stdout } = await run("start", "--schema");
    expect(JSON.parse(stdout)).toMatchObject({ type: "object", additionalProperties: false });
  });
});
