// What every store adapter must pass: published, so that an adapter written elsewhere is held to the same laws. Checks
// are named functions that throw; any test runner runs them:
//
//     for (const { name, run } of storeConformance({ open: () => new MemoryStore() })) it(name, run);
import { type ByteString, compareByteStrings } from "./bytes/byte-string.ts";
import { Random } from "./commands/random.ts";
import { Batch } from "./store/batch.ts";
import { type Entry, type Range, STORE_KEY_BYTES_MAX, type Store, type StoreReader } from "./store/store.ts";

export interface StoreSubject {
  /** A new, empty store. */
  open(): Store | Promise<Store>;
  /** Closes a store and opens what it left behind; left out where nothing outlives the process. */
  reopen?(store: Store): Store | Promise<Store>;
  close?(store: Store): void | Promise<void>;
}

export interface NamedCheck {
  readonly name: string;
  run(): Promise<void>;
}

/** The checks that a store adapter must pass. */
export function storeConformance(subject: StoreSubject): readonly NamedCheck[] {
  const checks = subject.reopen === undefined ? CHECKS : [...CHECKS, ...DURABLE_CHECKS];
  return checks.map(([name, check]) => ({
    name,
    async run() {
      let store = await subject.open();
      try {
        await check(store, async () => {
          store = await subject.reopen!(store);
          return store;
        });
      } finally {
        await subject.close?.(store);
      }
    },
  }));
}

type Check = (store: Store, reopen: () => Promise<Store>) => void | Promise<void>;

const all = (reader: StoreReader): Entry[] => reader.range({ from: "", limit: 1_000_000 });

/** Keys whose order is easy to get wrong: signed bytes, prefixes, zero bytes. */
const TRICKY: readonly ByteString[] = [
  "a",
  "a\x00",
  "a\x00\x00",
  "a\x7f",
  "a\x80",
  "aa",
  "a\xff",
  "b",
  "\x00",
  "\x80",
  "\xff\xff",
];

const CHECKS: readonly (readonly [string, Check])[] = [
  [
    "starts empty, after commit 0",
    (store) => {
      same(store.index, 0, "index");
      same(store.get("a"), undefined, "a key");
      same(all(store), [], "the content");
      same(store.range({ from: "", to: "\xff", reverse: true, limit: 3 }), [], "the content backwards");
    },
  ],
  [
    "shows a commit's writes and its index together",
    (store) => {
      store.commit(1, [
        ["a", "1"],
        ["b", "2"],
      ]);
      store.commit(2, [
        ["a", undefined],
        ["b", "3"],
        ["never there", undefined],
        ["c", ""],
      ]);
      same(store.index, 2, "index");
      same(store.get("a"), undefined, "a deleted key");
      same(store.get("c"), "", "an empty value");
      same(
        all(store),
        [
          ["b", "3"],
          ["c", ""],
        ],
        "the content",
      );
      store.commit(3, []);
      same(store.index, 3, "the index after a commit without writes");
    },
  ],
  [
    "orders keys as unsigned bytes, both ways",
    (store) => {
      store.commit(
        1,
        TRICKY.map((key) => [key, `at ${key}`] as const),
      );
      const ordered = TRICKY.toSorted(compareByteStrings);
      same(
        all(store).map(([key]) => key),
        ordered,
        "upwards",
      );
      const backwards = store.range({ from: "", reverse: true, limit: 100 }).map(([key]) => key);
      same(backwards, ordered.toReversed(), "downwards");
      for (const key of TRICKY) same(store.get(key), `at ${key}`, "a value");
    },
  ],
  [
    "takes bounds as from inclusive and to exclusive, and keeps to limits",
    (store) => {
      store.commit(
        1,
        ["b", "c", "d", "e"].map((key) => [key, ""] as const),
      );
      const read = (range: Range): string =>
        store
          .range(range)
          .map(([key]) => key)
          .join("");
      same(read({ from: "c", to: "e", limit: 9 }), "cd", "upwards");
      same(read({ from: "c", to: "e", reverse: true, limit: 9 }), "dc", "downwards");
      same(read({ from: "bb", to: "dd", limit: 9 }), "cd", "bounds between keys");
      same(read({ from: "bb", to: "dd", reverse: true, limit: 9 }), "dc", "bounds between keys, downwards");
      same(read({ from: "a", limit: 2 }), "bc", "a limit");
      same(read({ from: "a", reverse: true, limit: 2 }), "ed", "a limit, downwards");
      same(read({ from: "a", limit: 1 }), "b", "the first");
      same(read({ from: "a", reverse: true, limit: 1 }), "e", "the last");
      same(read({ from: "d", to: "d", limit: 9 }), "", "an empty range");
      same(read({ from: "e", to: "c", limit: 9 }), "", "bounds the wrong way round");
      same(read({ from: "f", limit: 9 }), "", "beyond the end");
    },
  ],
  [
    "keeps long keys and values byte for byte",
    (store) => {
      const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
      const longKey = bytes.repeat(Math.ceil(STORE_KEY_BYTES_MAX / 256)).slice(0, STORE_KEY_BYTES_MAX);
      const longValue = bytes.repeat(4096);
      store.commit(1, [
        [longKey, bytes],
        ["long value", longValue],
      ]);
      same(store.get(longKey) === bytes, true, "the value of a long key");
      same(store.get("long value") === longValue, true, "a long value");
      same(
        store.range({ from: longKey.slice(0, 9), to: `${longKey.slice(0, 9)}\xff`, limit: 2 })[0]?.[0] === longKey,
        true,
        "a long key",
      );
    },
  ],
  [
    "never changes a snapshot, and writes on while one is open",
    (store) => {
      store.commit(1, [
        ["a", "1"],
        ["b", "1"],
      ]);
      const first = store.snapshot();
      store.commit(2, [
        ["a", "2"],
        ["b", undefined],
        ["c", "2"],
      ]);
      const second = store.snapshot();
      const replacement = store.replace();
      replacement.add([["z", "9"]]);
      replacement.finish(7);
      same(
        [first.index, all(first)],
        [
          1,
          [
            ["a", "1"],
            ["b", "1"],
          ],
        ],
        "the first snapshot",
      );
      same(
        [second.index, all(second)],
        [
          2,
          [
            ["a", "2"],
            ["c", "2"],
          ],
        ],
        "the second snapshot",
      );
      same(second.range({ from: "", reverse: true, limit: 1 }), [["c", "2"]], "the second snapshot, downwards");
      first.close();
      first.close();
      same(second.get("a"), "2", "one snapshot after another was closed");
      second.close();
      same(all(store), [["z", "9"]], "the store");
    },
  ],
  [
    "replaces its content at once, and only when told to finish",
    (store) => {
      store.commit(4, [["a", "1"]]);
      const given = store.replace();
      given.add([
        ["x", "1"],
        ["y", "2"],
      ]);
      same(all(store), [["a", "1"]], "the content before the end");
      given.abort();
      same([store.index, all(store)], [4, [["a", "1"]]], "the content after giving up");
      const taken = store.replace();
      taken.add([["y", "2"]]);
      taken.add([["x", "1"]]);
      taken.finish(9);
      same(
        [store.index, all(store)],
        [
          9,
          [
            ["x", "1"],
            ["y", "2"],
          ],
        ],
        "the content after the end",
      );
      store.commit(10, [["x", undefined]]);
      same(all(store), [["y", "2"]], "the content a commit later");
    },
  ],
  [
    "shows a batch its own writes, and takes back those of one command",
    (store) => {
      store.commit(1, [
        ["a", "1"],
        ["b", "1"],
        ["d", "1"],
      ]);
      const batch = new Batch(store);
      batch.put("c", "2");
      batch.delete("a");
      batch.mark();
      batch.put("b", "3");
      batch.delete("c");
      batch.put("e", "3");
      same(
        all(batch),
        [
          ["b", "3"],
          ["d", "1"],
          ["e", "3"],
        ],
        "the batch",
      );
      same(
        batch.range({ from: "", reverse: true, limit: 2 }),
        [
          ["e", "3"],
          ["d", "1"],
        ],
        "the batch, downwards",
      );
      batch.rollback();
      same(
        all(batch),
        [
          ["b", "1"],
          ["c", "2"],
          ["d", "1"],
        ],
        "the batch after a rollback",
      );
      same(batch.get("a"), undefined, "a key that the batch deleted");
      same(store.get("a"), "1", "the store before the commit");
      store.commit(2, batch.writes());
      same(
        all(store),
        [
          ["b", "1"],
          ["c", "2"],
          ["d", "1"],
        ],
        "the store after the commit",
      );
    },
  ],
  [
    "holds what a sorted list holds, after any commits",
    (store) => {
      const random = new Random("store conformance");
      const model = new Map<ByteString, ByteString>();
      const anyKey = (): ByteString => TRICKY[random.below(TRICKY.length)]! + String.fromCharCode(random.below(256));
      for (let index = 1; index <= 60; index++) {
        const batch = new Batch(store);
        for (let step = random.below(60); step > 0; step--) {
          const key = anyKey();
          if (random.below(3) === 0) {
            batch.delete(key);
            model.delete(key);
          } else {
            const value = String(random.below(1000));
            batch.put(key, value);
            model.set(key, value);
          }
          if (step % 7 === 0) compareRanges(batch, model, random, anyKey);
        }
        store.commit(index, batch.writes());
        compareRanges(store, model, random, anyKey);
      }
    },
  ],
];

const DURABLE_CHECKS: readonly (readonly [string, Check])[] = [
  [
    "comes back with its content and its index",
    async (store, reopen) => {
      store.commit(1, [["a", "1"]]);
      store.commit(2, [["b", "\x00\xff"]]);
      const again = await reopen();
      same(
        [again.index, all(again)],
        [
          2,
          [
            ["a", "1"],
            ["b", "\x00\xff"],
          ],
        ],
        "the store reopened",
      );
    },
  ],
  [
    "comes back as before when a replacement was never finished",
    async (store, reopen) => {
      store.commit(3, [["a", "1"]]);
      store.replace().add([["x", "1"]]);
      const again = await reopen();
      same([again.index, all(again)], [3, [["a", "1"]]], "the store reopened");
    },
  ],
];

function compareRanges(
  reader: StoreReader,
  model: Map<ByteString, ByteString>,
  random: Random,
  key: () => ByteString,
): void {
  const from = random.below(4) === 0 ? "" : key();
  const to = random.below(4) === 0 ? undefined : key();
  const limit = 1 + random.below(12);
  const reverse = random.below(2) === 0;
  const inside = [...model].filter(([each]) => each >= from && (to === undefined || each < to));
  inside.sort(([left], [right]) => compareByteStrings(left, right) * (reverse ? -1 : 1));
  same(reader.range({ from, to, limit, reverse }), inside.slice(0, limit), "a range");
  const one = key();
  same(reader.get(one), model.get(one), "a value");
}

/** Compares by their JSON, in which byte strings, numbers and entries are all distinct. */
function same(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: expected ${right}, got ${left}`);
}
