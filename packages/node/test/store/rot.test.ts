// LMDB keeps no checksums: what its pages hold it hands out. Every record carries one here, so that a flipped bit in the
// file of a state is told and never served as a value.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { LmdbStore } from "../../src/store/index.ts";

const root = mkdtempSync(join(tmpdir(), "quorate-rot-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it("a flipped bit in the file of a state is told as corruption, by get and by range", async () => {
  const path = join(root, "state");
  const genesisHash = new Uint8Array(32);
  const store = LmdbStore.open({ path, genesisHash });
  const value = "a value that can be found in the file";
  store.commit(1, [["key", value]]);
  store.release(1);
  await store.close();
  const file = join(path, "data.mdb");
  const bytes = readFileSync(file);
  let flipped = 0;
  for (let at = bytes.indexOf(value); at !== -1; at = bytes.indexOf(value, at + 1), flipped++) bytes[at]! ^= 4;
  expect(flipped).toBeGreaterThan(0);
  writeFileSync(file, bytes);
  const rotten = LmdbStore.open({ path, genesisHash });
  expect(() => rotten.get("key")).toThrow(expect.objectContaining({ code: "corruption" }));
  expect(() => rotten.range({ from: "", limit: 9 })).toThrow(expect.objectContaining({ code: "corruption" }));
  await rotten.close();
});
