// One of the 64 connections: writes keys of its own, each once, and remembers which were acknowledged.
//
// The laws it keeps: a write is due when the schedule says so and its delay counts from then, however long the connection
// took to send it; a write that was sent is never sent again.
import { now, pause } from "../clock.ts";
import type { Target } from "./orders.ts";
import { type Reply, RespConnection, RespError } from "./resp-connection.ts";
import type { Tally } from "./tally.ts";

/** As many may wait for an answer; what is due beyond that is left out, as a client does that knows when to stop. */
const UNANSWERED_MAX = 64;
const RECONNECT_MS = 100;
const FILLING = ".".repeat(48);

interface Sent {
  readonly number: number;
  readonly due: number;
}

export class Writer {
  /** The place of the replica that it writes to. */
  readonly replica: number;
  /** Of every acknowledged write: its number, when it was due, when the answer came. */
  readonly acknowledged: number[] = [];
  readonly dueAt: number[] = [];
  readonly doneAt: number[] = [];
  readonly #name: string;
  readonly #target: Target;
  readonly #tally: Tally;
  readonly #unanswered: Sent[] = [];
  #connection: RespConnection | undefined;
  #isOpen = false;
  #isFlooding = false;
  #isStopped = false;
  #number = 0;

  constructor(index: number, replica: number, target: Target, tally: Tally) {
    this.#name = `w${index}`;
    this.replica = replica;
    this.#target = target;
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
    return this.#unanswered.length;
  }

  flood(isFlooding: boolean): void {
    this.#isFlooding = isFlooding;
    if (isFlooding) this.write(now());
  }

  /** Sends the write that was due then. */
  write(due: number): void {
    if (!this.#isOpen || this.#isStopped || this.#unanswered.length >= UNANSWERED_MAX) return;
    const number = this.#number++;
    this.#unanswered.push({ number, due });
    this.#connection?.send(["SET", this.keyOf(number), this.valueOf(number)]);
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
    this.#connection?.close();
  }

  #connect(): void {
    this.#connection = new RespConnection(this.#target.redis, {
      opened: () => {
        this.#isOpen = true;
      },
      replied: (reply) => this.#replied(reply),
      ended: (why) => {
        this.#tally.error(this.replica, why);
        this.#isOpen = false;
        this.#unanswered.length = 0;
        if (!this.#isStopped) setTimeout(() => this.#connect(), RECONNECT_MS);
      },
    });
  }

  #replied(reply: Reply): void {
    const sent = this.#unanswered.shift();
    if (sent === undefined) throw new Error(`a reply to nothing: ${JSON.stringify(reply)}`);
    if (reply === "OK") {
      this.acknowledged.push(sent.number);
      this.dueAt.push(sent.due);
      this.doneAt.push(now());
    } else this.#tally.error(this.replica, reply instanceof RespError ? reply.kind : JSON.stringify(reply));
    if (this.#isFlooding) this.write(now());
  }
}
