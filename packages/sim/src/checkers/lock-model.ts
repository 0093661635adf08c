// One lock whose lease may end by itself at any time: granted with ever higher tokens, used with the token of whoever holds
// it, refused with any other. When a lease ended nobody can tell but by what others were told: a refusal of the last token
// and a grant of the next one both say that it had. A state names the last token, and whether its lease still lasts.
import type { Interval, Model } from "./search.ts";

export type LockOperation =
  /** Undefined: nobody knows whether it was granted, and which token. */
  | { readonly f: "grant"; readonly token: number | undefined }
  /** A fenced write or an extension that went through. */
  | { readonly f: "use"; readonly token: number }
  | { readonly f: "release"; readonly token: number }
  /** Refused because the token does not hold the lock. */
  | { readonly f: "refused"; readonly token: number }
  /** Somebody else had it. */
  | { readonly f: "busy" };

/** Tokens are far below this. */
const SCALE = 4;
const HELD = 1;
/** Held by a grant of which nobody knows the token; it is higher than the last known one. */
const SOMEBODY = 2;

export class LockModel implements Model {
  readonly initial: number = 0;
  readonly #operations: readonly LockOperation[];
  /** Tokens whose grants are known, in order, and which of them are not in yet. */
  readonly #tokens: readonly number[];
  readonly #grantsLeft = new Set<number>();
  /** By token: uses that are not in yet. */
  readonly #usesLeft = new Map<number, number>();

  constructor(operations: readonly LockOperation[]) {
    this.#operations = operations;
    this.#tokens = operations
      .flatMap((done) => (done.f === "grant" && done.token !== undefined ? [done.token] : []))
      .sort((left, right) => left - right);
    for (const place of operations.keys()) this.leave(place);
  }

  step(state: number, operation: number): number {
    const done = this.#operations[operation]!;
    const last = Math.floor(state / SCALE);
    const how = state % SCALE;
    const isHolders = "token" in done && done.token === last && how === HELD;
    switch (done.f) {
      case "grant":
        // Nobody needs an unknown holder as long as a known one may be it.
        if (done.token === undefined) return how === 0 ? last * SCALE + SOMEBODY : -1;
        // Whoever has an earlier token, and whatever was done with the last one, would come too late afterwards.
        if (this.#usesOf(last) > 0 || this.#tokens.find((token) => this.#grantsLeft.has(token)) !== done.token)
          return -1;
        return done.token > last ? done.token * SCALE + HELD : -1;
      case "use":
        return isHolders ? state : -1;
      case "release":
        return isHolders && this.#usesOf(last) === 1 ? last * SCALE : -1;
      case "refused":
        if (!isHolders) return state;
        return this.#usesOf(last) > 0 ? -1 : last * SCALE;
      case "busy":
        return how === 0 ? -1 : state;
    }
  }

  harmless(state: number, operation: number): boolean {
    const { f } = this.#operations[operation]!;
    return (f === "use" || f === "busy" || f === "refused") && this.step(state, operation) === state;
  }

  classOf(operation: number): string {
    return JSON.stringify(this.#operations[operation]!);
  }

  canonical(state: number): number {
    return state;
  }

  enter(operation: number): void {
    const done = this.#operations[operation]!;
    if (done.f === "grant" && done.token !== undefined) this.#grantsLeft.delete(done.token);
    else if (done.f === "use" || done.f === "release") this.#usesLeft.set(done.token, this.#usesOf(done.token) - 1);
  }

  leave(operation: number): void {
    const done = this.#operations[operation]!;
    if (done.f === "grant" && done.token !== undefined) this.#grantsLeft.add(done.token);
    else if (done.f === "use" || done.f === "release") this.#usesLeft.set(done.token, this.#usesOf(done.token) + 1);
  }

  #usesOf(token: number): number {
    return this.#usesLeft.get(token) ?? 0;
  }
}

/** As text, for reports. */
export function printLock(operation: LockOperation & Interval): string {
  const { end, f, start } = operation;
  const token = "token" in operation ? ` ${operation.token ?? "?"}` : "";
  return `${f}${token} [${start}, ${end === Number.POSITIVE_INFINITY ? "open" : end}]`;
}
