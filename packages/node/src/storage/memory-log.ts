// The log in memory: for `--durability memory` and for tests. Everything ends with the process, so every start after the
// first is amnesia; while it runs it keeps the same contract as the real one.
import { invariant, type LogRecord, type Storage } from "@quorate/core";

export class MemoryLog implements Storage {
  #records: LogRecord[] = [];
  #appended = 0;
  #closed = false;

  append(records: readonly LogRecord[]): void {
    invariant(!this.#closed, "a closed log was appended to");
    for (const record of records) {
      invariant(record.sequence === this.#appended + 1, "a record was appended out of its sequence");
      this.#appended = record.sequence;
      this.#records.push(record);
    }
  }

  sync(): Promise<number> {
    return Promise.resolve(this.#appended);
  }

  read(sequence: number): Promise<LogRecord | undefined> {
    const first = this.#records[0]?.sequence ?? 0;
    return Promise.resolve(this.#records[sequence - first]);
  }

  async *range(): AsyncGenerator<LogRecord, void, undefined> {
    yield* [...this.#records];
  }

  /** From the oldest on, as far as nothing is needed, as the real log does: what stays has no holes. */
  reclaim({ round, cursor }: { readonly round: number; readonly cursor: number }): void {
    const needed = (record: LogRecord): boolean =>
      record.kind === "block" ? record.round > round : record.sequence >= cursor;
    const kept = this.#records.findIndex(needed);
    this.#records = kept === -1 ? this.#records.slice(-1) : this.#records.slice(kept);
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }
}
