// Commits to a store for ever, twenty keys that always agree, and prints each commit that is on the device. Its parent
// kills it.
import { LmdbStore } from "../../src/store/index.ts";

const store = LmdbStore.open({
  path: process.argv[2]!,
  genesisHash: new Uint8Array(32).fill(3),
  flushEveryMs: 1,
  onFlushed: (index) => process.stdout.write(`${index}\n`),
});
for (;;) {
  const index = store.index + 1;
  store.commit(
    index,
    Array.from({ length: 20 }, (_, slot) => [`slot ${slot}`, String(index)] as const),
  );
  store.release(index);
  await new Promise((resolve) => setImmediate(resolve));
}
