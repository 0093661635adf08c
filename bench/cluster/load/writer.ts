// One of the 64 connections: writes keys of its own, each once, and remembers which were acknowledged.
//
// The laws it keeps: a write is due when the schedule says so and its delay counts from then, however long the connection
// took to send it; a write that was sent is never sent again.
import { now, pause } from "../clock.ts";
import type { Target } from "./orders.ts";
import type { Line, Speaker } from "./speaker.ts";
import type { Tally } from "./tally.ts";

const RECONNECT_MS = 100;
const FILLING = ".".repeat(48);

export interface WriterOptions {
  readonly index: number;
  /** The place of the replica that it writes to. */
  readonly replica: number;
  readonly target: Target;
  readonly speaker: Speaker;
  readonly tally: Tally;
}

export class Writer {
  readonly replica: number;
  /** Of every acknowledged write: its number, when it was due, when the answer came. */
  readonly acknowledged: number[] = [];
  readonly dueAt: number[] = [];
  readonly doneAt: number[] = [];
  readonly #name: string;
  readonly #target: Target;
  readonly #speaker: Speaker;
  readonly #tally: Tally;
  /** When each was due that waits for its answer. */
  readonly #unanswered = new Map<number, number>();
  #line: Line | undefined;
  #isOpen = false;
  #isFlooding = false;
  #isStopped = false;
  #number = 0;

  constructor({ index, replica, speaker, tally, target }: WriterOptions) {
    this.#name = `w${index}`;
    this.replica = replica;
    this.#target = target;
    this.#speaker = speaker;
    this.#tally = tally;
  }

  /** Resolves when it is connected. */
  async connect(): Promise<void> {
    this.#connect();
    while (!this.#isOpen) await pause(5);
  }

  /** When the write was due that was acknowledged last. */
  get servedAt(): number {
    return this.dueAt.at(-1) ?? 0;
  }

  get unanswered(): number {
    return this.#unanswered.size;
  }

  flood(isFlooding: boolean): void {
    this.#isFlooding = isFlooding;
    if (isFlooding) this.write(now());
  }

  /** Sends the write that was due then. */
  write(due: number): void {
    if (!this.#isOpen || this.#isStopped || this.unanswered >= this.#speaker.unansweredMax) return;
    const number = this.#number++;
    this.#unanswered.set(number, due);
    this.#line?.write(number, this.keyOf(number), this.valueOf(number));
  }

  keyOf(number: number): string {
    return `${this.#name}:${number}`;
  }

  valueOf(number: number): string {
    return `${number}${FILLING}`;
  }

  stop(): void {
    this.#isStopped = true;
  }

  close(): void {
    this.#line?.close();
  }

  #connect(): void {
    this.#line = this.#speaker.line(this.#target, {
      opened: () => {
        this.#isOpen = true;
      },
      answered: (number, refusal) => this.#answered(number, refusal),
      ended: (why) => {
        this.#tally.error(this.replica, why);
        this.#isOpen = false;
        this.#unanswered.clear();
        if (!this.#isStopped) setTimeout(() => this.#connect(), RECONNECT_MS);
      },
    });
  }

  #answered(number: number, refusal: string | undefined): void {
    const due = this.#unanswered.get(number);
    if (due === undefined) throw new Error(`an answer to nothing: ${number}`);
    this.#unanswered.delete(number);
    if (refusal === undefined) {
      this.acknowledged.push(number);
      this.dueAt.push(due);
      this.doneAt.push(now());
    } else this.#tally.error(this.replica, refusal, due);
    if (this.#isFlooding) this.write(now());
  }
}
