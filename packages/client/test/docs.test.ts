// Everything that docs/client.md shows compiles, strictly, and runs.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import * as quorate from "../src/index.ts";
import { World } from "./world.ts";

const here = createRequire(import.meta.url);
const root = fileURLToPath(new URL("../../..", import.meta.url));
const page = readFileSync(join(root, "docs/client.md"), "utf8");
const snippets = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);

const IMPORT = /^import \{[^}]*\} from "@quorate\/client";\n/gm;

describe("docs/client.md", () => {
  it("shows what compiles", () => {
    const directory = mkdtempSync(join(tmpdir(), "quorate-docs-"));
    try {
      const files = snippets.map((code, at) => {
        const imports = code.match(IMPORT)?.join("") ?? "";
        const ambient = /const client = connect/.test(code)
          ? ""
          : 'declare const client: import("@quorate/client").Client;\n';
        const body = code.replace(IMPORT, "");
        const file = join(directory, `snippet-${at}.ts`);
        writeFileSync(file, `${imports}${ambient}export const run = async () => {\n${body}\n};\n`);
        return file;
      });
      const base = join(root, "packages/client/tsconfig.json");
      const paths = {
        "@quorate/client": [join(root, "packages/client/src/index.ts")],
        "@quorate/core/api": [join(root, "packages/core/src/api.ts")],
      };
      const options = {
        ...{ paths, rootDir: "/", noEmit: true, isolatedDeclarations: false, declaration: false },
        ...{
          noUnusedLocals: false,
          module: "preserve",
          moduleResolution: "bundler",
          lib: ["es2023", "dom", "dom.iterable", "dom.asynciterable"],
        },
      };
      writeFileSync(
        join(directory, "tsconfig.json"),
        JSON.stringify({ extends: base, compilerOptions: options, include: [], files }),
      );
      const tsc = join(root, "node_modules/typescript/bin/tsc");
      const run = () => execFileSync(process.execPath, [tsc, "-p", directory], { encoding: "utf8", stdio: "pipe" });
      try {
        run();
      } catch (error) {
        throw new Error((error as { stdout: string }).stdout);
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it("shows what runs, in the order in which it is shown", async () => {
    const esbuild = createRequire(here.resolve("tsx"))("esbuild") as {
      transform(code: string, options: object): Promise<{ code: string }>;
    };
    const world = await World.start(4);
    const silent = vi.spyOn(console, "log").mockImplementation(() => {});
    const client = quorate.connect(world.urls);
    try {
      await client.mset({ stock: 3, "account:a": 10 });
      for (const snippet of snippets) {
        const bare = snippet
          .replace(IMPORT, "")
          .replace(/http:\/\/127\.0\.0\.1:800(\d)/g, (_, at: string) => world.urls[Number(at) - 1]!);
        const { code } = await esbuild.transform(bare, { loader: "ts", format: "esm", target: "es2022" });
        const names = Object.keys(quorate);
        const wrapped = `return (async () => { ${/const client = connect/.test(code) ? "" : "const client = given;"} ${code} })();`;
        const run = new Function("given", ...names, wrapped) as (...args: unknown[]) => Promise<void>;
        await run(client, ...Object.values(quorate)).catch((error: unknown) => {
          throw new Error(`this does not run:\n${snippet}`, { cause: error });
        });
      }
      expect(snippets.length).toBeGreaterThan(8);
      expect(await client.get("account:b")).toBe("5");
      expect(await client.get("order:17")).toBe("Ada");
    } finally {
      silent.mockRestore();
      await client.close();
      await world.stop();
    }
  });
});
