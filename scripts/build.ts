// Makes what is published: for each package a folder that holds what people get and nothing else, and its tarball. The
// workspace itself runs from source and needs none of this.
//
// The law it keeps: nothing in a tarball knows of the sources. The manifests of the workspace point to them under a
// condition of their own; the published ones are made here without it, so no setting of whoever installs (a bundler's
// conditions, `customConditions`) can make their tools read TypeScript that is not there. The workspace's own manifests
// are private for the same reason: they cannot be published by mistake.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const SOURCE_CONDITION = "@quorate/source";

/** Folders of packages, in the order in which they depend on one another. */
const PACKAGES = ["core", "machine", "sim", "client", "node"];

export interface Packed {
  readonly tarball: string;
  readonly files: number;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
}

export interface BuiltPackage extends Packed {
  readonly name: string;
  readonly folder: string;
}

/** Builds all packages into `into`: `into/core/` is what `@quorate/core` publishes, and beside it is its tarball. */
export function buildPackages(into: string): readonly BuiltPackage[] {
  return PACKAGES.map((name) => {
    const folder = join(into, name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const project = join(ROOT, "packages", name, "tsconfig.json");
    run([join(ROOT, "node_modules/typescript/bin/tsc"), "-p", project, "--outDir", join(folder, "dist")]);
    const manifest = publishedManifest(JSON.parse(readFileSync(join(ROOT, "packages", name, "package.json"), "utf8")));
    writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
    cpSync(join(ROOT, "packages", name, "README.md"), join(folder, "README.md"));
    cpSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
    return { name: manifest.name, folder, ...pack(folder, into) };
  });
}

/** What stands in a manifest, as far as it matters here. */
interface Manifest {
  readonly name: string;
  readonly exports: Exports;
  readonly private?: boolean;
  readonly devDependencies?: object;
}

type Exports = string | { readonly [condition: string]: Exports };

/** The manifest without what is only for the workspace. */
function publishedManifest({ private: _private, devDependencies: _devDependencies, ...manifest }: Manifest): Manifest {
  return { ...manifest, exports: withoutSource(manifest.exports) };
}

function withoutSource(exports: Exports): Exports {
  if (typeof exports === "string") return exports;
  const kept = Object.entries(exports).filter(([condition]) => condition !== SOURCE_CONDITION);
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutSource(value)]));
}

/** What `npm pack --json` tells. */
interface PackReport {
  readonly filename: string;
  readonly entryCount: number;
  readonly size: number;
  readonly unpackedSize: number;
}

function pack(folder: string, into: string): Packed {
  const npm = process.env["npm_execpath"];
  const args = ["pack", "--json", "--ignore-scripts", "--loglevel=error", "--pack-destination", into];
  // Without a shell, names with spaces stay names; on Windows npm is a script, which needs one.
  const { status, stdout, stderr } = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: folder, encoding: "utf8" })
    : spawnSync("npm", args, { cwd: folder, encoding: "utf8", shell: process.platform === "win32" });
  if (status !== 0) throw new Error(`npm pack failed in ${folder}:\n${stderr}`);
  // A list, or an object by name, as npm's versions have it.
  const [packed] = Object.values(JSON.parse(stdout) as Record<string, PackReport>);
  if (packed === undefined) throw new Error(`npm pack in ${folder} told nothing of what it packed`);
  return {
    tarball: join(into, packed.filename),
    files: packed.entryCount,
    packedBytes: packed.size,
    unpackedBytes: packed.unpackedSize,
  };
}

function run(args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} failed:\n${stdout}${stderr}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const into = join(ROOT, "dist");
  rmSync(into, { recursive: true, force: true });
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`.padStart(12);
  console.log(`${"package".padEnd(20)}${"files".padStart(6)}${"packed".padStart(12)}${"unpacked".padStart(12)}`);
  for (const { name, files, packedBytes, unpackedBytes } of buildPackages(into)) {
    console.log(`${name.padEnd(20)}${String(files).padStart(6)}${kilobytes(packedBytes)}${kilobytes(unpackedBytes)}`);
  }
  console.log("\nin dist/: a folder and a tarball for each. To publish them: npm publish dist/core, and so on.");
}
