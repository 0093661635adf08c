// Asks a cluster one thing until it is answered or given up: of one replica, and when nobody answers of another one. It
// knows which attempts may still take effect, and that decides whether it may ask again and what silence means.
//
// Law: what cannot be recognised as a repetition is sent again only while every attempt before is known to have failed.
import type { Millis } from "@quorate/core";
import type { Rng } from "../rng.ts";
import type { SimulatedProcess } from "../world/process.ts";

/** What askers of one run share. */
export interface AskHost<Reply> {
  readonly now: Millis;
  after(delay: Millis, run: () => void): void;
  /** Replicas that clients may turn to: honest ones. */
  readonly replicas: readonly SimulatedProcess<Reply>[];
  /** From now on nobody gives up: the cluster is healed and must answer. */
  readonly patient: boolean;
  /** After `patienceMs` without an answer another replica is asked, and so many `attempts` are made. */
  readonly spec: { readonly patienceMs: Millis; readonly attempts: number };
}

export type Question =
  | { readonly kind: "read"; readonly words: readonly Uint8Array[] }
  /** `bytes` is asked for at each attempt. With a `session` the machine recognises repetitions. */
  | { readonly kind: "command"; readonly session: boolean; bytes(): Uint8Array };

export type Answer<Reply> =
  /** `others`: attempts besides the one answered of which nobody knows what became. */
  | { readonly kind: "reply"; readonly reply: Reply; readonly others: number }
  /** Certainly not done. */
  | { readonly kind: "failed" }
  /** Nobody knows: it may be done, at any time, or never. */
  | { readonly kind: "unknown" };

interface Asking<Reply> {
  readonly question: Question;
  then(answer: Answer<Reply>): void;
  /** Attempts of which nobody knows what became. */
  uncertain: number;
  attempts: number;
  /** A process died with an attempt. */
  broken: boolean;
  done: boolean;
}

export class Asker<Reply> {
  readonly #host: AskHost<Reply>;
  readonly #rng: Rng;
  #home: number;

  constructor(host: AskHost<Reply>, home: number, rng: Rng) {
    this.#host = host;
    this.#rng = rng;
    this.#home = home % Math.max(1, host.replicas.length);
  }

  /** Turns to any replica from now on. */
  roam(): void {
    this.#home = this.#rng.integer(this.#host.replicas.length);
  }

  /** Asks; `then` is called once, and never before this returns. */
  ask(question: Question, then: (answer: Answer<Reply>) => void): void {
    this.#attempt({ question, then, uncertain: 0, attempts: 0, broken: false, done: false });
  }

  #attempt(asking: Asking<Reply>): void {
    const { replicas, spec } = this.#host;
    const { question } = asking;
    const replica = replicas[this.#home];
    if (replica === undefined) return;
    asking.attempts += 1;
    const attempt = asking.attempts;
    if (question.kind === "read") {
      replica.read(question.words, (answer) => {
        if (asking.done) return;
        if (answer.kind === "reply") this.#end(asking, { kind: "reply", reply: answer.reply, others: 0 });
        else if (attempt === asking.attempts) this.#retryLater(asking);
      });
    } else {
      asking.uncertain += 1;
      replica.submit(question.bytes(), question.session, (told) => {
        if (asking.done) return;
        // What a snapshot passed over may have been applied by others: as good as a broken connection.
        const answer = told.kind === "dropped" && !told.certain ? { kind: "broken" as const } : told;
        switch (answer.kind) {
          case "reply":
            this.#end(asking, { kind: "reply", reply: answer.reply, others: asking.uncertain - 1 });
            return;
          case "refused":
          case "dropped":
            // Certainly not applied through this replica.
            asking.uncertain -= 1;
            if (attempt === asking.attempts) this.#retryLater(asking);
            return;
          case "broken":
            asking.broken = true;
            if (attempt === asking.attempts) this.#retryLater(asking);
        }
      });
    }
    if (asking.done) return;
    this.#host.after(spec.patienceMs, () => {
      if (!asking.done && attempt === asking.attempts) this.#retry(asking);
    });
  }

  /** An attempt ended without an answer: another one follows after a moment, so that nobody spins. */
  #retryLater(asking: Asking<Reply>): void {
    const attempt = asking.attempts;
    this.#host.after(10 + this.#rng.exponential(20), () => {
      if (!asking.done && attempt === asking.attempts) this.#retry(asking);
    });
  }

  #retry(asking: Asking<Reply>): void {
    const { patient, replicas, spec } = this.#host;
    const { attempts, broken, question, uncertain } = asking;
    const reads = question.kind === "read";
    // Without a session nobody would recognise a second attempt.
    const mayRepeat = reads || question.session || uncertain === 0;
    if (!mayRepeat) {
      // Whoever died with it will never tell; from anybody else a patient client still expects to hear.
      if (!patient || broken) this.#end(asking, { kind: "unknown" });
      else this.#host.after(spec.patienceMs, () => !asking.done && this.#retry(asking));
      return;
    }
    if (!patient && attempts >= spec.attempts) {
      this.#end(asking, { kind: reads || uncertain === 0 ? "failed" : "unknown" });
      return;
    }
    this.#home = (this.#home + 1 + this.#rng.integer(Math.max(1, replicas.length - 1))) % replicas.length;
    this.#attempt(asking);
  }

  #end(asking: Asking<Reply>, answer: Answer<Reply>): void {
    asking.done = true;
    asking.then(answer);
  }
}
