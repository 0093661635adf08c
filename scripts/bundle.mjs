// The `quorate` command in one piece of plain JavaScript, for `npm start` and `npm run quorate`. From source each process
// would translate several hundred files before its first word, and a cluster on this machine is six processes. Made anew
// whenever a source is newer; under `packages/node`, because the command reads its version two folders up.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** Path of the bundle; `root` is the workspace. */
export async function bundleCommand(root) {
  const home = join(root, "packages/node/.run");
  const folder = join(home, "bundle");
  const entry = join(folder, "bin.mjs");
  if (existsSync(entry) && statSync(entry).mtimeMs > newestSource(root)) return entry;
  const making = join(home, `making-${process.pid}`);
  await inOnePiece(root, "packages/node/src/bin.ts", {
    outdir: making,
    outExtension: { ".js": ".mjs" },
    splitting: true,
  });
  // Whoever else is making one at the same moment makes the same.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  try {
    renameSync(making, folder);
  } catch {
    rmSync(making, { recursive: true, force: true });
  }
  return entry;
}

/** A copy, which nobody replaces while replicas load from it. */
export async function copyCommand(root) {
  const made = dirname(await bundleCommand(root));
  const copy = mkdtempSync(`${made}-`);
  cpSync(made, copy, { recursive: true });
  return { entry: join(copy, "bin.mjs"), remove: () => rmSync(copy, { recursive: true, force: true }) };
}

/** Joins what `entry`, a path in the workspace, imports from there; the packages of others stay where they are. */
export async function inOnePiece(root, entry, output) {
  const { build } = await import("esbuild");
  await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["@quorate/source"],
    sourcemap: true,
    external: dependencies(root),
    logLevel: "warning",
    ...output,
  });
}

/** What is loaded from node_modules as it is. */
function dependencies(root) {
  return readdirSync(join(root, "node_modules")).flatMap((name) =>
    name === "@quorate" || name.startsWith(".") ? [] : name.startsWith("@") ? [`${name}/*`] : [name, `${name}/*`],
  );
}

function newestSource(root) {
  let newest = statSync(join(root, "package-lock.json")).mtimeMs;
  for (const name of readdirSync(join(root, "packages"))) {
    const folder = join(root, "packages", name);
    for (const path of [join(folder, "package.json"), ...sourcesIn(join(folder, "src"))])
      if (existsSync(path)) newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}

/** Folders count too: a file that went away makes its folder newer. */
function sourcesIn(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return [folder, ...entries.map((entry) => join(entry.parentPath ?? entry.path, entry.name))];
}
