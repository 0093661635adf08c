// State may go to the disk only when the log is durable up to what it was derived from (order law 3). Commits wait here
// with the sequence that they must not outrun.
import type { CommitIndex } from "@quorate/core";

export class Releases {
  readonly #release: (index: CommitIndex) => void;
  #waiting: { readonly index: CommitIndex; readonly after: number }[] = [];
  #durable = 0;

  constructor(release: (index: CommitIndex) => void) {
    this.#release = release;
  }

  add(index: CommitIndex, after: number): void {
    this.#waiting.push({ index, after });
    // Its records may be durable already: nothing would come that releases it later.
    if (after <= this.#durable) this.durable(this.#durable);
  }

  /** The log is durable up to this record. */
  durable(upTo: number): void {
    this.#durable = Math.max(this.#durable, upTo);
    let count = 0;
    while ((this.#waiting[count]?.after ?? Number.POSITIVE_INFINITY) <= this.#durable) count += 1;
    if (count === 0) return;
    const last = this.#waiting[count - 1]!;
    this.#waiting = this.#waiting.slice(count);
    this.#release(last.index);
  }
}
