// `quorate plan`: the shape that programs read, the refusals, and that what people read says the same.
import { readFileSync } from "node:fs";
import { thresholds } from "@quorate/core";
import { describe, expect, it } from "vitest";
import { EXIT } from "./exit-code.ts";
import type { Plan } from "./plan/plan.ts";
import { runCommand } from "./run.ts";

async function run(...argv: readonly string[]) {
  const told = { stdout: "", stderr: "" };
  const io = {
    stdout: (text: string) => void (told.stdout += text),
    stderr: (text: string) => void (told.stderr += text),
  };
  return { code: await runCommand(["plan", ...argv], io), ...told };
}

async function planned(...argv: readonly string[]): Promise<Plan> {
  const { code, stdout, stderr } = await run(...argv, "--json");
  expect({ code, stderr }).toEqual({ code: EXIT.ok, stderr: "" });
  expect(stdout.endsWith("\n")).toBe(true);
  return JSON.parse(stdout) as Plan;
}

describe("the JSON of a plan", () => {
  it("is whole and documented", async () => {
    const plan = await planned("--regions", "dublin,london,virginia", "--reliability", "0.99");
    expect(plan).toEqual({
      rule: "cft2",
      total: 3,
      fault: { crash: 1, byzantine: 0 },
      slack: 0,
      wave: 2,
      thresholds: {
        parents: 2,
        commit: 2,
        certificate: 2,
        slow: 2,
        skip: 3,
        link: 1,
        read: 2,
        recovery: 2,
        active: 2,
        client: 1,
      },
      reasons: expect.objectContaining({ parents: expect.any(String), link: expect.any(String) }),
      tolerance: {
        stopped: { any: 1, best: 1 },
        lying: { any: 0, best: 0 },
        stoppedBesideLiars: { any: 1, best: 1 },
        stoppedOnFastPath: { any: 1, best: 1 },
        critical: [],
        powerless: [],
      },
      quorums: {
        count: 3,
        minimal: [
          ["A", "B"],
          ["A", "C"],
          ["B", "C"],
        ],
      },
      availability: { commits: expect.closeTo(0.999702, 9), fastCommits: expect.closeTo(0.999702, 9) },
      members: [
        memberLike({ name: "A", region: "dublin", ms: { idle: 15, loaded: 18.75, read: 15 } }),
        memberLike({ name: "B", region: "london", ms: { idle: 15, loaded: 18.75, read: 15 } }),
        memberLike({ name: "C", region: "virginia", ms: { idle: 76, loaded: expect.any(Number), read: 76 } }),
      ],
      notes: [expect.stringContaining("skipping takes 3 blames")],
    });
    const { stdout } = await run("--help");
    for (const field of [...Object.keys(plan), ...Object.keys(plan.thresholds), ...Object.keys(plan.tolerance)]) {
      expect(stdout, field).toContain(field);
    }
  });

  it("has the thresholds of the core for every committee", async () => {
    for (const [stakes, crash, byzantine] of [
      ["1,1,1,1", 1, 0],
      ["3,1,1", 1, 0],
      ["1,1,1,1,1,1,1", 1, 1],
      ["2,2,2,2,1", 0, 2],
    ] as const) {
      const core = thresholds(stakes.split(",").map(Number), { crash, byzantine });
      const plan = await planned("--stakes", stakes, "--crash", `${crash}`, "--byzantine", `${byzantine}`);
      expect(core).toMatchObject({ rule: plan.rule, total: plan.total, slack: plan.slack, wave: plan.wave });
      const { read: _read, recovery: _recovery, active: _active, client: _client, ...rule } = plan.thresholds;
      expect(core).toMatchObject(rule);
    }
  });

  it("leaves out what was not asked for", async () => {
    const plan = await planned("--members", "4");
    expect(plan.availability).toBeNull();
    expect(plan.members[0]).toEqual({ name: "A", stake: 1, latency: { delays: { idle: 3, loaded: 2.5, read: 2 } } });
  });

  it("counts quorums that are too many to list", async () => {
    expect((await planned("--members", "20")).quorums).toEqual({ count: 167_960, minimal: null });
  });

  it("says null where stakes have too many different sums", async () => {
    const stakes = Array.from({ length: 30 }, (_, index) => 2 ** index).join(",");
    const plan = await planned("--stakes", stakes, "--reliability", "0.9");
    expect([plan.quorums.count, plan.availability]).toEqual([null, null]);
    expect((await run("--stakes", stakes, "--reliability", "0.9")).stdout).toContain("too many different sums");
  });
});

describe("the choices that are left out", () => {
  it.each([
    [["--members", "5"], "cft2", 2, 0],
    [["--members", "7", "--byzantine", "1"], "hyb3", 1, 1],
    [["--stakes", "3,1,1"], "cft2", 2, 0],
    [["--reliability", "0.9,0.8,0.7"], "cft2", 1, 0],
    [["--members", "1"], "cft2", 0, 0],
  ])("follow from %j", async (argv, rule, crash, byzantine) => {
    expect(await planned(...argv)).toMatchObject({ rule, fault: { crash, byzantine } });
  });
});

describe("a refusal", () => {
  it.each([
    [
      ["--members", "4", "--crash", "2"],
      "needs total stake n ≥ 2c + 1 = 5",
      "add 1 more member of stake 1; or lower crash to 1",
    ],
    [["--members", "3", "--byzantine", "1"], "needs total stake n ≥ 3f + 2c + 1 = 4", "lower byzantine to 0"],
    [["--members", "2", "--byzantine", "3"], "= 10", "add 8 more members of stake 1"],
  ])("of %j exits 7 with the rule, the numbers and the way out", async (argv, problem, remedy) => {
    const { code, stdout, stderr } = await run(...argv);
    expect({ code, stdout }).toEqual({ code: EXIT.configuration, stdout: "" });
    expect(stderr).toContain(problem);
    expect(stderr).toContain(remedy);
    const json = await run(...argv, "--json");
    expect(JSON.parse(json.stdout)).toEqual({
      error: { code: "configuration", message: expect.stringContaining(remedy) },
    });
  });

  it.each([
    [[], "plan needs to know how many members"],
    [["--members", "3", "--stakes", "1,1"], "--stakes names 2, but there are 3 members"],
    [["--members", "3", "--regions", "dublin"], "--regions names 1, but there are 3 members"],
    [["--members", "3", "--reliability", "0.9,0.8"], "--reliability names 2, but there are 3 members"],
    [["--stakes", "1,0,1"], "--stakes takes a whole number from 1"],
    [["--stakes", "1,,1"], '--stakes takes a whole number from 1 to 2147483647, not ""'],
    [["--regions", "dublin,londom,tokyo"], 'there is no region "londom"; did you mean london?'],
    [["--regions", "a,b,c"], "known are virginia"],
    [["--members", "3", "--reliability", "99"], "--reliability takes numbers from 0 to 1"],
    [["--members", "3", "--reliability", "often"], "--reliability takes numbers from 0 to 1"],
  ])("of %j exits 2", async (argv, message) => {
    const { code, stderr } = await run(...argv);
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain(message);
  });
});

describe("the text of a plan", () => {
  it("warns of a member that everything waits for", async () => {
    const { stdout } = await run("--stakes", "5,1,1");
    expect(stdout).toContain("Nothing commits without A");
    expect(stdout).toContain("B, C never make a difference");
    expect(stdout).toContain("A lost disk of A cannot be made good");
    expect(stdout).toContain("none for certain, up to 2 of 3");
  });

  it("warns of a fast path that needs everybody, and only then", async () => {
    expect((await run("--members", "4", "--byzantine", "1")).stdout).toContain("The fast path needs everybody");
    expect((await run("--members", "6", "--byzantine", "1", "--crash", "0")).stdout).not.toContain("needs everybody");
  });

  it("says when one member less would do", async () => {
    expect((await run("--members", "4")).stdout).toContain("3 are enough for a crash bound of 1");
    expect((await run("--members", "5")).stdout).not.toContain("One member less");
  });
});

describe("docs/plan.md", () => {
  const page = readFileSync(new URL("../../../../docs/plan.md", import.meta.url), "utf8");
  const shown = [...page.matchAll(/^\$ npm run (?:-s )?quorate -- plan (.*)\n([\s\S]*?)(?=^```|^\$ )/gm)];

  it("shows commands", () => {
    expect(shown.length).toBeGreaterThan(3);
  });

  it.each(shown.map(([, argv, output]) => [argv!, output!]))("shows what `plan %s` prints", async (argv, output) => {
    const { stdout, stderr } = await run(...argv.split(" "));
    if (output.trim() === "") return;
    const lines = (text: string) => text.split("\n").map((line) => line.trimEnd());
    const real = lines(stdout === "" ? stderr : stdout);
    // Where the page leaves lines out it says so with an ellipsis on a line of its own.
    for (const part of output.trimEnd().split(/^…\n?/m)) {
      const wanted = lines(part.trimEnd());
      const at = real.findIndex((_, start) => wanted.every((line, offset) => real[start + offset] === line));
      expect(at, `not printed by plan ${argv}:\n${part}`).toBeGreaterThanOrEqual(0);
    }
  });
});

function memberLike({ name, region, ms }: { name: string; region: string; ms: object }) {
  return { name, stake: 1, region, reliability: 0.99, latency: { delays: { idle: 2, loaded: 2.5, read: 2 }, ms } };
}
