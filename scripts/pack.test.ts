// What people install: the tarballs pass the linters of packages, install into an empty folder, and there the command runs,
// and programs that use the client and embed replicas compile, strictly and down to the last declaration file, and run.
//
// Installing needs npm's registry for the dependencies (or npm's cache of them). Without either that part is skipped, and
// says so; the build and the linters run anywhere.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { freeOffset } from "../bench/cluster/ports.ts";
import { buildPackages } from "./build.ts";
import { judgeAuction, judgeJobRunner } from "./judge-examples.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "quorate-pack-"));
const home = join(folder, "home");
const packed = join(folder, "packed");
const program = join(home, "program");
const FOREVER_MS = 300_000;

/** A stranger's environment: nothing of the npm, the tests and the workspace that this runs in. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) =>
      /^npm_config_(registry|cache|userconfig|.*proxy)$/i.test(name) ||
      !/^(npm_|init_cwd|node_env|node_options|vitest|quorate_|dev$|test$|prod$|mode$)/i.test(name),
  ),
);
const options = { cwd: home, env, timeout: 120_000, shell: process.platform === "win32" };

const built = beforePacking();
let cannotInstall: string | undefined;

function beforePacking(): ReturnType<typeof buildPackages> {
  mkdirSync(packed);
  return buildPackages(packed);
}

beforeAll(async () => {
  mkdirSync(program, { recursive: true });
  writeFileSync(join(home, "package.json"), '{ "private": true, "type": "module" }\n');
  const { version } = JSON.parse(readFileSync(join(root, "node_modules/@types/node/package.json"), "utf8"));
  const what = [...built.map(({ tarball }) => tarball), `@types/node@${version}`];
  try {
    await run(
      "npm",
      [
        "install",
        "--no-audit",
        "--no-fund",
        "--prefer-offline",
        "--fetch-retries=1",
        "--fetch-retry-mintimeout=1000",
        ...what,
      ],
      options,
    );
  } catch (error) {
    const { stderr } = error as { readonly stderr: string };
    // Anything else is a package that cannot be installed, which is what this is about.
    if (!/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT/.test(stderr)) throw error;
    cannotInstall = "npm's registry cannot be reached: installing the tarballs was NOT tested";
    console.warn(cannotInstall);
  }
}, FOREVER_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function needsInstall(context: TestContext): void {
  if (cannotInstall !== undefined) context.skip(cannotInstall);
}

describe.each(built)("$name", ({ folder: staged, name }) => {
  it("holds what was built and nothing of the sources", () => {
    const files = readdirSync(staged, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);
    expect(files.filter((file) => /\.tsx?$/.test(file) && !file.endsWith(".d.ts"))).toEqual([]);
    expect(files.filter((file) => file.includes(".test."))).toEqual([]);
    const manifest = readFileSync(join(staged, "package.json"), "utf8");
    expect(manifest).not.toMatch(/source|devDependencies|private/);
    expect(JSON.parse(manifest)).toMatchObject({ name, files: ["dist"] });
  });

  it("passes publint", async () => {
    const { messages, pkg } = await publint({ pkgDir: staged, strict: true, pack: false });
    expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([]);
  });
});

it("all have types that every ESM-only consumer finds", async () => {
  const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
  const check = ({ tarball }: (typeof built)[number]) =>
    run(process.execPath, [attw, tarball, "--profile", "esm-only", "--format", "ascii"]).catch(
      (error: { stdout: string }) => {
        throw new Error(error.stdout);
      },
    );
  await Promise.all(built.map(check));
});

describe("installed into an empty folder", () => {
  it("the command says its version", async (context) => {
    needsInstall(context);
    const { stdout } = await run("npx", ["--no-install", "quorate", "--version"], options);
    expect(stdout.trim()).toBe(JSON.parse(readFileSync(join(root, "packages/node/package.json"), "utf8")).version);
  });

  it("quorate local runs, in processes and in one, and ends in order", async (context) => {
    needsInstall(context);
    await runLocal();
    await runLocal("--in-process");
  });

  it("programs compile, whatever conditions their authors set, and run", async (context) => {
    needsInstall(context);
    for (const name of ["job-runner", "auction"])
      cpSync(join(root, "examples", name), join(program, name), {
        recursive: true,
        filter: (path) => !path.endsWith(".json"),
      });
    const page = readFileSync(join(root, "docs/embedding.md"), "utf8");
    const shown = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
    for (const [at, code] of shown.entries()) writeFileSync(join(program, `shown-${at}.ts`), code);
    const doors = shown.findIndex((code) => code.includes("@quorate/client"));
    await compile("tsconfig.json", { outDir: "out", types: ["node"] });
    await compile("tsconfig.conditions.json", { noEmit: true, types: ["node"], customConditions: ["@quorate/source"] });
    const start = (file: string, ...flags: string[]) =>
      run(process.execPath, [...flags, join(program, "out", file)], options).then(({ stdout }) => stdout);
    const [jobs, bids, hello] = await Promise.all([
      start("job-runner/main.js"),
      start("auction/main.js"),
      start(`shown-${doors}.js`, "--conditions=@quorate/source"),
    ]);
    judgeJobRunner(jobs);
    judgeAuction(bids);
    expect(hello.trim()).toBe("hello");
  });

  it("what is pure compiles without Node's types, the client for browsers", async (context) => {
    needsInstall(context);
    const everything = ["core", "core/api", "machine", "machine/conformance", "sim", "sim/conformance"];
    const lines = everything.map((name, at) => `export * as each${at} from "@quorate/${name}";\n`);
    writeFileSync(join(program, "pure.ts"), lines.join(""));
    writeFileSync(join(program, "page.ts"), 'export * from "@quorate/client";\n');
    await compile("tsconfig.pure.json", { noEmit: true, types: [], lib: ["es2023"] }, ["pure.ts"]);
    await compile("tsconfig.page.json", { noEmit: true, types: [], lib: ["es2023", "dom", "dom.iterable"] }, [
      "page.ts",
    ]);
  });
});

async function runLocal(...flags: readonly string[]): Promise<void> {
  const offset = String(await freeOffset(3));
  // Long before that it is told to stop; a failed test leaves nothing that goes on for ever.
  const words = ["local", "--replicas", "3", "--for", "120", "--json", "--port-offset", offset, ...flags];
  const local = spawn(join(home, "node_modules/.bin/quorate"), words, {
    ...options,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  local.stderr.on("data", (bytes) => (said += bytes));
  const ended = once(local, "exit");
  const [line] = await Promise.race([once(local.stdout, "data"), ended.then(() => [""])]);
  expect(String(line), said).toMatch(/^\{/);
  const { members } = JSON.parse(String(line)) as { members: { pid?: number; http: string }[] };
  const ask = async (at: number, ...command: string[]): Promise<{ outcome: string }> => {
    const response = await fetch(`http://${members[at]!.http}/v1/commands`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ words: command }),
    });
    return (await response.json()) as { outcome: string };
  };
  // A slow machine is shown its cluster while some of it is still on its way: who does not listen or serve yet is asked again.
  const call = async (at: number, ...command: string[]): Promise<unknown> => {
    const answer = await ask(at, ...command).catch((error: { cause?: { code?: string } }) => {
      if (error.cause?.code !== "ECONNREFUSED") throw error;
      return { outcome: "rejected" };
    });
    if (answer.outcome !== "rejected" || local.exitCode !== null) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return await call(at, ...command);
  };
  expect(await call(0, "SET", "a", "1"), said).toMatchObject({ outcome: "committed", reply: "OK" });
  expect(await call(2, "GET", "a"), said).toMatchObject({ outcome: "committed", reply: "1" });
  local.kill("SIGTERM");
  expect((await ended)[0], said).toBe(0);
  for (const { pid } of members) if (pid !== undefined) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
}

async function compile(name: string, more: object, files?: readonly string[]): Promise<void> {
  const compilerOptions = {
    ...{ module: "nodenext", target: "es2023", rootDir: ".", rewriteRelativeImportExtensions: true },
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false },
    ...more,
  };
  const which = files === undefined ? { include: ["*.ts", "*/*.ts"], exclude: ["out"] } : { files };
  writeFileSync(join(program, name), JSON.stringify({ compilerOptions, ...which }));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await run(process.execPath, [tsc, "-p", join(program, name)], options).catch((error: { stdout: string }) => {
    throw new Error(error.stdout);
  });
}
