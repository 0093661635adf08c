// The tree holds what was put into it, through every split, merge and clone. It is a library's; but every state in memory
// rests on it, and it once lost a value (see `TreeValue`), so it is held to a map.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ByteString } from "../bytes/byte-string.ts";
import { type ByteTree, byteTree, type TreeValue, treeRange } from "./byte-tree.ts";

const keyOf = (number: number): ByteString => `k${String(number).padStart(4, "0")}`;

/** Enough for three levels of leaves of 32. */
const KEYS = 1_500;
const run = { from: fc.nat(KEYS - 1), count: fc.integer({ min: 1, max: KEYS }) };
const step = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), ...run, value: fc.constantFrom("", "a", "b", null) }),
  fc.record({
    kind: fc.constant("delete" as const),
    ...run,
    every: fc.integer({ min: 1, max: 3 }),
    down: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("clone" as const) }),
  fc.record({ kind: fc.constant("the other" as const) }),
);

interface Side {
  tree: ByteTree<TreeValue>;
  model: Map<ByteString, TreeValue>;
}

function expectSame({ tree, model }: Side): void {
  tree.checkValid(true);
  expect(tree.size).toBe(model.size);
  const sorted = [...model].sort(([left], [right]) => (left < right ? -1 : 1));
  expect(treeRange(tree, { from: "", limit: KEYS + 1 })).toEqual(sorted);
  expect(treeRange(tree, { from: "", reverse: true, limit: KEYS + 1 })).toEqual(sorted.reverse());
}

describe("the tree", () => {
  it("holds what a map holds, and so do its clones", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        let here: Side = { tree: byteTree(), model: new Map() };
        let other: Side = { tree: byteTree(), model: new Map() };
        for (const each of steps) {
          if (each.kind === "clone") other = { tree: here.tree.clone(), model: new Map(here.model) };
          else if (each.kind === "the other") [here, other] = [other, here];
          else {
            const keys = Array.from({ length: Math.min(each.count, KEYS - each.from) }, (_, at) =>
              keyOf(each.from + at),
            );
            if (each.kind === "set") {
              for (const key of keys) {
                here.tree.set(key, each.value);
                here.model.set(key, each.value);
              }
            } else {
              if (each.down) keys.reverse();
              for (const [at, key] of keys.entries()) {
                if (at % each.every === 0) expect(here.tree.delete(key)).toBe(here.model.delete(key));
              }
            }
          }
        }
        expectSame(here);
        expectSame(other);
      }),
      { numRuns: 100 },
    );
  });
});
