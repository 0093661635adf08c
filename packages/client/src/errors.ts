// What can go wrong, as errors with a `code`, what was tried and what to do next. The two that matter most are kept apart
// for good: `RejectedError` means certainly not applied, `IndeterminateError` that nobody can tell yet.
import type { Outcome } from "./outcome.ts";

/** Every error that the client throws by itself. */
export class QuorateError extends Error {
  // Written out, here and below: a bundler that shortens the names of classes leaves these as they are.
  override readonly name: string = "QuorateError";
  /** For programs: the first word of a refusal (`WRONGTYPE`, `NOQUORUM`, …) or a name of the client's own. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Certainly not applied: nothing has changed, and nothing will change later. */
export class RejectedError extends QuorateError {
  override readonly name: string = "RejectedError";
}

/** It may have been applied or may yet be: no answer came that could be believed. */
export class IndeterminateError extends QuorateError {
  override readonly name: string = "IndeterminateError";
  /** Under this session and number the cluster knows the command. */
  readonly session: string;
  readonly seq: number;
  /**
   * Settles it for good: a command that has not been applied by then never will be. Answers what it has become; it is
   * `indeterminate` again where the cluster cannot be reached or the session has ended.
   */
  readonly resolve: () => Promise<Outcome<unknown>>;

  constructor(message: string, about: { session: string; seq: number; resolve: () => Promise<Outcome<unknown>> }) {
    super("INDETERMINATE", message);
    this.session = about.session;
    this.seq = about.seq;
    this.resolve = about.resolve;
  }
}

/** Commands of a pipeline or an update that were not all committed; `outcomes` tells of each. */
export class PipelineError extends QuorateError {
  override readonly name: string = "PipelineError";
  readonly outcomes: readonly Outcome<unknown>[];

  constructor(message: string, outcomes: readonly Outcome<unknown>[], options?: ErrorOptions) {
    super("PIPELINE", message, options);
    this.outcomes = outcomes;
  }
}

/** A read that was not answered: replicas contradict each other, and no f + 1 of them say the same. */
export class DisagreementError extends RejectedError {
  override readonly name: string = "DisagreementError";
  /** Who said what. */
  readonly said: readonly { readonly url: string; readonly said: string }[];

  constructor(what: string, said: readonly { readonly url: string; readonly said: string }[], needed: number) {
    const list = said.map(({ url, said: words }) => `${url} said ${words}`).join("; ");
    super("DISAGREEMENT", `no ${needed} replicas answered ${what} alike, so it has no answer to believe: ${list}`);
    this.said = said;
  }
}

/** A watch that cannot go on: changes would be missing. */
export class WatchError extends QuorateError {
  override readonly name: string = "WatchError";
  /** The first revision that was not delivered. */
  readonly revision: number;

  constructor(code: "compacted" | "gap" | "not-allowed", message: string, revision: number) {
    super(code, message);
    this.revision = revision;
  }
}

/** A lock, permit or office that was not got in time (`NOTGRANTED`), or is held no longer (`LOST`). */
export class LeaseError extends QuorateError {
  override readonly name: string = "LeaseError";
}

/** A reply that is not what the method promises: bytes where text was asked for, or a number that is not exact. */
export class ReplyError extends QuorateError {
  override readonly name: string = "ReplyError";
  /** As it came. */
  readonly reply: unknown;

  constructor(message: string, reply: unknown) {
    super("REPLY", message);
    this.reply = reply;
  }
}
