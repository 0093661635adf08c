// What happens next in virtual time. Two things due at the same time happen in the order in which they were planned:
// without that law a run would not repeat.
import type { Millis } from "@quorate/core";

interface Planned {
  readonly at: Millis;
  readonly order: number;
  readonly run: () => void;
}

/** A binary heap by time, then by order of planning. */
export class EventQueue {
  readonly #heap: Planned[] = [];
  #planned = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the next event is due. */
  get nextAt(): Millis | undefined {
    return this.#heap[0]?.at;
  }

  push(at: Millis, run: () => void): void {
    const heap = this.#heap;
    const added: Planned = { at, order: this.#planned++, run };
    let place = heap.length;
    heap.push(added);
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above]!;
      // The newcomer was planned last: it passes only what is due strictly later.
      if (parent.at <= at) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = added;
  }

  /** Takes the next event out; the queue must not be empty. */
  pop(): { readonly at: Millis; readonly run: () => void } {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    const { length } = heap;
    if (length === 0) return first;
    let place = 0;
    for (let child = 1; child < length; child = 2 * place + 1) {
      const right = child + 1;
      if (right < length && isBefore(heap[right]!, heap[child]!)) child = right;
      if (isBefore(last, heap[child]!)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

function isBefore(left: Planned, right: Planned): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}
