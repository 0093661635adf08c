// Whether this replica has a reason to open a round. Idle clusters are silent: only need opens rounds, and everybody
// joins a round that somebody opened.
import type { ReplicaContext } from "../context.ts";
import type { AcceptedBlock } from "../dag/accepted-block.ts";
import type { AuthorIndex, Millis, Round } from "../ids.ts";

/** A peer's plea to recover is forgotten when it stops asking. */
const PLEA_MS = 5_000;

interface Plea {
  readonly nonce: number;
  /** Until when it is believed. */
  readonly until: Millis;
  /** The block that ends its recovery was seen. */
  granted: boolean;
}

export class Need {
  readonly #context: ReplicaContext;
  /** Accepted blocks with payload that are not ordered and still can be. */
  readonly #open = new Set<AcceptedBlock>();
  /** Members that lost their disk and wait for rounds to go on. */
  readonly #pleas = new Map<AuthorIndex, Plea>();
  #nextDeadline: Millis | undefined;
  #askedDeadline: Millis | undefined;

  constructor(context: ReplicaContext) {
    this.#context = context;
  }

  accepted(block: AcceptedBlock): void {
    if (block.block.payload.length > 0) this.#open.add(block);
  }

  ordered(block: AcceptedBlock): void {
    this.#open.delete(block);
  }

  /** A snapshot or a restart told what is ordered: that needs nothing more. */
  prune(isOrdered: (block: AcceptedBlock) => boolean): void {
    for (const block of this.#open) if (isOrdered(block)) this.#open.delete(block);
  }

  expire(horizon: Round): void {
    for (const block of this.#open) if (block.round <= horizon) this.#open.delete(block);
  }

  /** A member that comes back needs rounds to go on until it can make its first block. Answers whether it still does. */
  plea(peer: AuthorIndex, nonce: number): boolean {
    const before = this.#pleas.get(peer);
    if (before?.nonce === nonce && before.granted) return false;
    this.#pleas.set(peer, { nonce, until: this.#context.clock.now + PLEA_MS, granted: false });
    return true;
  }

  granted(peer: AuthorIndex): void {
    const plea = this.#pleas.get(peer);
    if (plea !== undefined) plea.granted = true;
  }

  /** The earliest deadline of the machine, in log time. */
  get nextDeadline(): Millis | undefined {
    return this.#nextDeadline;
  }

  setNextDeadline(at: Millis | undefined): void {
    this.#nextDeadline = at;
  }

  /** A reader met this deadline: log time should pass it. */
  askDeadline(at: Millis): void {
    if (this.#askedDeadline === undefined || at > this.#askedDeadline) this.#askedDeadline = at;
  }

  /** Payload that waits to be ordered and that this replica can help to order (design, section 9, rule 8). */
  payload(nextRound: Round, admissible: (block: AcceptedBlock) => boolean): boolean {
    const oldest = nextRound - this.#context.limits.weakDepth;
    for (const block of this.#open) if (block.mine || (block.round >= oldest && admissible(block))) return true;
    return false;
  }

  /** Whether some payload that others can help to order has waited for more than that many rounds. */
  overdue(highestRound: Round, rounds: number, admissible: (block: AcceptedBlock) => boolean): boolean {
    for (const block of this.#open)
      if (block.round + rounds <= highestRound && (block.mine || admissible(block))) return true;
    return false;
  }

  pleading(): boolean {
    for (const { granted, until } of this.#pleas.values()) if (!granted && until > this.#context.clock.now) return true;
    return false;
  }

  /**
   * When a deadline gives this replica need: now or in the past if it already does, undefined if nothing is due.
   * Staggered by place, so that one member opens the round and the others join it.
   */
  deadlineAt(logTime: Millis): Millis | undefined {
    const { clock, committee, self, tuning } = this.#context;
    if (this.#askedDeadline !== undefined && this.#askedDeadline <= logTime) this.#askedDeadline = undefined;
    const asked = this.#askedDeadline === undefined ? undefined : Math.max(0, this.#askedDeadline - clock.wall);
    const due = this.#nextDeadline;
    const turn = due === undefined ? 0 : (self + Math.floor(due)) % committee.members.length;
    const own =
      due === undefined || due <= logTime ? undefined : Math.max(0, due + turn * tuning.deadlineStaggerMs - clock.wall);
    const wait = asked === undefined ? own : own === undefined ? asked : Math.min(asked, own);
    return wait === undefined ? undefined : clock.now + wait;
  }
}
