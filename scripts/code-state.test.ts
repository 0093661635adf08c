// A result belongs to the code that made it: every edit that could change it renames the state, and no other.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { codeState } from "./code-state.ts";

let folder = "";
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const state = (): Promise<string> => codeState(folder, { whole: ["runner.ts"], alone: "campaigns.ts" });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "quorate-code-state-"));
  write("helper.ts", "export const most: number = 3;");
  write("runner.ts", 'import { most } from "./helper.ts";\nexport const run = (): number => most;');
  write("campaigns.ts", 'import { run } from "./runner.ts";\nimport "./other-runner.ts";\nconsole.log(run());');
  write("other-runner.ts", "export {};");
});
afterEach(() => rmSync(folder, { recursive: true }));

it.each([
  ["a runner", "runner.ts", 'import { most } from "./helper.ts";\nexport const run = (): number => most + 1;'],
  ["what a runner imports", "helper.ts", "export const most: number = 4;"],
  ["what runs it", "campaigns.ts", 'import { run } from "./runner.ts";\nconsole.log(run() + 1);'],
])("changes with %s, each time to another", async (_, name, text) => {
  const before = await state();
  write(name, text);
  const changed = await state();
  write(name, `${text}\nexport const more = 1;`);
  expect(new Set([before, changed, await state()]).size).toBe(3);
});

it.each([
  ["a comment", "helper.ts", "// Why it is so.\nexport const most: number = 3;"],
  ["a page", "README.md", "# Read me"],
  ["a file that nothing imports", "runner.test.ts", "throw new Error();"],
  ["the runner of another campaign", "other-runner.ts", "export const other = 1;"],
])("stays with %s", async (_, name, text) => {
  const before = await state();
  write(name, text);
  expect(await state()).toBe(before);
});
