// The client as a browser gets it: everything behind one entry in one script.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export interface Bundled {
  /** A module, or a script that puts what it exports into `quorate`. */
  readonly format: "esm" | "iife";
}

/** Everything that `import { connect } from "@quorate/client"` costs. */
export function bundleClient({ format }: Bundled): Promise<string> {
  return bundle(new URL("../../src/index.ts", import.meta.url), format);
}

/** The page of the browser tests, a module with the client in it. */
export function bundlePage(): Promise<string> {
  return bundle(new URL("page.ts", import.meta.url), "esm");
}

async function bundle(entry: URL, format: "esm" | "iife"): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    minify: true,
    write: false,
    format,
    globalName: "quorate",
    platform: "browser",
    target: "es2022",
    conditions: ["@quorate/source"],
  });
  return outputFiles[0]!.text;
}
