// A store in memory that counts what is asked of it: how many records a command reads and writes does not depend on the
// machine it is measured on, nor on what else runs there.
import { type Entry, MemoryStore, type Range, type Write } from "@quorate/machine";

export class CountingStore extends MemoryStore {
  reads = 0;
  writes = 0;
  /** Bytes of the records written. */
  bytes = 0;

  override get(key: string): string | undefined {
    this.reads++;
    return super.get(key);
  }

  override range(range: Range): Entry[] {
    const entries = super.range(range);
    this.reads += Math.max(1, entries.length);
    return entries;
  }

  override commit(index: number, writes: readonly Write[]): void {
    this.writes += writes.length;
    for (const [key, value] of writes) this.bytes += key.length + (value?.length ?? 0);
    super.commit(index, writes);
  }

  reset(): void {
    this.reads = 0;
    this.writes = 0;
    this.bytes = 0;
  }
}
