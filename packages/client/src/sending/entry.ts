// One command on its way: what has been tried for it, whether it may have arrived, and what became of it. Also where
// outcomes get their words.
import type { JsonReply } from "@quorate/core/api";
import { type Command, nameOf } from "../command.ts";
import { IndeterminateError, type QuorateError, RejectedError } from "../errors.ts";
import type { Outcome } from "../outcome.ts";
import type { SaidOfOperation } from "./answers.ts";
import type { Numbered } from "./session.ts";
import { splitRefusal } from "./split-refusal.ts";

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

export class Entry {
  readonly command: Command;
  /** It goes through the log under a number: every write, and reads amid writes, which must keep their place. */
  readonly isNumbered: boolean;
  number: Numbered | undefined;
  /** Somebody may have it without having told. */
  doubtful = false;
  outcome: Outcome<JsonReply> | undefined;
  /** The cluster has spoken, whatever it said. */
  isAnswered = false;
  /** The last refusal that another replica might not repeat. */
  refusal: Refusal | undefined;
  readonly #tried = new Map<string, string>();

  constructor(command: Command, isNumbered: boolean) {
    this.command = command;
    this.isNumbered = isNumbered;
  }

  /** The same command under the same number, of which everything is yet to be found out. */
  again(): Entry {
    const entry = new Entry(this.command, this.isNumbered);
    entry.number = this.number;
    entry.doubtful = true;
    return entry;
  }

  note(url: string, why: string): void {
    this.#tried.set(url, why);
  }

  commit(reply: JsonReply, index: number | undefined): void {
    this.isAnswered = true;
    this.#settle();
    this.outcome = { kind: "committed", value: reply, index };
  }

  reject({ code, message }: Refusal): void {
    this.isAnswered = true;
    this.#settle();
    const text = `${nameOf(this.command)} was rejected and not applied: ${code}${message === "" ? "" : ` ${message}`}`;
    this.outcome = { kind: "rejected", error: new RejectedError(code, text) };
  }

  /** No session is to be had, so it was never sent. */
  failToNumber(error: QuorateError): void {
    const text = `${nameOf(this.command)} was not applied: a write needs a session, and ${error.message}`;
    this.outcome = { kind: "rejected", error: new RejectedError(error.code, text) };
  }

  /** Takes what a number is known to have become. Answers whether that settles it. */
  takeOperation(operation: SaidOfOperation): boolean {
    if (operation.state === "applied") {
      const refusal = splitRefusal(operation.reply);
      if (refusal === undefined) this.commit(operation.reply, undefined);
      else this.reject(refusal);
      return true;
    }
    if (operation.state === "rejected") this.reject(operation);
    return operation.state === "rejected";
  }

  /** Patience has ended, or nothing more can be found out. */
  giveUp(why: string, resolve: () => Promise<Outcome<unknown>>): void {
    const name = nameOf(this.command);
    const tried = [...this.#tried].map(([url, said]) => `${url}: ${said}`).join("; ") || "no replica could be asked";
    const { number } = this;
    if (this.doubtful && number !== undefined && this.command.kind === "write") {
      const { session, seq } = number;
      session.retire();
      const text =
        `${name} may have been applied: ${why} (${tried}). ` +
        `It is number ${seq} of session ${session.id}; the error's resolve() settles it`;
      this.outcome = {
        kind: "indeterminate",
        error: new IndeterminateError(text, { session: session.id, seq, resolve }),
      };
      return;
    }
    if (this.doubtful) number?.session.retire();
    else this.#settle();
    const code = this.refusal?.code ?? "UNAVAILABLE";
    const text =
      `${name} was not ${this.command.kind === "read" ? "answered" : "applied"}: ${why} (${tried}). ` +
      "See which replicas are up and reach a quorum: quorate status, or /v1/explain of any of them";
    this.outcome = { kind: "rejected", error: new RejectedError(code, text) };
  }

  #settle(): void {
    this.number?.session.settle(this.number.seq);
  }
}
