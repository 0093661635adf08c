// A client in a closed loop: it asks one thing, waits, asks somebody else under the same session and number when nobody
// answers, and writes down what it was told. What it was not told it records as unknown, and goes on under a new name.
import { encodeCommand, type Millis } from "@quorate/core";
import type { ToldCommand } from "../checkers/types.ts";
import type { Step, Value } from "../history/event.ts";
import type { HistoryRecorder } from "../history/recorder.ts";
import type { Rng } from "../rng.ts";
import { commandName, type ToyReply, type ToyWords, toyWords } from "../toy/toy-reply.ts";
import type { SimulatedProcess } from "../world/process.ts";
import { WALL_EPOCH_MS } from "../world/process-clock.ts";
import type { Operation, OperationSource, WorkloadSpec } from "./workload.ts";

/** What clients of one run share. */
export interface ClientHost {
  readonly now: Millis;
  after(delay: Millis, run: () => void): void;
  /** Replicas that clients may turn to: honest ones. */
  readonly replicas: readonly SimulatedProcess<ToyReply>[];
  readonly history: HistoryRecorder;
  readonly source: OperationSource;
  readonly spec: WorkloadSpec;
  /** Whether another operation may begin. */
  readonly open: boolean;
  /** From now on nobody gives up: the cluster is healed and must answer. */
  readonly patient: boolean;
  told(told: ToldCommand): void;
  /** A command was first given to a replica; `settled` when its client knows what became of it, or gave up. */
  began(command: string): void;
  settled(command: string, outcome: "ok" | "fail" | "info"): void;
  completed(latency: Millis, f: Operation["f"]): void;
}

interface Ask {
  readonly operation: Operation;
  readonly startedAt: Millis;
  readonly session: boolean;
  readonly sequence: number;
  readonly name: string;
  /** Attempts of which nobody knows what became. */
  uncertain: number;
  attempts: number;
  /** A process died with an attempt. */
  broken: boolean;
  done: boolean;
}

/** A command may take effect up to this long after its client stopped caring. */
const GRACE_MS = 5_000;

export class Client {
  readonly #host: ClientHost;
  readonly #rng: Rng;
  readonly #number: number;
  #incarnation = 0;
  #session = 0;
  #sequence = 0;
  #acknowledged = 0;
  #home: number;
  #ask: Ask | undefined;

  constructor(host: ClientHost, number: number, rng: Rng) {
    this.#host = host;
    this.#number = number;
    this.#rng = rng;
    this.#home = number % Math.max(1, host.replicas.length);
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
    const { spec, source, history, now } = this.#host;
    if (this.#rng.chance(spec.roam)) this.#home = this.#rng.integer(this.#host.replicas.length);
    const operation = source.next();
    const reads = operation.f === "read";
    const session = !reads && !this.#rng.chance(spec.rawShare);
    const sequence = session ? ++this.#sequence : 0;
    const name = reads ? "" : this.#nameOf(operation, session, sequence);
    history.invoke({
      process: this.#process,
      f: operation.f === "lend" ? "write" : operation.f,
      ...(operation.f === "txn" ? {} : { key: operation.key }),
      value: askedValue(operation),
      time: now,
    });
    this.#ask = {
      operation,
      startedAt: now,
      session,
      sequence,
      name,
      uncertain: 0,
      attempts: 0,
      broken: false,
      done: false,
    };
    if (!reads) this.#host.began(name);
    this.#attempt(this.#ask);
  }

  #attempt(ask: Ask): void {
    const { replicas, spec } = this.#host;
    const replica = replicas[this.#home];
    if (replica === undefined) return;
    ask.attempts += 1;
    const attempt = ask.attempts;
    if (ask.operation.f === "read") {
      replica.read(toyWords(["read", ask.operation.key]), (answer) => {
        if (ask.done) return;
        if (answer.kind === "reply") this.#finish(ask, "ok", JSON.parse(answer.reply.text));
        else if (attempt === ask.attempts) this.#retryLater(ask);
      });
    } else {
      ask.uncertain += 1;
      replica.submit(this.#encode(ask), ask.session, (answer) => {
        if (ask.done) return;
        switch (answer.kind) {
          case "reply":
            this.#hear(ask, answer.reply);
            return;
          case "refused":
          case "dropped":
            // Certainly not applied through this replica.
            ask.uncertain -= 1;
            if (attempt === ask.attempts) this.#retryLater(ask);
            return;
          case "broken":
            ask.broken = true;
            if (attempt === ask.attempts) this.#retryLater(ask);
        }
      });
    }
    if (ask.done) return;
    this.#host.after(spec.patienceMs, () => {
      if (!ask.done && attempt === ask.attempts) this.#retry(ask);
    });
  }

  #hear(ask: Ask, reply: ToyReply): void {
    if (reply.outcome === "ok") this.#finish(ask, "ok", JSON.parse(reply.text));
    else this.#finish(ask, "fail", null);
  }

  /** An attempt ended without an answer: another one follows after a moment, so that nobody spins. */
  #retryLater(ask: Ask): void {
    const attempt = ask.attempts;
    this.#host.after(10 + this.#rng.exponential(20), () => {
      if (!ask.done && attempt === ask.attempts) this.#retry(ask);
    });
  }

  #retry(ask: Ask): void {
    const { patient, replicas, spec } = this.#host;
    const reads = ask.operation.f === "read";
    // Without a session nobody would recognise a second attempt.
    const mayRepeat = reads || ask.session || ask.uncertain === 0;
    if (!mayRepeat) {
      // Whoever died with it will never tell; from anybody else a patient client still expects to hear.
      if (!patient || ask.broken) this.#finish(ask, "info", null);
      else this.#host.after(spec.patienceMs, () => !ask.done && this.#retry(ask));
      return;
    }
    if (!patient && ask.attempts >= spec.attempts) {
      this.#finish(ask, reads || ask.uncertain === 0 ? "fail" : "info", null);
      return;
    }
    this.#home = (this.#home + 1 + this.#rng.integer(Math.max(1, replicas.length - 1))) % replicas.length;
    this.#attempt(ask);
  }

  #finish(ask: Ask, outcome: "ok" | "fail" | "info", answer: Value): void {
    ask.done = true;
    this.#ask = undefined;
    const { history, source, now } = this.#host;
    const { operation } = ask;
    const value = outcome === "ok" && (operation.f === "read" || operation.f === "txn") ? { value: answer } : {};
    history.complete({ process: this.#process, type: outcome, ...value, time: now });
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
      this.#host.completed(now - ask.startedAt, operation.f);
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
