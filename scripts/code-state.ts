// Names a state of the code by what it does: the hash of files in one piece with everything that they import. Whatever
// could change a result changes the name, committed or not; what is not imported (a page, another test) and what is not
// run (a comment) does not.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build, transform } from "esbuild";

interface CodeStateOptions {
  /** Files of which all that they import counts as well. */
  readonly whole: readonly string[];
  /** A file that counts by itself. */
  readonly alone: string;
}

/** The name of what these files do; paths are relative to `root`. */
export async function codeState(root: string, { whole, alone }: CodeStateOptions): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [...whole],
    bundle: true,
    // What the piece does not use, `alone` may.
    treeShaking: false,
    minifyWhitespace: true,
    format: "esm",
    platform: "node",
    conditions: ["@quorate/source"],
    loader: { ".node": "empty" },
    outdir: "nowhere",
    write: false,
    logLevel: "error",
  });
  const { code } = await transform(readFileSync(join(root, alone)), { loader: "ts", minifyWhitespace: true });
  const hash = createHash("sha256").update(code);
  for (const { contents } of outputFiles) hash.update("\0").update(contents);
  return hash.digest("hex").slice(0, 16);
}
