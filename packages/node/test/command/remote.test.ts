// `call`, `status` and `explain` against a real HTTP door: what they print, and what they answer to scripts.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { bytesOf } from "@quorate/machine";
import { afterEach, describe, expect, it } from "vitest";
import { createAccess } from "../../src/access/replicated-access.ts";
import type { Door } from "../../src/doors/door.ts";
import { startHttpDoor } from "../../src/doors/http/http-door.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { createSoloReplica, type SoloOptions, type SoloReplica } from "../solo-replica.ts";
import { start } from "./run.ts";

const doors: Door[] = [];
const servers: Server[] = [];

interface Place {
  readonly replica: SoloReplica;
  /** Runs a verb against it. */
  ask(...argv: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  readonly url: string;
}

async function place(options: SoloOptions = {}): Promise<Place> {
  const replica = createSoloReplica(options);
  const door = await startHttpDoor({
    replica,
    access: createAccess(replica),
    listen: { host: "127.0.0.1", port: 0 },
    limits: { deadlineMs: 300 },
    metrics: createMetrics({ members: [replica.name], commands: [] }),
  });
  doors.push(door);
  const url = `http://${door.address}`;
  return { replica, url, ask: (verb, ...words) => askAt(url, verb!, ...words) };
}

async function askAt(url: string, verb: string, ...words: readonly string[]) {
  const { code, said } = start([verb, "--url", url, ...words]);
  return { code: await code, ...said };
}

/** A server that answers with what a test says. */
async function serve(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(answer!);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An address where nobody listens. */
async function nowhere(): Promise<string> {
  const url = await serve(() => undefined);
  await new Promise((resolve) => servers.pop()!.close(resolve));
  return url;
}

afterEach(async () => {
  for (const door of doors.splice(0)) await door.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe("call", () => {
  it.each([
    ["SET a 1", "OK"],
    ["GET a", '"1"'],
    ["INCR a", "(integer) 2"],
    ["GET none", "(nil)"],
    ["TYPE a", "string"],
    ["RPUSH l x y -1", "(integer) 3"],
    ["LRANGE l 0 -1", '1) "x"\n2) "y"\n3) "-1"'],
    ["LRANGE l 5 9", "(empty array)"],
    ["HSET h f v", "(integer) 1"],
    ["ZADD z 1.5 m", "(integer) 1"],
    ["ZSCORE z m", '"1.5"'],
    ["GET l", "(error) WRONGTYPE Operation against a key holding the wrong kind of value"],
    ["NONSENSE", "(error) ERR unknown command 'NONSENSE', with args beginning with: "],
  ])("prints the answer to %s as redis-cli does", async (line, printed) => {
    const { ask } = await place();
    const before: Record<string, string> = { a: "SET a 1", l: "RPUSH l x y -1", z: "ZADD z 1.5 m" };
    const made = line.startsWith("RPUSH") || line.startsWith("ZADD") ? undefined : before[line.split(" ")[1] ?? ""];
    if (made !== undefined) await ask("call", ...made.split(" "));
    const { stdout } = await ask("call", ...line.split(" "));
    expect(stdout).toBe(`${printed}\n`);
  });

  it("takes everything behind the first word as the command's, flags too", async () => {
    const { ask } = await place();
    await ask("call", "SET", "--json", "--help");
    expect((await ask("call", "GET", "--json")).stdout).toBe('"--help"\n');
  });

  it("sends text as UTF-8 and prints it as redis-cli does", async () => {
    const { ask } = await place();
    await ask("call", "SET", "é", "日");
    expect((await ask("call", "GET", "é")).stdout).toBe('"\\xe6\\x97\\xa5"\n');
    expect(JSON.parse((await ask("call", "--json", "GET", "é")).stdout)).toEqual({
      outcome: "committed",
      reply: "日",
      index: expect.any(Number),
    });
  });

  it("exits 0 with an answer, 3 with nil, 1 refused by the machine", async () => {
    const { ask } = await place();
    expect((await ask("call", "SET", "a", "1")).code).toBe(0);
    expect((await ask("call", "GET", "b")).code).toBe(3);
    expect((await ask("call", "LPUSH", "a", "x")).code).toBe(1);
    const { stdout, code } = await ask("call", "--json", "LPUSH", "a", "x");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "rejected", code: "WRONGTYPE" });
  });

  it("exits 4 without a quorum: certainly not applied", async () => {
    const { ask, replica } = await place();
    await ask("call", "DBSIZE");
    replica.refuse("no-quorum");
    const { code, stdout } = await ask("call", "SET", "a", "1");
    expect(stdout).toMatch(/^\(error\) NOQUORUM /);
    expect(code).toBe(4);
    expect((await ask("call", "--stale", "GET", "a")).code).toBe(3);
  });

  it("exits 5 when nobody can tell", async () => {
    const { ask, replica } = await place();
    replica.blur("its block may be ordered yet");
    const { code, stdout } = await ask("call", "--json", "SET", "a", "1");
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "indeterminate", code: "INDETERMINATE" });
    expect(code).toBe(5);
  });

  it("exits 5 when the connection is lost after the command was sent, and asks nobody else", async () => {
    const url = await serve((request) => request.socket.destroy());
    const { code, stderr } = await askAt(url, "call", "SET", "a", "1");
    expect(code).toBe(5);
    expect(stderr).toMatch(/it may have been applied: look before you repeat it/);
  });

  it("exits 4 where nobody listens, and says what to do", async () => {
    const { code, stderr } = await askAt(await nowhere(), "call", "SET", "a", "1");
    expect(code).toBe(4);
    expect(stderr).toMatch(/nobody answers at .* \(ECONNREFUSED\); check the address/);
  });

  it("exits 1 where something else listens", async () => {
    const url = await serve((_, response) => response.end("<html>hello"));
    const { code, stderr } = await askAt(url, "call", "PING");
    expect(code).toBe(1);
    expect(stderr).toMatch(/is no replica's HTTP door: it answered "<html>hello"/);
  });

  it("exits 6 without a secret where users exist, and answers with the right one from the environment", async () => {
    const { replica, url, ask } = await place();
    const words = ["USER.SET", "admin", "ALLOW", "all", "TOKENHASH"].map((word) => bytesOf(word as never));
    const { createHash } = await import("node:crypto");
    words.push(bytesOf(createHash("sha256").update("secret-token").digest("hex") as never));
    await new Promise((resolve) => replica.submit({ words, notAfter: replica.now() + 60_000, user: "" }, resolve));
    const refused = await ask("call", "GET", "a");
    expect(refused.code).toBe(6);
    const signedIn = start(["call", "--url", url, "SET", "a", "1"], { env: { QUORATE_TOKEN: "secret-token" } });
    expect({ code: await signedIn.code, out: signedIn.said.stdout }).toEqual({ code: 0, out: "OK\n" });
    const wrong = start(["call", "--url", url, "--token", "wrong", "GET", "a"]);
    expect(await wrong.code).toBe(6);
    expect(wrong.said.stdout + wrong.said.stderr).not.toContain("secret-token");
  });

  it.each([["ftp://x"], ["nonsense"], ["http://user@x"]])("does not understand --url %s", async (url) => {
    expect((await askAt(url, "call", "PING")).code).toBe(2);
  });

  it("takes the address from QUORATE_URL, and a flag before that", async () => {
    const { url } = await place();
    const by = start(["call", "DBSIZE"], { env: { QUORATE_URL: url } });
    expect({ code: await by.code, out: by.said.stdout }).toEqual({ code: 0, out: "(integer) 0\n" });
    const other = start(["call", "--url", await nowhere(), "DBSIZE"], { env: { QUORATE_URL: url } });
    expect(await other.code).toBe(4);
  });
});

describe("status", () => {
  it("prints a table with every member, or the report itself", async () => {
    const { ask, url, replica } = await place({ members: 3, fault: { crash: 1, byzantine: 0 } });
    const { code, stdout } = await ask("status");
    const { code: again, stdout: json } = await ask("status", "--json");
    const report = JSON.parse(json);
    expect(report).toMatchObject({ replica: { name: replica.name }, members: { length: 3 } });
    expect(stdout).toContain(`${replica.name} at ${url}`);
    for (const { name } of report.members) expect(stdout).toMatch(new RegExp(`^  ${name} +1 `, "m"));
    expect(report.ready).toBe(true);
    expect([code, again]).toEqual([0, 0]);
  });

  it("exits 4 while the replica is not ready", async () => {
    const { ask } = await place({ members: 3, fault: { crash: 1, byzantine: 0 } });
    const report = JSON.parse((await ask("status", "--json")).stdout);
    const url = await serve((_, response) => response.end(JSON.stringify({ ...report, ready: false })));
    const { code, stdout } = await askAt(url, "status");
    expect(code).toBe(4);
    expect(stdout).toMatch(/: NOT ready; quorate explain says why$/m);
  });
});

describe("explain", () => {
  const report = (severity: string) => ({
    healthy: severity === "note",
    summary: "In one sentence.",
    findings: [{ severity, what: "b is missing", rule: "n − c = 2", members: ["b"], forMs: 12_000, todo: "start b" }],
    waiting: [{ round: 7, because: ["A7 commits: 2 votes", "B7 is undecided: 1 of 2 votes"] }],
  });

  it.each([
    ["critical", 4],
    ["warning", 0],
    ["note", 0],
  ])("prints findings with what to do, and with a %s one exits %i", async (severity, exit) => {
    const url = await serve((_, response) => response.end(JSON.stringify(report(severity))));
    const { code, stdout } = await askAt(url, "explain");
    expect(code).toBe(exit);
    expect(stdout).toContain(`\n${severity} (for 12 s): b is missing\n  rule: n − c = 2\n  do: start b\n`);
    expect(stdout.includes("  B7 is undecided: 1 of 2 votes\n")).toBe(severity === "critical");
    expect(stdout).not.toContain("A7 commits");
    expect(JSON.parse((await askAt(url, "explain", "--json")).stdout)).toEqual(report(severity));
  });

  it("asks a real replica", async () => {
    const { ask } = await place();
    expect((await ask("explain")).stdout).not.toBe("");
  });
});
