// The documents tell the truth: what they link to exists, what they tell to run runs, and what they name is there.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { SCENARIOS } from "@quorate/sim";
import { describe, expect, it } from "vitest";
import { EXIT } from "../packages/node/src/command/exit-code.ts";
import { runCommand } from "../packages/node/src/command/run.ts";
import { runLive } from "../packages/node/src/command/sim-live.ts";
import { VERBS } from "../packages/node/src/command/verbs.ts";
import { CANARIES } from "../packages/sim/src/canary/registry.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return ["node_modules", ".git", ".campaign", "dist"].includes(entry.name) ? [] : markdownIn(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

const documents = markdownIn(".").map((path) => ({
  path: relative(".", path),
  text: readFileSync(join(root, path), "utf8"),
}));
const scripts = Object.keys(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts);

/** Lines of the fenced blocks that a shell is to run. */
function shellLines(text: string): string[] {
  return [...text.matchAll(/```(?:sh|bash|console)\n([\s\S]*?)```/g)].flatMap(([, block = ""]) =>
    block
      .split("\n")
      .map((line) =>
        line
          .replace(/^\$ /, "")
          .replace(/\s+#.*$/, "")
          .trim(),
      )
      .filter((line) => line !== ""),
  );
}

describe("the documents", () => {
  it.each(documents)("$path links only to what exists", ({ path, text }) => {
    const prose = text.replace(/```[\s\S]*?```/g, "").replace(/`[^`\n]*`/g, "");
    for (const [, target = ""] of prose.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      expect(existsSync(join(root, dirname(path), target)), `${path} links to ${target}`).toBe(true);
    }
  });

  it("show only scripts that the workspace has", () => {
    for (const { path, text } of documents) {
      for (const [, name = ""] of text.matchAll(/npm run (?:-s )?([a-z][a-z:]*)/g))
        expect(scripts, `${path}: npm run ${name}`).toContain(name);
    }
  });

  const shown = documents.flatMap(({ path, text }) =>
    shellLines(text).flatMap((line) => {
      const [, words] = /^npm run (?:-s )?(?:quorate|sim) -- ([^|>&]+)$/.exec(line) ?? [];
      if (words === undefined) return [];
      const argv = words.trim().split(/\s+/);
      return [{ path, line, argv: line.includes("npm run sim") || line.includes("-s sim") ? ["sim", ...argv] : argv }];
    }),
  );

  // Commands on files of the reader's own, and those that their pages' own tests run, cannot be run from here.
  const runnable = shown.filter(
    ({ argv }) => !argv.some((word) => /\.(dag|jsonl|json)$/.test(word)) && !argv.includes("--live"),
  );

  it("show commands", () => {
    expect(runnable.length).toBeGreaterThan(4);
  });

  it.each(runnable)("$path: $line", async ({ argv }) => {
    let said = "";
    const code = await runCommand(argv, {
      stdout: (text) => void (said += text),
      stderr: (text) => void (said += text),
    });
    // A page may show a configuration that is refused; what is printed then is compared by the verb's own tests.
    expect([EXIT.ok, EXIT.configuration], said).toContain(code);
    expect(said).not.toBe("");
  });

  it("show in the README what the live simulation prints", () => {
    const [, shown = ""] =
      /```text\n(A simulated cluster[\s\S]*?)```/.exec(documents.find(({ path }) => path === "README.md")!.text) ?? [];
    const said: string[] = [];
    const io = { stdout: (text: string) => void said.push(text), stderr: (text: string) => void said.push(text) };
    runLive({ seed: 1, members: 5, fault: { crash: 2, byzantine: 0 }, seconds: 16 }, io, () => {});
    const printed = said.join("").split("\n");
    const lines = shown.split("\n").filter((line) => line !== "" && !line.includes("…"));
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expect(printed).toContain(line);
  });

  it("name scenarios, DAG files and canaries that there are, and every scenario that there is", () => {
    const { text } = documents.find(({ path }) => path === "docs/scenarios.md")!;
    const named = (kind: string) =>
      [...text.matchAll(new RegExp(`${kind} ((?:\u0060[\\w-]+\u0060(?:, )?)+)`, "g"))].flatMap(([, list = ""]) =>
        [...list.matchAll(/`([\w-]+)`/g)].map(([, name = ""]) => name),
      );
    for (const name of named("DAG"))
      expect(existsSync(join(root, "packages/core/testdata", `${name}.dag`)), name).toBe(true);
    const canaries = new Set(CANARIES.map((canary) => canary.name));
    for (const name of named("canary"))
      expect(
        [...canaries].some((each) => each.includes(name)),
        name,
      ).toBe(true);
    const scenarios = SCENARIOS.map(({ name }) => name);
    expect(named("scenario")).toEqual(expect.arrayContaining(scenarios));
    for (const name of named("scenario")) expect(scenarios).toContain(name);
  });

  it("name every verb of the command in the README", () => {
    const readme = documents.find(({ path }) => path === "README.md")!.text;
    for (const verb of VERBS.map(({ name }) => name)) expect(readme).toContain(`\`${verb}\``);
  });
});
