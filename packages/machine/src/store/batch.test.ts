// A batch reads as what lies below it with its writes on top, whatever was deleted, written again and undone; and a list
// that loses its first keys one by one is not walked from its old beginning each time.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ByteString } from "../bytes/byte-string.ts";
import { Batch } from "./batch.ts";
import { MemoryStore } from "./memory-store.ts";
import type { Entry, Range, StoreReader } from "./store.ts";

const keyOf = (number: number): ByteString => `k${String(number).padStart(4, "0")}`;

/** What a batch has to read as, written down without any thought of cost. */
class Model {
  #content: Map<ByteString, ByteString>;
  #marked: Map<ByteString, ByteString>;

  constructor(content: readonly Entry[]) {
    this.#content = new Map(content);
    this.#marked = new Map(content);
  }

  write(key: ByteString, value: ByteString | undefined): void {
    if (value === undefined) this.#content.delete(key);
    else this.#content.set(key, value);
  }

  mark(): void {
    this.#marked = new Map(this.#content);
  }

  rollback(): void {
    this.#content = new Map(this.#marked);
  }

  range({ from, to, reverse, limit }: Range): Entry[] {
    const inside = [...this.#content].filter(([key]) => key >= from && (to === undefined || key < to));
    inside.sort(([left], [right]) => (left < right ? -1 : 1));
    return (reverse === true ? inside.reverse() : inside).slice(0, limit);
  }
}

const KEYS = 60;
const key = fc.nat(KEYS - 1).map(keyOf);
/** Few beginnings, so that the same is asked for again and again. */
const start = fc.constantFrom(keyOf(0), keyOf(20), keyOf(40));
const bound = fc.oneof(fc.constant(""), start);
const step = fc.oneof(
  fc.record({ kind: fc.constant("put" as const), key }),
  fc.record({ kind: fc.constant("delete" as const), key }),
  fc.record({ kind: fc.constant("delete many" as const), key: start, count: fc.integer({ min: 9, max: KEYS }) }),
  fc.record({ kind: fc.constant("mark" as const) }),
  fc.record({ kind: fc.constant("rollback" as const) }),
  fc.record({
    kind: fc.constant("range" as const),
    from: bound,
    to: fc.option(fc.oneof(bound, key), { nil: undefined }),
    reverse: fc.boolean(),
    limit: fc.integer({ min: 1, max: 5 }),
  }),
);

describe("a batch", () => {
  it("reads as what lies below with its writes on top", () => {
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: KEYS }), fc.array(step, { maxLength: 60 }), (keys, steps) => {
        const below = keys.map((name): Entry => [name, "below"]);
        const store = new MemoryStore();
        store.commit(1, below);
        const batch = new Batch(store);
        const model = new Model(below);
        const write = (name: ByteString, value: ByteString | undefined): void => {
          model.write(name, value);
          if (value === undefined) batch.delete(name);
          else batch.put(name, value);
        };
        for (const [nth, each] of steps.entries()) {
          if (each.kind === "put") write(each.key, `put ${nth}`);
          else if (each.kind === "delete") write(each.key, undefined);
          else if (each.kind === "delete many") {
            const from = Number(each.key.slice(1));
            for (let at = from; at < from + each.count; at++) write(keyOf(at), undefined);
          } else if (each.kind === "range") expect(batch.range(each)).toEqual(model.range(each));
          else {
            batch[each.kind]();
            model[each.kind]();
          }
        }
        const whole = { from: "", limit: 1_000 };
        expect(batch.range(whole)).toEqual(model.range(whole));
      }),
      { numRuns: 2_000 },
    );
  });

  it("keeps a write among many deleted keys when those deletions are undone", () => {
    const store = new MemoryStore();
    store.commit(1, []);
    const batch = new Batch(store);
    batch.put(keyOf(17), "kept");
    batch.mark();
    for (let at = 0; at < 49; at++) batch.delete(keyOf(at));
    expect(batch.range({ from: "", limit: 10 })).toEqual([]);
    batch.rollback();
    expect(batch.range({ from: "", limit: 10 })).toEqual([[keyOf(17), "kept"]]);
  });

  it("finds the first of a list that loses its first ones at a cost that does not grow with what was lost", () => {
    const COUNT = 2_000;
    const store = new MemoryStore();
    store.commit(
      1,
      Array.from({ length: COUNT }, (_, at): Entry => [keyOf(at), ""]),
    );
    let read = 0;
    const counting: StoreReader = {
      get: (name) => store.get(name),
      range: (range) => {
        const found = store.range(range);
        read += found.length;
        return found;
      },
    };
    const batch = new Batch(counting);
    for (let at = 0; at < COUNT; at++) {
      const [first] = batch.range({ from: "k", to: "l", limit: 1 });
      expect(first?.[0]).toBe(keyOf(at));
      batch.delete(keyOf(at));
      batch.mark();
    }
    expect(read).toBeLessThan(COUNT * 64);
  });
});
