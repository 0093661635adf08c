// The examples run, by the one command that their pages tell, and show what they say they show.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { judgeAuction, judgeJobRunner } from "./judge-examples.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

function runExample(name: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts/ensure.mjs"), "example", name], {
    cwd: root,
    encoding: "utf8",
    timeout: 120_000,
  });
  expect(status, `${stdout}\n${stderr}`).toBe(0);
  return stdout;
}

describe("examples", () => {
  it("job-runner: a worker that froze is fenced off, and each job is done once", () => {
    judgeJobRunner(runExample("job-runner"));
  });

  it("auction: the best bid wins, though a replica died", () => {
    judgeAuction(runExample("auction"));
  });

  it("tell how to run each of them", () => {
    const folders = readdirSync(join(root, "examples"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of folders)
      expect(readFileSync(join(root, "examples", name, "README.md"), "utf8")).toContain(`npm run example ${name}`);
  });
});
