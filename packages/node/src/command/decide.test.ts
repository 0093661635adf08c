// `quorate decide` from the outside: what it prints for files that hold, files that are refused, and both together.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SELF } from "../../test/command/program.ts";
import { EXIT } from "./exit-code.ts";
import { runCommand } from "./run.ts";

const SCENARIO = fileURLToPath(new URL("../../../core/testdata/dead_zone.dag", import.meta.url));

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "quorate-decide-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

async function decide(...argv: string[]) {
  const told = { stdout: "", stderr: "" };
  const io = {
    stdout: (text: string) => void (told.stdout += text),
    stderr: (text: string) => void (told.stderr += text),
  };
  return { code: await runCommand(["decide", ...argv], io), ...told };
}

describe("quorate decide", () => {
  it("prints every slot with its verdict and the reason", async () => {
    expect(await decide(SCENARIO)).toEqual({
      code: EXIT.ok,
      stderr: "",
      stdout:
        `${SCENARIO}\n` +
        "  A1   commit A1 indirect   votes of stake 2 for A1 are in the history of the anchor B3, and 1 link\n" +
        "  B3   commit B3 direct     B3 has votes of stake 5 in round 4, and 3 commit\n",
    });
  });

  it("answers each file on one line of JSON, in the order given, and fails at the end if one is refused", async () => {
    const broken = file(
      "broken.json",
      '{"members": [{"name": "A"}], "blocks": [{"id": "A1", "author": "B", "round": 1, "parents": []}]}',
    );
    const missing = join(directory, "missing.dag");
    const beyond = file("beyond.dag", "members A B\nfault crash=1");
    const { code, stdout, stderr } = await decide("--json", broken, SCENARIO, missing, beyond, SCENARIO);
    expect(code).toBe(EXIT.failed);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines[0]).toEqual({ error: { code: "dag-file", message: 'block A1: V1 there is no member "B"' } });
    expect(lines[1]).toEqual({
      slots: [
        {
          slot: { round: 1, author: "A" },
          verdict: "commit",
          block: "A1",
          how: "indirect",
          because: "votes of stake 2 for A1 are in the history of the anchor B3, and 1 link",
        },
        {
          slot: { round: 3, author: "B" },
          verdict: "commit",
          block: "B3",
          how: "direct",
          because: "B3 has votes of stake 5 in round 4, and 3 commit",
        },
      ],
    });
    expect(lines[2].error.code).toBe("ENOENT");
    expect(lines[3].error).toMatchObject({ code: "configuration", message: expect.stringContaining("n ≥ 2c + 1 = 3") });
    expect(lines[4]).toEqual(lines[1]);
    expect(lines).toHaveLength(5);
    expect(stderr).toContain(`quorate: ${broken}: block A1: V1`);
  });

  it("fails when an expectation of the file is not met, and says which", async () => {
    const wrong = file("wrong.dag", "members A B C\nfault crash=1\nanchors 1: A\n1: *\n2: *\nexpect A1 skip");
    const unmet = "A1: expected skip, found commit A1 direct: A1 has votes of stake 3 in round 2, and 2 commit";
    const text = await decide(wrong);
    expect(text.code).toBe(EXIT.failed);
    expect(text.stdout).toContain(`  unmet: ${unmet}\n`);
    expect(JSON.parse((await decide("--json", wrong)).stdout)).toMatchObject({ unmet: [unmet] });
  });

  it("fails when a file expects something of a round without slots", async () => {
    const nothing = file("nothing.dag", "members A B C\nfault crash=1\nanchors 1: A\n1: *\n2: *\nexpect 5..9 commit");
    const { code, stdout } = await decide("--json", nothing);
    expect(code).toBe(EXIT.failed);
    expect(JSON.parse(stdout).unmet).toHaveLength(5);
  });

  it("refuses ranges that no file can mean, and answers the files after them", async () => {
    const endless = file("endless.dag", "members A\nanchors 1..99999999999: A");
    const { code, stdout } = await decide("--json", endless, SCENARIO);
    expect(code).toBe(EXIT.failed);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => Object.keys(JSON.parse(line)))).toEqual([["error"], ["slots"]]);
  });

  it("finds the examples of its page as that says", async () => {
    const page = readFileSync(new URL("../../../../docs/dag-files.md", import.meta.url), "utf8");
    const example = (form: string): string => page.split(`\`\`\`${form}\n`)[1]!.split("```")[0]!;
    expect(await decide(file("text.dag", example("text")))).toMatchObject({ code: EXIT.ok });
    expect(await decide(file("json.json", example("json")))).toMatchObject({ code: EXIT.ok });
    const named = fileURLToPath(new URL("../../../core/testdata/twin_tiebreak.dag", import.meta.url));
    const { stdout } = await decide(named);
    expect(page).toContain(stdout.replace(named, "packages/core/testdata/twin_tiebreak.dag"));
  });

  it("reads standard input", () => {
    const [program = "", ...words] = SELF;
    const { status, stdout } = spawnSync(program, [...words, "decide", "-"], {
      input: readFileSync(SCENARIO),
      encoding: "utf8",
    });
    expect(status).toBe(EXIT.ok);
    expect(stdout).toContain("standard input\n  A1   commit A1 indirect");
  });

  it("needs a file", async () => {
    expect(await decide()).toMatchObject({ code: EXIT.usage });
  });
});
