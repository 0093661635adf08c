// Walks a counted index record by record and asserts the shape that its operations rely on.
import { expect } from "vitest";
import { Unpacker, varint } from "../src/bytes/packing.ts";
import { BYTES_MAX, ENTRIES_MAX } from "../src/state/tree-node.ts";
import type { StoreReader } from "../src/store/store.ts";

interface Checked {
  readonly records: string[];
  readonly entries: number;
}

/** Checks counts, separators and order below a node; answers the records that it consists of. */
export function checkTree(
  reader: StoreReader,
  prefix: string,
  { root, height }: { readonly root: number; readonly height: number },
): Checked {
  if (root === 0) return { records: [], entries: 0 };
  return checkNode(reader, prefix, root, height).checked;
}

function checkNode(
  reader: StoreReader,
  prefix: string,
  id: number,
  height: number,
): { checked: Checked; first: string; last: string } {
  const key = prefix + varint(id);
  const record = reader.get(key);
  if (record === undefined) throw new Error(`node ${id} is missing`);
  const unpacker = new Unpacker(record);
  const records = [key];
  if (height === 0) {
    const keys: string[] = [];
    while (!unpacker.done) {
      keys.push(unpacker.sized());
      unpacker.sized();
    }
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.length === 1 || (keys.length <= ENTRIES_MAX && record.length <= BYTES_MAX)).toBe(true);
    expect(keys).toEqual(keys.toSorted());
    return { checked: { records, entries: keys.length }, first: keys[0]!, last: keys.at(-1)! };
  }
  let entries = 0;
  let first: string | undefined;
  let last = "";
  for (let slot = 0; !unpacker.done; slot++) {
    const child = unpacker.varint();
    const count = unpacker.varint();
    const low = unpacker.sized();
    const below = checkNode(reader, prefix, child, height - 1);
    expect(below.checked.entries).toBe(count);
    if (slot > 0) {
      expect(low <= below.first).toBe(true);
      expect(last <= low && (last < low || last === "")).toBe(true);
    }
    records.push(...below.checked.records);
    entries += count;
    first ??= below.first;
    last = below.last;
  }
  expect(first).toBeDefined();
  return { checked: { records, entries }, first: first!, last };
}
