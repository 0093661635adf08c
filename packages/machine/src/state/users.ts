// Who may sign in, and what they may do. The machine keeps users so that every replica knows the same ones at the same
// commit; checking a secret and a permission is the doors' work (design, section 9, rule 19).
//
// The laws it keeps: no plain secret is ever stored, only what doors made of it; a token belongs to one user; and once
// there is a user there is always one who may administer the others and has a secret to sign in with. So a cluster that
// was closed by its first user never opens again by accident.
import type { ByteString } from "../bytes/byte-string.ts";
import { sized, Unpacker, varint } from "../bytes/packing.ts";
import type { Batch } from "../store/batch.ts";
import { endOf } from "./layout.ts";

export interface User {
  readonly name: ByteString;
  readonly enabled: boolean;
  /** Salted hashes in a form that doors understand; any of them signs in. */
  readonly passwords: readonly ByteString[];
  /** SHA-256 of each token, in hex: tokens are long and random, so they need no salt and are found by their hash. */
  readonly tokens: readonly ByteString[];
  /** Categories of commands, or `all`. */
  readonly allow: readonly ByteString[];
  /** Categories that are forbidden whatever else is allowed. */
  readonly deny: readonly ByteString[];
}

/** Stands for every category. */
export const ALL_CATEGORIES = "all";

const NAMES = "an";
const TOKENS = "at";
const REVISION = "ar";
const NAMES_END = endOf(NAMES);

/** Whether a user may run a command of these categories: one must be allowed and none denied. */
export function permits({ allow, deny }: Pick<User, "allow" | "deny">, categories: readonly string[]): boolean {
  const names = [ALL_CATEGORIES, ...categories];
  return names.some((name) => allow.includes(name)) && !names.some((name) => deny.includes(name));
}

export class Users {
  readonly #batch: Batch;

  constructor(batch: Batch) {
    this.#batch = batch;
  }

  /** How often users have changed; 0 means that there have never been any. */
  get revision(): number {
    const record = this.#batch.get(REVISION);
    return record === undefined ? 0 : new Unpacker(record).varint();
  }

  read(name: ByteString): User | undefined {
    const record = this.#batch.get(NAMES + name);
    return record === undefined ? undefined : unpackUser(name, record);
  }

  /** Every user, by name, but no more than `limit`. */
  list(limit: number): readonly User[] {
    const page = this.#batch.range({ from: NAMES, to: NAMES_END, limit });
    return page.map(([key, record]) => unpackUser(key.slice(NAMES.length), record));
  }

  /** Whose token has this hash. */
  ownerOf(tokenHash: ByteString): ByteString | undefined {
    return this.#batch.get(TOKENS + tokenHash);
  }

  write(user: User): void {
    this.#forgetTokens(user.name);
    for (const hash of user.tokens) this.#batch.put(TOKENS + hash, user.name);
    this.#batch.put(NAMES + user.name, packUser(user));
    this.#changed();
  }

  remove(name: ByteString): void {
    this.#forgetTokens(name);
    this.#batch.delete(NAMES + name);
    this.#changed();
  }

  #forgetTokens(name: ByteString): void {
    for (const hash of this.read(name)?.tokens ?? []) this.#batch.delete(TOKENS + hash);
  }

  #changed(): void {
    this.#batch.put(REVISION, varint(this.revision + 1));
  }
}

function packUser({ enabled, passwords, tokens, allow, deny }: User): ByteString {
  return varint(enabled ? 1 : 0) + [passwords, tokens, allow, deny].map(packList).join("");
}

function unpackUser(name: ByteString, record: ByteString): User {
  const from = new Unpacker(record);
  const enabled = from.varint() === 1;
  const list = (): ByteString[] => Array.from({ length: from.varint() }, () => from.sized());
  return { name, enabled, passwords: list(), tokens: list(), allow: list(), deny: list() };
}

function packList(items: readonly ByteString[]): ByteString {
  return varint(items.length) + items.map(sized).join("");
}
