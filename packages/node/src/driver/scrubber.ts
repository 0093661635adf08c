// Reads back what was written, a little at a time, so that rot is found before it is needed: on the log's segments all
// the time, slowly. What it finds ends this life of the replica; the next one rebuilds from the other members. The state
// is read whole at every start, and each of its records whenever it is used.
import type { BlockLog } from "../storage/block-log.ts";

const EVERY_MS = 1_000;
const BYTES = 128 * 1024;

export class Scrubber {
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(blockLog: BlockLog | undefined, onRot: (rot: unknown) => void) {
    if (blockLog === undefined) return;
    let busy = false;
    this.#timer = setInterval(() => {
      if (busy) return;
      busy = true;
      blockLog
        .scrub(BYTES)
        .catch(onRot)
        .finally(() => {
          busy = false;
        });
    }, EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
