// The store in memory passes the suite that every adapter passes, and the suite catches stores that break its laws.
import { describe, expect, it } from "vitest";
import { storeConformance } from "../src/conformance.ts";
import { MemoryStore, type Range, type StoreSnapshot, type Write } from "../src/index.ts";

describe("the store in memory", () => {
  for (const { name, run } of storeConformance({ open: () => new MemoryStore() })) it(name, run);
});

class SharedSnapshot extends MemoryStore {
  override snapshot(): StoreSnapshot {
    return Object.assign(Object.create(this), { close: () => {} });
  }
}

class InclusiveEnd extends MemoryStore {
  override range(range: Range): (readonly [string, string])[] {
    return super.range(range.to === undefined ? range : { ...range, to: `${range.to}\0` });
  }
}

class ForgetsIndex extends MemoryStore {
  override commit(index: number, writes: readonly Write[]): void {
    super.commit(writes.length === 0 ? this.index : index, writes);
  }
}

class DropsDeletes extends MemoryStore {
  override commit(index: number, writes: readonly Write[]): void {
    super.commit(
      index,
      writes.filter(([, value]) => value !== undefined),
    );
  }
}

describe("the store suite", () => {
  it.each([
    ["a snapshot that moves", () => new SharedSnapshot()],
    ["a range that includes its end", () => new InclusiveEnd()],
    ["an index that is not always kept", () => new ForgetsIndex()],
    ["deletions that are lost", () => new DropsDeletes()],
  ])("catches %s", async (_, open) => {
    const outcomes = await Promise.allSettled(storeConformance({ open }).map(({ run }) => run()));
    expect(outcomes.some(({ status }) => status === "rejected")).toBe(true);
  });
});
