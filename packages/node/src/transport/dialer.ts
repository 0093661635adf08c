// Keeps a link to one peer with a higher index: of two members the one with the lower index dials, so that calls never
// cross. One attempt at a time; after each that fails, or a link that is lost, it waits longer, with some chance in it.
import type { AuthorIndex, Channel } from "@quorate/core";
import { type DialOptions, dial, type PeerAddress } from "./dial.ts";
import type { PeerCounters } from "./facts.ts";
import type { Link } from "./link.ts";
import type { RefusalLog } from "./refusal-log.ts";
import type { TransportTuning } from "./tuning.ts";

export interface DialerOptions extends Pick<DialOptions, "home" | "identity"> {
  readonly self: AuthorIndex;
  readonly peer: AuthorIndex;
  readonly boot: number;
  readonly tuning: TransportTuning;
  readonly refusals: RefusalLog;
  readonly counters: PeerCounters;
  /** Asked anew at each attempt: a peer may come back elsewhere. */
  addressOf(peer: AuthorIndex): PeerAddress | undefined;
  /** A link in the making. Its end is told back by `ended`. */
  begin(attempt: number): Link;
}

const CHANNELS: readonly Channel[] = ["blocks", "catch-up"];

export class Dialer {
  readonly #options: DialerOptions;
  #attempt = 0;
  #fruitless = 0;
  #upAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #cancels: (() => void)[] = [];
  #closed = false;

  constructor(options: DialerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#dial();
  }

  up(): void {
    this.#upAt = performance.now();
  }

  /** The link of this dialer's last attempt ended, or never came to be. */
  ended(detail: string): void {
    const { counters, tuning } = this.#options;
    this.#cancel();
    if (this.#upAt === undefined) {
      counters.failedDials += 1;
      this.#fruitless += 1;
    } else {
      // A peer that takes links only to drop them is as good as one that cannot be reached.
      const stood = performance.now() - this.#upAt;
      this.#fruitless = stood > tuning.redialMsMax ? 0 : this.#fruitless + 1;
      this.#upAt = undefined;
    }
    counters.problem = detail;
    if (!this.#closed) this.#again();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#cancel();
  }

  #again(): void {
    const { redialMsMax, redialMsMin } = this.#options.tuning;
    const wait = Math.min(redialMsMax, redialMsMin * 2 ** Math.min(this.#fruitless, 20));
    this.#timer = setTimeout(() => this.#dial(), wait * (0.5 + Math.random() / 2));
  }

  #dial(): void {
    const { addressOf, begin, boot, home, identity, peer, refusals, self, tuning } = this.#options;
    const address = addressOf(peer);
    const attempt = ++this.#attempt;
    const link = begin(attempt);
    if (address === undefined) {
      link.endLater("failed", "its address is not known");
      return;
    }
    const where = `${address.host}:${address.port}`;
    this.#cancels = CHANNELS.map((channel) =>
      dial({
        address,
        hello: { from: self, to: peer, channel, boot, attempt },
        home,
        identity,
        drainMs: tuning.drainMs,
        connected: (wire) => {
          if (link.isEnded) wire.reset();
          else link.add(channel, wire);
        },
        failed: (refusal, detail) => {
          if (refusal !== undefined) refusals.refused(refusal, { address: where, detail, peer: `member ${peer}` });
          link.end("failed", `${where}: ${detail}`);
        },
      }),
    );
  }

  #cancel(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels = [];
  }
}
