// The commands that this replica was asked to order: waiting, in a block of its own, or done with.
//
// Every command ends in exactly one way: ordered, refused (no block of it was ever ordered), or dropped. Raw ones are
// dropped when their block falls below the horizon or a snapshot passes over it; those of a session are proposed again,
// and dropped only if a snapshot passed over one of their blocks and there is no quorum to try once more.
import type { ReplicaContext } from "../context.ts";
import type { RefusalReason } from "../effect.ts";
import type { Round } from "../ids.ts";
import type { SubmittedCommand } from "../input.ts";

/** Bytes that a command takes in a payload besides its own: its length. */
const LENGTH_BYTES = 5;

const sizeOf = (command: SubmittedCommand): number => command.bytes.length + LENGTH_BYTES;

export class Submissions {
  readonly #context: ReplicaContext;
  #queue: SubmittedCommand[] = [];
  #queuedBytes = 0;
  readonly #proposed = new Map<Round, readonly SubmittedCommand[]>();
  #unorderedBytes = 0;
  /** Waiting again after a snapshot passed over their block: they may be applied. */
  readonly #uncertain = new Set<SubmittedCommand>();

  constructor(context: ReplicaContext) {
    this.#context = context;
  }

  get waiting(): boolean {
    return this.#queue.length > 0;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Whether a full batch waits, so that a round is worth opening at once. */
  get full(): boolean {
    return this.#queuedBytes >= this.#context.limits.payloadBytesMax / 4;
  }

  submit(commands: readonly SubmittedCommand[]): void {
    const { limits, tuning } = this.#context;
    for (const command of commands) {
      if (sizeOf(command) > limits.payloadBytesMax) this.#refuse(command, "too-large");
      else if (this.#queuedBytes + sizeOf(command) > tuning.queuedBytesMax) this.#refuse(command, "overloaded");
      else this.#enqueue(command);
    }
  }

  /** Ends everything that no block carries now. */
  refuseWaiting(reason: RefusalReason): void {
    for (const command of this.#queue) {
      if (this.#uncertain.delete(command)) this.#drop(command, false);
      else this.#refuse(command, reason);
    }
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  refuse(commands: readonly SubmittedCommand[], reason: RefusalReason): void {
    for (const command of commands) this.#refuse(command, reason);
  }

  /** Takes the next payload. While too much is unordered blocks stay empty: payload is held back, never blocks. */
  take(): readonly SubmittedCommand[] {
    const { limits, tuning } = this.#context;
    if (this.#queue.length === 0 || this.#unorderedBytes > tuning.unorderedBytesMax) return [];
    let count = 0;
    let bytes = 0;
    for (const command of this.#queue) {
      if (count === limits.commandsPerBlockMax || bytes + sizeOf(command) > limits.payloadBytesMax) break;
      count += 1;
      bytes += sizeOf(command);
    }
    this.#queuedBytes -= bytes;
    return this.#queue.splice(0, count);
  }

  proposed(round: Round, commands: readonly SubmittedCommand[]): void {
    if (commands.length === 0) return;
    this.#proposed.set(round, commands);
    for (const command of commands) this.#unorderedBytes += sizeOf(command);
  }

  /** An own block was ordered: the ids of its commands, if it was made since this replica started. */
  ordered(round: Round): readonly number[] | undefined {
    const commands = this.#settle(round);
    if (this.#uncertain.size > 0) for (const command of commands ?? []) this.#uncertain.delete(command);
    return commands?.map(({ id }) => id);
  }

  /** Own blocks at or below this round can no longer be ordered. */
  expire(horizon: Round): void {
    this.#giveUp((round) => round <= horizon, true);
  }

  /** A snapshot took the place of commits: what own blocks among them carried may be applied, but nobody said so here. */
  skipped(isBehind: (round: Round) => boolean): void {
    this.#giveUp(isBehind, false);
  }

  /** Proposes a session's commands again, which is safe whatever became of them; raw ones end here. */
  #giveUp(isLost: (round: Round) => boolean, certain: boolean): void {
    for (const round of [...this.#proposed.keys()]) {
      if (!isLost(round)) continue;
      const commands = this.#settle(round) ?? [];
      const again = commands.filter(({ session }) => session);
      this.#queue = [...again, ...this.#queue];
      for (const command of again) {
        this.#queuedBytes += sizeOf(command);
        if (!certain) this.#uncertain.add(command);
      }
      for (const command of commands) if (!command.session) this.#drop(command, certain);
    }
  }

  #settle(round: Round): readonly SubmittedCommand[] | undefined {
    const commands = this.#proposed.get(round);
    if (commands === undefined) return undefined;
    this.#proposed.delete(round);
    for (const command of commands) this.#unorderedBytes -= sizeOf(command);
    return commands;
  }

  #enqueue(command: SubmittedCommand): void {
    this.#queue.push(command);
    this.#queuedBytes += sizeOf(command);
  }

  #drop({ id }: SubmittedCommand, certain: boolean): void {
    this.#context.outbox.emit({ kind: "dropped", id, certain });
  }

  #refuse({ id }: SubmittedCommand, reason: RefusalReason): void {
    this.#context.outbox.emit({ kind: "refused", id, reason });
  }
}
