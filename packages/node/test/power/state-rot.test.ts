// Bits that flip in the file of a state: whichever they are, the state is refused or is what it was. LMDB keeps no sums of
// its pages, so nonsense in the wrong place ends the process that reads it; the next start finds that out and rebuilds.
import { spawn } from "node:child_process";
import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { genesisHash, toHex } from "@quorate/core";
import { createMachine, fastDigester } from "@quorate/machine";
import { expect, it, onTestFinished } from "vitest";
import { createNodeCrypto } from "../../src/crypto/index.ts";
import { createLocalCluster, type LocalCluster } from "../../src/local-cluster.ts";
import { LmdbStore } from "../../src/store/index.ts";
import { read, told, within, write } from "./ask.ts";
import { stateOf } from "./state-copies.ts";

const FLIPS = 150;

interface Told {
  readonly results: readonly string[];
  /** It came to an end by itself, or by a signal in the middle of the last flip that it named. */
  readonly signal: string | null;
}

function readRotten(pristine: string, scratch: string, from: number): Promise<Told> {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const program = fileURLToPath(new URL("read-rotten-states.ts", import.meta.url));
  const args = ["--conditions=@quorate/source", "--import", loader, program, pristine, scratch];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args, String(from), String(FLIPS)], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code !== 0 && signal === null) reject(new Error(`the reader ended with ${code}`));
      else resolve({ results: output.trim().split("\n"), signal });
    });
  });
}

async function filled(directory: string): Promise<{ cluster: LocalCluster; values: Record<string, string> }> {
  const cluster = await createLocalCluster({ directory: join(directory, "members") });
  onTestFinished(async () => {
    await cluster.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const values: Record<string, string> = {};
  const writes = Array.from({ length: 300 }, (_, nth) => {
    values[`key:${nth}`] = `${nth}`.padEnd((nth * 37) % 700, "v");
    return write(cluster.replica(nth % 3), `SET key:${nth} ${values[`key:${nth}`]}`);
  });
  for (const outcome of await Promise.all(writes)) expect(told(outcome)).toBe("OK");
  expect(
    await within(10_000, () =>
      cluster.replicas.every((each) => each?.appliedIndex === each?.status().storage.flushedIndex),
    ),
  ).toBe(true);
  return { cluster, values };
}

it("a bit flipped anywhere in a state is found, or harmless, or ends the reader, and is never served", async () => {
  const directory = mkdtempSync(join(tmpdir(), "quorate-rot-"));
  const { cluster, values } = await filled(directory);
  await cluster.stop(0);
  const pristine = join(directory, "pristine");
  cpSync(stateOf(cluster.directoryOf(0))!, pristine, { recursive: true });
  const hash = genesisHash(cluster.genesis, createNodeCrypto({ publicKeys: [] }));
  const store = LmdbStore.open({ path: join(pristine), genesisHash: hash });
  const { digest, index } = createMachine({ store, digester: fastDigester, families: [] });
  await store.close();
  writeFileSync(join(directory, "expected.json"), JSON.stringify({ genesisHash: toHex(hash), index, digest, values }));

  const counts: Record<string, number> = {};
  for (let from = 0; from < FLIPS; ) {
    const { results, signal } = await readRotten(pristine, join(directory, "scratch"), from);
    const last = results.findLast((line) => line.startsWith("flip "))!;
    from = Number(last.slice("flip ".length)) + 1;
    for (const result of [...results, ...(signal === null ? [] : [signal])])
      if (!result.startsWith("flip ")) counts[result] = (counts[result] ?? 0) + 1;
  }
  expect(counts["WRONG"]).toBeUndefined();
  expect(counts["found"]).toBeGreaterThan(FLIPS / 10);
  expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(FLIPS);
});

it("a state that ends whoever reads it is found out by the start after that, and rebuilt from the others", async () => {
  const directory = mkdtempSync(join(tmpdir(), "quorate-rot-"));
  const { cluster, values } = await filled(directory);
  await cluster.stop(2);
  const state = stateOf(cluster.directoryOf(2))!;
  pointBeyondTheEnd(join(state, "data.mdb"));
  // What a start that died leaves: this one would die as well, and take the test along.
  writeFileSync(`${state}.opening`, "");
  const back = await cluster.start(2);
  expect(back.status()).toMatchObject({ mode: "recovering", replica: { incarnation: 2 } });
  expect(await within(30_000, () => back.ready().ready)).toBe(true);
  const keys = Object.keys(values);
  expect(told(await read(back, `MGET ${keys.join(" ")}`))).toEqual(keys.map((key) => values[key]));
  expect(readdirSync(cluster.directoryOf(2)).filter((name) => name.endsWith(".opening"))).toEqual([]);
});

it("a start that was killed before it had read its state costs nothing", async () => {
  const directory = mkdtempSync(join(tmpdir(), "quorate-rot-"));
  const { cluster } = await filled(directory);
  await cluster.stop(2);
  writeFileSync(`${stateOf(cluster.directoryOf(2))!}.opening`, "");
  const back = await cluster.start(2);
  expect(back.status()).toMatchObject({ replica: { incarnation: 1 } });
  expect(back.appliedIndex).toBeGreaterThan(0);
});

/** Both roots of LMDB's file name a page that is within the map and not in the file. */
function pointBeyondTheEnd(path: string): void {
  const file = openSync(path, "r+");
  const PAGE = 4096;
  // A page's header has 24 bytes. In a root: the main tree's first page at 112, the last page in use at 120.
  for (const root of [24, 24 + PAGE / 2, PAGE + 24]) {
    const mapped = Buffer.alloc(8);
    readSync(file, mapped, 0, 8, root + 16);
    const pages = Number(mapped.readBigUInt64LE()) / PAGE;
    if (pages === 0) continue;
    const beyond = Buffer.alloc(16);
    beyond.writeBigUInt64LE(BigInt(Math.floor(pages) - 2), 0);
    beyond.writeBigUInt64LE(BigInt(Math.floor(pages) - 1), 8);
    writeSync(file, beyond, 0, 16, root + 112);
  }
  closeSync(file);
}
