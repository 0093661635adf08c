// A client of the toy machine in a closed loop: it asks one thing, waits, and writes down what it was told. What it was not
// told it records as unknown, and goes on under a new name.
import { encodeCommand, type Millis } from "@quorate/core";
import type { Step, Value } from "../history/event.ts";
import type { HistoryRecorder } from "../history/recorder.ts";
import type { Rng } from "../rng.ts";
import { type ToyReply, type ToyWords, toyWords } from "../toy/toy-reply.ts";
import { commandName } from "../workload/command-name.ts";
import type { WorkloadHost } from "../workload/workload.ts";
import { WALL_EPOCH_MS } from "../world/process-clock.ts";
import { type Answer, Asker, type Question } from "./asker.ts";
import { LENT, type Operation, type OperationSource } from "./workload.ts";

interface Ask {
  readonly operation: Operation;
  readonly startedAt: Millis;
  readonly session: boolean;
  readonly sequence: number;
  readonly name: string;
}

/** A command may take effect up to this long after its client stopped caring. */
const GRACE_MS = 5_000;

export class Client {
  readonly #host: WorkloadHost<ToyReply>;
  readonly #source: OperationSource;
  /** What it was told of values that expire: nobody who reads the run's history would know of their end. */
  readonly #lent: HistoryRecorder;
  readonly #rng: Rng;
  readonly #number: number;
  readonly #asker: Asker<ToyReply>;
  #incarnation = 0;
  #session = 0;
  #sequence = 0;
  #acknowledged = 0;
  #ask: Ask | undefined;

  constructor(host: WorkloadHost<ToyReply>, source: OperationSource, lent: HistoryRecorder, number: number, rng: Rng) {
    this.#host = host;
    this.#source = source;
    this.#lent = lent;
    this.#number = number;
    this.#rng = rng;
    this.#asker = new Asker(host, number, rng);
  }

  /** Whether it waits for an answer. */
  get busy(): boolean {
    return this.#ask !== undefined;
  }

  start(): void {
    this.#host.after(this.#rng.exponential(this.#host.spec.thinkMs), () => this.#next());
  }

  get #process(): number {
    return this.#number + this.#incarnation * this.#host.spec.clients;
  }

  #next(): void {
    if (!this.#host.open) return;
    const { spec, now } = this.#host;
    if (this.#rng.chance(spec.roam)) this.#asker.roam();
    const operation = this.#source.next();
    const reads = operation.f === "read";
    const session = !reads && !this.#rng.chance(spec.rawShare);
    const sequence = session ? ++this.#sequence : 0;
    const name = reads ? "" : this.#nameOf(operation, session, sequence);
    this.#historyOf(operation).invoke({
      process: this.#process,
      f: operation.f === "lend" ? "write" : operation.f,
      ...(operation.f === "txn" ? {} : { key: operation.key }),
      value: askedValue(operation),
      time: now,
    });
    const ask = { operation, startedAt: now, session, sequence, name };
    this.#ask = ask;
    if (!reads) this.#host.began(name);
    const question: Question = reads
      ? { kind: "read", words: toyWords(["read", operation.key]) }
      : { kind: "command", session, bytes: () => this.#encode(ask) };
    this.#asker.ask(question, (answer) => this.#hear(ask, answer));
  }

  #hear(ask: Ask, answer: Answer<ToyReply>): void {
    if (answer.kind === "reply" && answer.reply.outcome === "ok")
      this.#finish(ask, "ok", JSON.parse(answer.reply.text));
    else this.#finish(ask, answer.kind === "unknown" ? "info" : "fail", null);
  }

  #finish(ask: Ask, outcome: "ok" | "fail" | "info", answer: Value): void {
    this.#ask = undefined;
    const { now } = this.#host;
    const source = this.#source;
    const { operation } = ask;
    const value = outcome === "ok" && (operation.f === "read" || operation.f === "txn") ? { value: answer } : {};
    this.#historyOf(operation).complete({ process: this.#process, type: outcome, ...value, time: now });
    if (operation.f !== "read") {
      this.#host.settled(ask.name, outcome);
      if (outcome !== "info") {
        this.#host.told({
          command: ask.name,
          told: outcome === "ok" ? "acknowledged" : "refused",
          session: ask.session,
        });
      }
    }
    if (outcome === "ok") {
      this.#host.completed(now - ask.startedAt);
      if (operation.f === "read") source.saw(operation.key, answer);
      else if (operation.f === "write") source.saw(operation.key, operation.value);
      else if (operation.f === "cas") source.saw(operation.key, operation.next);
    }
    if (outcome === "info") {
      this.#incarnation += 1;
      this.#session += 1;
      this.#sequence = 0;
      this.#acknowledged = 0;
    } else if (ask.session) this.#acknowledged = ask.sequence;
    this.#host.after(this.#rng.exponential(this.#host.spec.thinkMs), () => this.#next());
  }

  #historyOf(operation: Operation): HistoryRecorder {
    return operation.f !== "txn" && operation.key.startsWith(LENT) ? this.#lent : this.#host.history;
  }

  #encode(ask: Ask): Uint8Array {
    const { spec } = this.#host;
    const wait = spec.patienceMs * spec.attempts + GRACE_MS;
    return encodeCommand({
      words: toyWords(wordsOf(ask.operation)),
      notAfter: Math.ceil(WALL_EPOCH_MS + this.#host.now + wait),
      session: ask.session
        ? { id: this.#sessionId, sequence: ask.sequence, acknowledgedUpTo: this.#acknowledged }
        : undefined,
      user: "",
      clientSignature: undefined,
    });
  }

  get #sessionId(): string {
    return `s${this.#number}.${this.#session}`;
  }

  #nameOf(operation: Operation, session: boolean, sequence: number): string {
    return commandName({
      words: session ? [] : toyWords(wordsOf(operation)),
      session: session ? { id: this.#sessionId, sequence, acknowledgedUpTo: 0 } : undefined,
    });
  }
}

function wordsOf(operation: Operation): ToyWords {
  switch (operation.f) {
    case "read":
      return ["read", operation.key];
    case "write":
      return ["write", operation.key, operation.value];
    case "cas":
      return ["cas", operation.key, operation.expected, operation.next];
    case "append":
      return ["append", operation.key, operation.value];
    case "lend":
      return ["lend", operation.key, operation.value, operation.ttlMs];
    case "txn":
      return ["txn", operation.steps, operation.tag];
  }
}

function askedValue(operation: Operation): Value {
  switch (operation.f) {
    case "read":
      return null;
    case "cas":
      return [operation.expected, operation.next];
    case "txn":
      return operation.steps satisfies readonly Step[];
    default:
      return operation.value;
  }
}
