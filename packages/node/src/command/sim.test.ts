// `quorate sim`: verdicts become exit codes, failures tell how to see them again, and what it writes can be judged again.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXIT } from "./exit-code.ts";
import { runCommand } from "./run.ts";
import { simExit } from "./sim-exit.ts";

let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "quorate-sim-"));
});

afterAll(() => rmSync(directory, { recursive: true }));

async function run(...argv: readonly string[]) {
  const told = { stdout: "", stderr: "" };
  const io = {
    stdout: (text: string) => void (told.stdout += text),
    stderr: (text: string) => void (told.stderr += text),
  };
  return { code: await runCommand([...argv], io), ...told };
}

describe("quorate sim", () => {
  it("runs a seed of the shape that was asked for, and says the same twice", async () => {
    const argv = [
      "sim",
      "--seed",
      "5",
      "--replicas",
      "4",
      "--byzantine",
      "1",
      "--crash",
      "0",
      "--steps",
      "30",
      "--json",
    ];
    const first = await run(...argv);
    expect(first.code).toBe(EXIT.ok);
    const outcome = JSON.parse(first.stdout);
    expect(outcome).toMatchObject({ scenario: "random", seed: "5", verdict: "held", reasons: [] });
    expect(outcome.stats).toMatchObject({ members: 4, rule: "hyb3" });
    expect(outcome.stats.rounds).toBeGreaterThanOrEqual(30);
    expect(outcome.replay).toBe("npm run quorate -- sim --replicas 4 --crash 0 --byzantine 1 --steps 30 --seed 5");
    expect(await run(...argv)).toEqual(first);
  });

  it("writes a history that quorate check takes, and a trace in order of time", async () => {
    const history = join(directory, "run.jsonl");
    const trace = join(directory, "run.trace");
    const told = await run("sim", "--scenario", "late-block-once", "--history", history, "--trace", trace);
    expect(told).toMatchObject({ code: EXIT.ok, stderr: "" });
    expect(told.stdout).toContain("late-block-once, seed 1: held");
    expect((await run("check", history)).code).toBe(EXIT.ok);
    const times = readFileSync(trace, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => Number.parseFloat(line));
    expect(times.length).toBeGreaterThan(1_000);
    expect(times).toEqual(times.toSorted((left, right) => left - right));
  });

  it("writes nothing into it that a checker could not know: values that expire are judged by the run itself", async () => {
    const history = join(directory, "expiring.jsonl");
    for (const seed of ["3", "7"]) {
      expect((await run("sim", "--seed", seed, "--history", history)).code).toBe(EXIT.ok);
      expect((await run("check", history)).code).toBe(EXIT.ok);
    }
  });

  it("sums up a campaign", async () => {
    const { code, stdout } = await run("sim", "--seeds", "1..3", "--replicas", "3", "--steps", "20", "--json");
    expect(code).toBe(EXIT.ok);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.slice(0, 3).map(({ seed }) => seed)).toEqual(["1", "2", "3"]);
    expect(lines[3]).toMatchObject({ seeds: 3, held: 3, safety: [], noProgress: [], undecided: [], short: [] });
  });

  it("runs every seed of a campaign with the bounds that were asked for", async () => {
    const { code, stderr, stdout } = await run("sim", "--seeds", "1..5", "--crash", "1", "--steps", "20");
    expect({ code, stderr }).toEqual({ code: EXIT.ok, stderr: "" });
    expect(stdout).toContain("5 seeds: 5 held");
  });

  it("never calls good what was left open, and tells the worst", () => {
    const fine = { safetyBroken: false, noProgress: false, open: false };
    expect(simExit(fine)).toBe(EXIT.ok);
    expect(simExit({ ...fine, open: true })).toBe(EXIT.failed);
    expect(simExit({ ...fine, open: true, noProgress: true })).toBe(EXIT.noProgress);
    expect(simExit({ safetyBroken: true, noProgress: true, open: true })).toBe(EXIT.safetyBroken);
  });

  it.each([
    [["--scenario", "no-such"], "there is no scenario"],
    [["--scenario", "power-loss", "--replicas", "9"], "has a shape of its own"],
    [["--seeds", "9..3"], "--seeds is A..B"],
    [["--seeds", "1..3", "--seed", "2"], "exclude each other"],
    [["--seeds", "1..3", "--trace", "x"], "give --seed"],
  ])("refuses %j", async (argv, message) => {
    const { code, stderr } = await run("sim", ...argv);
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain(message);
  });
});
