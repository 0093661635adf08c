// Snapshots on their way, on real files: what comes in whole comes out whole, what is given up takes no room, and neither
// direction takes room that is not there.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { MachineSnapshot } from "@quorate/core";
import { expect, it, onTestFinished } from "vitest";
import { type SnapshotPiece, Snapshots } from "../../src/driver/snapshots.ts";
import { SILENT } from "../../src/telemetry/log.ts";
import { freshDirectory } from "../fresh-directory.ts";

const PIECES = [7, 70_000, 1, 600_000, 30_000].map((length, nth) => new Uint8Array(length).fill(nth + 1));
const WHOLE = Buffer.concat(PIECES);
const INDEX = 12;
const QUESTION = { to: 1, index: INDEX, offset: 0 };
const PLENTY = Number.POSITIVE_INFINITY;

interface Subject {
  readonly snapshots: Snapshots;
  /** What is logged from now on resolves this. */
  warned(): Promise<unknown>;
  /** How many of its files this process holds, the nameless ones included. */
  held(): number;
}

function subject(room: () => number): Subject {
  const directory = freshDirectory("snapshots");
  let told: (facts: unknown) => void = () => undefined;
  const snapshots = new Snapshots({ directory, room, log: { ...SILENT, warn: (facts) => told(facts) } });
  onTestFinished(() => snapshots.close());
  return {
    snapshots,
    warned: () => new Promise((resolve) => (told = resolve)),
    held() {
      const handles = readdirSync("/proc/self/fd").map((handle) => {
        // The one by which the folder itself is read is gone by now.
        return existsSync(`/proc/self/fd/${handle}`) ? readlinkSync(`/proc/self/fd/${handle}`) : "";
      });
      return handles.filter((path) => path.startsWith(directory)).length;
    },
  };
}

function kept(): MachineSnapshot {
  return { index: INDEX, digest: "", pieces: PIECES, close: () => undefined };
}

/** Stages all of them; answers what came of the last. */
function stage(snapshots: Snapshots): Iterable<Uint8Array> | undefined {
  let offset = 0;
  let staged: Iterable<Uint8Array> | undefined;
  for (const bytes of PIECES) {
    staged = snapshots.stage({ index: INDEX, offset, total: WHOLE.length, bytes });
    offset += bytes.length;
  }
  return staged;
}

const ask = (snapshots: Snapshots): Promise<SnapshotPiece> =>
  new Promise((resolve) => snapshots.read(QUESTION, resolve));

it("what was staged piece by piece comes out whole, and is let go of then", () => {
  const { snapshots } = subject(() => PLENTY);
  expect(Buffer.concat([...stage(snapshots)!]).equals(WHOLE)).toBe(true);
});

it("what was kept is answered whole", async () => {
  const { snapshots } = subject(() => PLENTY);
  snapshots.keep(kept());
  const { bytes, total } = await ask(snapshots);
  expect(total).toBe(WHOLE.length);
  expect(WHOLE.subarray(0, bytes.length).equals(bytes)).toBe(true);
});

it.skipIf(!existsSync("/proc/self/fd"))("pieces that are no longer wanted take no room", () => {
  const { held, snapshots } = subject(() => PLENTY);
  snapshots.stage({ index: INDEX, offset: 0, total: WHOLE.length, bytes: PIECES[0]! });
  expect(held()).toBe(1);
  snapshots.unstage(INDEX - 1);
  expect(held()).toBe(1);
  snapshots.unstage(INDEX);
  expect(held()).toBe(0);
});

it("a piece that does not follow what is here is told, the last one too", () => {
  const { snapshots } = subject(() => PLENTY);
  const last = { index: INDEX, offset: WHOLE.length - 1, total: WHOLE.length, bytes: new Uint8Array(1) };
  expect(() => snapshots.stage(last)).toThrow("does not follow");
  snapshots.stage({ index: INDEX, offset: 0, total: WHOLE.length, bytes: PIECES[0]! });
  expect(() => snapshots.stage(last)).toThrow("does not follow");
});

it("no piece is taken in where it, or what it promises, would take room that is not there", () => {
  let room = WHOLE.length - 1;
  const { snapshots } = subject(() => room);
  expect(() => stage(snapshots)).toThrow("no room");
  room = WHOLE.length;
  expect(stage(snapshots)).toBeDefined();
  room = 10;
  // A sender that promises little and sends much.
  expect(() => snapshots.stage({ index: INDEX, offset: 0, total: 1, bytes: PIECES[1]! })).toThrow("no room");
});

it.skipIf(!existsSync("/proc/self/fd"))(
  "a snapshot that there is no room for is not answered until there is",
  async () => {
    let free = WHOLE.length - 1;
    let written = 0;
    const { held, snapshots, warned } = subject(() => free - written);
    const pieces = function* (): Generator<Uint8Array> {
      written = 0;
      for (const piece of PIECES) {
        yield piece;
        written += piece.length;
      }
    };
    let begun = 0;
    snapshots.keep({
      ...kept(),
      pieces: {
        [Symbol.iterator]: () => {
          begun += 1;
          return pieces();
        },
      },
    });
    let answers = 0;
    const warning = warned();
    snapshots.read(QUESTION, () => (answers += 1));
    expect(await warning).toMatchObject({ index: INDEX, cause: { code: "disk-full" } });
    // Room that was too little is not filled again.
    written = 0;
    snapshots.read(QUESTION, () => (answers += 1));
    expect(begun).toBe(1);
    expect(held()).toBe(0);
    free = WHOLE.length;
    expect((await ask(snapshots)).total).toBe(WHOLE.length);
    expect(answers).toBe(0);
  },
);

it.skipIf(process.platform === "win32")(
  "what the system takes a part of only is no snapshot, neither way",
  async () => {
    const program = fileURLToPath(new URL("short-writes.ts", import.meta.url));
    const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
    // Files may have 512 or 1024 bytes, as shells differ; what would go beyond is cut off.
    const limited = ["-c", 'ulimit -f 1; exec "$0" "$@"', process.execPath];
    const directory = freshDirectory("short");
    const child = spawn("sh", [...limited, "--conditions=@quorate/source", "--import", loader, program, directory]);
    onTestFinished(() => void child.kill("SIGKILL"));
    let told = "";
    child.stdout.on("data", (text) => (told += text));
    child.stderr.on("data", (text) => (told += text));
    await once(child, "close");
    expect(told.trim().split("\n")).toEqual(["staging: EFBIG", "keeping: EFBIG"]);
  },
);
