// The counted index against a sorted array: every operation in every order gives the same content, the same ranks, and
// a tree whose nodes obey their bounds and leave no record behind.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkTree } from "../../test/check-tree.ts";
import { byteString } from "../bytes/byte-string.ts";
import { Batch } from "../store/batch.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { CountedIndex, type NodeStore, nodeKey } from "./counted-index.ts";
import { ENTRIES_MAX, packInner, packLeaf } from "./tree-node.ts";

const PREFIX = "n/";

function nodesOver(batch: Batch): NodeStore {
  return {
    get: (key) => batch.get(key),
    put: (key, value) => batch.put(key, value),
    delete: (key) => batch.delete(key),
    // A test has no garbage list: what is dropped goes at once.
    drop: (prefix, node, height) => {
      for (const key of checkTree(batch, prefix, { root: node, height }).records) batch.delete(key);
    },
  };
}

const newTree = (): { tree: CountedIndex; batch: Batch } => {
  const batch = new Batch(new MemoryStore());
  return { tree: new CountedIndex(nodesOver(batch), PREFIX), batch };
};

const check = (tree: CountedIndex, batch: Batch): void => {
  const { records, entries } = checkTree(batch, PREFIX, tree.state);
  expect(entries).toBe(tree.size);
  const kept = batch.range({ from: PREFIX, limit: 1e9 }).map(([key]) => key);
  expect(kept).toEqual(records.toSorted());
};

const bytes = (maxLength: number): fc.Arbitrary<string> => fc.uint8Array({ maxLength }).map(byteString);

const key = fc.oneof(
  fc.nat(3000).map((n) => `k${n}`),
  fc.nat(300).map((n) => "shared/prefix/of/some/length/".repeat(4) + n),
  bytes(3),
  fc.nat(40).map((n) => "x".repeat(n * 200)),
);

const keyedStep = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constant("put"), key, value: fc.constantFrom("", "v", "w".repeat(900)) }),
  },
  { weight: 4, arbitrary: fc.record({ op: fc.constant("delete"), key, value: fc.constant("") }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("fill"), key, value: fc.constant("") }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("cut"), key, value: fc.constant("") }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("thin"), key, value: fc.constant("") }) },
);

describe("a counted index ordered by key", () => {
  it("holds what a sorted map holds, after any steps", () => {
    fc.assert(
      fc.property(fc.array(keyedStep, { maxLength: 120 }), fc.nat(), (steps, salt) => {
        const { tree, batch } = newTree();
        const model = new Map<string, string>();
        for (const { op, key, value } of steps) {
          if (op === "put") {
            expect(tree.put(key, value)).toBe(!model.has(key));
            model.set(key, value);
          } else if (op === "delete") {
            expect(tree.delete(key)).toBe(model.delete(key));
          } else if (op === "fill") {
            for (let n = 0; n < 150; n++) {
              const filled = `${key}${(n * 7919 + salt) % 1000}`;
              tree.put(filled, "f");
              model.set(filled, "f");
            }
          } else if (op === "thin") {
            // Every third entry goes, by building the tree anew out of the others.
            const kept = tree.slice(0, tree.size).filter((_, rank) => rank % 3 !== 0);
            for (const [rank, gone] of [...model.keys()].sort().entries()) if (rank % 3 === 0) model.delete(gone);
            tree.replaceAll(kept);
          } else {
            const from = tree.rank(key);
            const count = Math.floor((tree.size - from) / 2);
            const sorted = [...model.keys()].sort();
            for (const gone of sorted.slice(from, from + count)) model.delete(gone);
            tree.removeRange(from, count);
          }
        }
        check(tree, batch);
        const sorted = [...model].sort(([left], [right]) => (left < right ? -1 : 1));
        expect(tree.slice(0, tree.size + 1)).toEqual(sorted);
        expect(tree.slice(tree.size - 1, tree.size, true)).toEqual(sorted.toReversed());
        for (const [rank, [each, value]] of sorted.entries()) {
          expect(tree.rank(each)).toBe(rank);
          expect(tree.at(rank)).toEqual([each, value]);
          expect(tree.get(each)).toBe(value);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("a counted index of keys that share half a node's bytes", () => {
  const shared = "x".repeat(945);
  const orders: Readonly<Record<string, (n: number) => number>> = {
    upwards: (n) => n,
    downwards: (n) => 999 - n,
    "all over": (n) => (n * 379) % 1000,
  };

  it.each(Object.keys(orders))("stays shallow and small when they are put %s", (order) => {
    const { tree, batch } = newTree();
    for (let n = 0; n < 1000; n++) tree.put(shared + String(orders[order]!(n)).padStart(4, "0"));
    check(tree, batch);
    expect(tree.state.height).toBeLessThanOrEqual(10);
    expect(batch.range({ from: PREFIX, limit: 1e9 }).length).toBeLessThan(2000);
    for (let n = 0; n < 1000; n += 2) tree.delete(shared + String(n).padStart(4, "0"));
    check(tree, batch);
    tree.removeRange(0, tree.size);
    expect(batch.range({ from: "", limit: 1 })).toEqual([]);
  });

  it("goes on with a stored tree whose nodes have one child each", () => {
    const { batch } = newTree();
    const levels = 50;
    batch.put(nodeKey(PREFIX, 1), packLeaf({ keys: [`${shared}0500`], values: [""] }));
    for (let id = 2; id <= levels + 1; id++)
      batch.put(nodeKey(PREFIX, id), packInner({ ids: [id - 1], counts: [1], lows: [`${shared}05`] }));
    const state = { root: levels + 1, height: levels, size: 1, nextNode: levels + 2 };
    const tree = new CountedIndex(nodesOver(batch), PREFIX, state);
    expect(tree.at(0)).toEqual([`${shared}0500`, ""]);
    for (let n = 0; n < 1000; n++) tree.put(shared + String(n).padStart(4, "0"));
    check(tree, batch);
    expect(tree.state.height).toBeLessThanOrEqual(10);
    for (let n = 999; n >= 0; n--) expect(tree.delete(shared + String(n).padStart(4, "0"))).toBe(true);
    expect(batch.range({ from: "", limit: 1 })).toEqual([]);
  });
});

describe("a counted index ordered by position", () => {
  const step = fc.record({
    op: fc.constantFrom("push", "push", "unshift", "insert", "set", "remove", "cut", "many", "thin"),
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    value: fc.oneof(bytes(8), fc.constant("y".repeat(1500))),
  });

  it("holds what an array holds, after any steps", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { tree, batch } = newTree();
        const model: string[] = [];
        for (const { op, at, value } of steps) {
          const place = Math.floor(at * model.length);
          if (op === "push") tree.insertAt(model.push(value) - 1, value);
          else if (op === "unshift") {
            tree.insertAt(0, value);
            model.unshift(value);
          } else if (op === "insert") {
            tree.insertAt(place, value);
            model.splice(place, 0, value);
          } else if (op === "many") {
            for (let n = 0; n < 200; n++) {
              tree.insertAt(place + n, `${n}`);
              model.splice(place + n, 0, `${n}`);
            }
          } else if (model.length === 0) continue;
          else if (op === "set") {
            tree.setAt(place, value);
            model[place] = value;
          } else if (op === "remove") {
            tree.removeAt(place);
            model.splice(place, 1);
          } else if (op === "thin") {
            const kept = model.filter((_, each) => each % 4 !== 0);
            tree.replaceAll(kept.map((each) => ["", each]));
            model.splice(0, model.length, ...kept);
          } else {
            const count = Math.floor((model.length - place) * 0.7);
            tree.removeRange(place, count);
            model.splice(place, count);
          }
        }
        check(tree, batch);
        expect(tree.slice(0, tree.size).map(([, value]) => value)).toEqual(model);
        expect([...tree.walk(tree.size - 1, true)].map(([, value]) => value)).toEqual(model.toReversed());
      }),
      { numRuns: 100 },
    );
  });

  it("stays shallow and full when 200,000 values are pushed at one end", () => {
    const { tree, batch } = newTree();
    for (let n = 0; n < 200_000; n++) tree.insertAt(n, "v");
    expect(tree.state.height).toBeLessThanOrEqual(3);
    const { records } = checkTree(batch, PREFIX, tree.state);
    expect(records.length).toBeLessThan((200_000 * 4) / (3 * ENTRIES_MAX));
  });

  it("goes back to no record at all when everything is removed", () => {
    const { tree, batch } = newTree();
    for (let n = 0; n < 5000; n++) tree.insertAt(n % 7 === 0 ? 0 : n, `v${n}`);
    while (tree.size > 0) tree.removeAt((tree.size * 31) % tree.size);
    expect(batch.range({ from: "", limit: 1 })).toEqual([]);
    expect(tree.state.height).toBe(0);
  });
});
