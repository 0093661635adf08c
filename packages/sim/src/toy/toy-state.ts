// The toy machine's state and its digest. The digest is a sum over the entries: it changes by what changed, does not
// depend on the order in which entries came to be, and whoever is handed entries can check them against it.
//
// Law: every change goes through here, so that digest and entries never part.
import type { Millis } from "@quorate/core";

/** What a key holds; texts are JSON. */
export type Entry =
  | { readonly kind: "value"; readonly text: string; readonly deadline: Millis | undefined }
  | { readonly kind: "list"; readonly texts: readonly string[] };

/** How a session's command ended. */
export interface Ending {
  readonly outcome: "ok" | "fail" | "rejected";
  readonly text: string;
}

export interface Session {
  readonly acknowledged: number;
  readonly endings: ReadonlyMap<number, Ending>;
}

export class ToyState {
  readonly entries: Map<string, Entry>;
  readonly sessions: Map<string, Session>;
  /** Keys with a deadline. */
  readonly #lent: Map<string, Millis>;
  #left: number;
  #right: number;

  constructor(from?: ToyState) {
    this.entries = new Map(from?.entries);
    this.sessions = new Map(from?.sessions);
    this.#lent = new Map(from?.lent);
    this.#left = from?.left ?? 0;
    this.#right = from?.right ?? 0;
  }

  get lent(): ReadonlyMap<string, Millis> {
    return this.#lent;
  }

  get left(): number {
    return this.#left;
  }

  get right(): number {
    return this.#right;
  }

  get nextDeadline(): Millis | undefined {
    let first: Millis | undefined;
    for (const deadline of this.#lent.values()) if (first === undefined || deadline < first) first = deadline;
    return first;
  }

  setValue(key: string, text: string, deadline: Millis | undefined): void {
    this.remove(key);
    this.entries.set(key, { kind: "value", text, deadline });
    if (deadline !== undefined) this.#lent.set(key, deadline);
    this.#sum(1, "v", key, `${text}@${deadline ?? ""}`);
  }

  append(key: string, text: string): void {
    const entry = this.entries.get(key);
    if (entry?.kind === "value") this.remove(key);
    const texts = entry?.kind === "list" ? [...entry.texts, text] : [text];
    this.entries.set(key, { kind: "list", texts });
    // A list's part of the sum is the sum over its places: an append costs the same however long the list is.
    this.#sum(1, "l", key, `${texts.length}:${text}`);
  }

  remove(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    this.entries.delete(key);
    if (entry.kind === "value") {
      this.#lent.delete(key);
      this.#sum(-1, "v", key, `${entry.text}@${entry.deadline ?? ""}`);
    } else for (const [at, text] of entry.texts.entries()) this.#sum(-1, "l", key, `${at + 1}:${text}`);
  }

  /** Removes every key whose time has come. */
  expire(time: Millis): void {
    if (this.#lent.size === 0) return;
    for (const [key, deadline] of [...this.#lent]) if (deadline <= time) this.remove(key);
  }

  /** Remembers how a session's command ended, and forgets what the client has heard of. */
  end(id: string, sequence: number, acknowledgedUpTo: number, ending: Ending): void {
    const session = this.sessions.get(id);
    const acknowledged = Math.max(session?.acknowledged ?? 0, acknowledgedUpTo);
    const endings = new Map<number, Ending>();
    for (const [number, old] of session?.endings ?? []) {
      if (number > acknowledged) endings.set(number, old);
      else this.#sumEnding(-1, id, number, old);
    }
    if (sequence > acknowledged) {
      endings.set(sequence, ending);
      this.#sumEnding(1, id, sequence, ending);
    }
    if (session !== undefined) this.#sum(-1, "s", id, String(session.acknowledged));
    this.#sum(1, "s", id, String(acknowledged));
    this.sessions.set(id, { acknowledged, endings });
  }

  /** Puts a session as it was found in a snapshot. */
  putSession(id: string, session: Session): void {
    this.sessions.set(id, session);
    this.#sum(1, "s", id, String(session.acknowledged));
    for (const [number, ending] of session.endings) this.#sumEnding(1, id, number, ending);
  }

  #sumEnding(sign: number, id: string, sequence: number, { outcome, text }: Ending): void {
    this.#sum(sign, "e", id, `${sequence}=${outcome}${text}`);
  }

  #sum(sign: number, kind: string, name: string, rest: string): void {
    let left = 0x811c9dc5 ^ kind.charCodeAt(0);
    let right = 0x9747b28c ^ name.length;
    for (let at = 0; at < name.length; at++) {
      left = Math.imul(left ^ name.charCodeAt(at), 0x01000193);
      right = Math.imul(right ^ name.charCodeAt(at), 0x5bd1e995) ^ (right >>> 15);
    }
    left = Math.imul(left ^ 0xff, 0x01000193);
    for (let at = 0; at < rest.length; at++) {
      left = Math.imul(left ^ rest.charCodeAt(at), 0x01000193);
      right = Math.imul(right ^ rest.charCodeAt(at), 0x5bd1e995) ^ (right >>> 15);
    }
    this.#left = (this.#left + Math.imul(sign, Math.imul(left ^ (left >>> 15), 0x2c1b3c6d))) | 0;
    this.#right = (this.#right + Math.imul(sign, Math.imul(right ^ (right >>> 13), 0x297a2d39))) | 0;
  }
}
