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

  constructor(operations: readonly LockOperation[]) {
    this.#operations = operations;
  }

  step(state: number, operation: number): number {
    const done = this.#operations[operation]!;
    const last = Math.floor(state / SCALE);
    const how = state % SCALE;
    switch (done.f) {
      case "grant":
        if (done.token === undefined) return last * SCALE + SOMEBODY;
        return done.token > last ? done.token * SCALE + HELD : -1;
      case "use":
        return last === done.token && how === HELD ? state : -1;
      case "release":
        return last === done.token && how === HELD ? last * SCALE : -1;
      case "refused":
        return last === done.token && how === HELD ? last * SCALE : state;
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

  enter(): void {}

  leave(): void {}
}

/** As text, for reports. */
export function printLock(operation: LockOperation & Interval): string {
  const { end, f, start } = operation;
  const token = "token" in operation ? ` ${operation.token ?? "?"}` : "";
  return `${f}${token} [${start}, ${end === Number.POSITIVE_INFINITY ? "open" : end}]`;
}
