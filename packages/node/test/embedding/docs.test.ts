// Everything that docs/embedding.md shows is a whole program: it compiles, strictly, runs, and prints what stands behind
// its lines.
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePorts } from "../../../../bench/cluster/ports.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const page = readFileSync(join(root, "docs/embedding.md"), "utf8");
const programs = [...page.matchAll(/^## (.*)$|^```ts\n([\s\S]*?)^```$/gm)].reduce<{ title: string; code: string }[]>(
  (found, [, title, code]) => {
    if (title !== undefined) found.push({ title, code: "" });
    else found.at(-1)!.code = code!;
    return found;
  },
  [],
);
const shown = programs.filter(({ code }) => code !== "");

// Inside of the package, where its own name and the client's are found.
const directory = join(root, "packages/node/.run", `embedding-${process.pid}`);
const fileOf = (at: number): string => join(directory, `program-${at}.ts`);
const node = (...args: string[]) => promisify(execFile)(process.execPath, args, { timeout: 120_000 });

beforeAll(async () => {
  mkdirSync(directory, { recursive: true });
  // The page names ports; here they are some that nobody has.
  const ports = await freePorts(3);
  for (const [at, { code }] of shown.entries())
    writeFileSync(fileOf(at), code.replace("port: 19_101 + at", `port: ${JSON.stringify(ports)}[at]!`));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("docs/embedding.md", () => {
  it("shows programs that compile", async () => {
    const compilerOptions = {
      ...{ rootDir: "/", noEmit: true, types: ["node"] },
      ...{ isolatedDeclarations: false, declaration: false },
    };
    const config = {
      extends: join(root, "tsconfig.base.json"),
      compilerOptions,
      files: shown.map((_, at) => fileOf(at)),
    };
    writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(config));
    await node(join(root, "node_modules/typescript/bin/tsc"), "-p", directory).catch((error: { stdout: string }) => {
      throw new Error(error.stdout);
    });
  });

  it.each(shown.map(({ title, code }, at) => ({ title, code, at })))("runs: $title", async ({ code, at }) => {
    const loader = pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href;
    const { stdout } = await node("--conditions=@quorate/source", "--import", loader, fileOf(at));
    const promised = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text);
    expect(promised.length).toBeGreaterThan(0);
    expect(stdout.trim().split("\n")).toEqual(promised);
  });
});
