// Reads back what was written, a little at a time, so that rot is found before it is needed: the log's segments and the
// state, all the time, slowly. What it finds ends this life of the replica; the next one rebuilds from the other members.
// Besides, the state is read whole at every start, and each record of both whenever it is used.
//
// It looks at the room on the disk as well: a full disk is noticed, and room that was made ends what was refused for the
// lack of it, also where nobody probes this replica.
import type { BlockLog } from "../storage/block-log.ts";
import type { LmdbStore } from "../store/index.ts";

export interface ScrubberOptions {
  readonly blockLog: BlockLog | undefined;
  readonly store: LmdbStore;
  readonly onRot: (rot: unknown) => void;
}

const EVERY_MS = 1_000;
const LOG_BYTES = 128 * 1024;
const STATE_RECORDS = 250;

export class Scrubber {
  readonly #options: ScrubberOptions;
  readonly #timer: NodeJS.Timeout;
  #busy = false;
  #from = "";
  #stopped = false;

  constructor(options: ScrubberOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    const { blockLog, onRot, store } = this.#options;
    try {
      this.#from = store.scrub(this.#from, STATE_RECORDS) ?? "";
      await blockLog?.scrub(LOG_BYTES);
      await blockLog?.checkSpace();
    } catch (rot) {
      if (!this.#stopped) onRot(rot);
    }
    this.#busy = false;
  }
}
