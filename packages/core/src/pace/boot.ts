// After a restart a replica listens before it speaks: peers may know a newer block of its own than its disk does, and then
// it has lost something and must say nothing yet.
import type { ReplicaContext } from "../context.ts";
import type { AuthorIndex, Millis } from "../ids.ts";

export class Boot {
  readonly #context: ReplicaContext;
  readonly #heard = new Set<AuthorIndex>();
  #until: Millis | undefined;

  constructor(context: ReplicaContext) {
    this.#context = context;
  }

  /** A peer told how far it has accepted everybody's blocks. */
  heard(from: AuthorIndex): void {
    this.#heard.add(from);
  }

  /** Until when to listen; undefined when that is over. */
  wait(): Millis | undefined {
    const { clock, committee, self, tuning } = this.#context;
    this.#until ??= clock.now + tuning.bootWaitMs;
    let stake = committee.stakes[self] ?? 0;
    for (const peer of this.#heard) stake += committee.stakes[peer] ?? 0;
    // Everybody who could know more has spoken, or had the time to: peers that are up speak at once.
    return stake < committee.thresholds.total && clock.now < this.#until ? this.#until : undefined;
  }
}
