// The users as this replica's state has them, kept between commits that changed none: asking for a permission is a
// look-up, not a query. What is kept is forgotten as soon as the state counts another change of users.
import { bytesOf, type Reply, type User, utf8 } from "@quorate/machine";
import type { RunningReplica } from "../running-replica.ts";
import { costOf, decoyOf } from "./password-hash.ts";

const NAME_CHARACTERS_MAX = 64;
/** Names that were looked up and kept, those that nobody has included. */
const KEPT_MAX = 4096;

export class UserDirectory {
  readonly #replica: RunningReplica;
  readonly #users = new Map<string, User | undefined>();
  #seenIndex = -1;
  #revision: number | undefined;
  #hashesMost: { readonly revision: number | undefined; readonly counts: ReadonlyMap<string, number> } | undefined;

  constructor(replica: RunningReplica) {
    this.#replica = replica;
  }

  /** How often users have changed: 0 if there have never been any, undefined while the state cannot be read. */
  get revision(): number | undefined {
    const { appliedIndex } = this.#replica;
    if (appliedIndex !== this.#seenIndex || this.#revision === undefined) {
      const reply = this.#query("USER.REVISION");
      const revision = reply?.kind === "integer" ? Number(reply.value) : undefined;
      if (revision !== this.#revision) this.#users.clear();
      this.#revision = revision;
      this.#seenIndex = appliedIndex;
    }
    return this.#revision;
  }

  /** The user of that name, who may be disabled. */
  find(name: string): User | undefined {
    if (this.revision === undefined || name.length > NAME_CHARACTERS_MAX) return undefined;
    if (!this.#users.has(name)) {
      if (this.#users.size >= KEPT_MAX) this.#users.clear();
      this.#users.set(name, userOf(name, this.#query("USER.GET", name)));
    }
    return this.#users.get(name);
  }

  /** How many hashes of each cost a user has at most. */
  get hashesMost(): ReadonlyMap<string, number> {
    const { revision } = this;
    if (this.#hashesMost === undefined || this.#hashesMost.revision !== revision) {
      const reply = this.#query("USER.LIST");
      const names = reply?.kind === "array" ? reply.items.map(textIn) : [];
      this.#hashesMost = { revision, counts: mostOf(names.map((name) => countsOf(hashesOf(this.find(name))))) };
    }
    return this.#hashesMost.counts;
  }

  /** Whose token has this hash. */
  ownerOf(tokenHash: string): User | undefined {
    const reply = this.#query("USER.OF", tokenHash);
    return reply?.kind === "bulk" ? this.find(reply.value) : undefined;
  }

  #query(...words: readonly string[]): Reply | undefined {
    const outcome = this.#replica.readStale(words.map((word) => bytesOf(utf8(word))));
    return outcome.kind === "reply" && outcome.reply.kind !== "error" ? outcome.reply : undefined;
  }
}

/** What a password for that name may match. */
export function hashesOf(user: User | undefined): readonly string[] {
  return user?.enabled === true ? user.passwords : [];
}

/**
 * The hashes that a password for that name is checked against, and beside them as many decoys as make the work the same
 * for every name, whether or not it is somebody's and however many passwords they have.
 */
export function hashesToCheck(user: User | undefined, most: ReadonlyMap<string, number>): readonly string[] {
  const own = hashesOf(user);
  const counts = countsOf(own);
  const decoys = [...most].flatMap(([cost, count]) =>
    Array<string>(Math.max(0, count - (counts.get(cost) ?? 0))).fill(decoyOf(cost)),
  );
  return [...own, ...decoys];
}

/** How many of them there are of each cost. */
function countsOf(hashes: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const hash of hashes) {
    const cost = costOf(hash);
    if (cost !== undefined) counts.set(cost, (counts.get(cost) ?? 0) + 1);
  }
  return counts;
}

function mostOf(all: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const most = new Map<string, number>();
  for (const counts of all) for (const [cost, count] of counts) most.set(cost, Math.max(count, most.get(cost) ?? 0));
  return most;
}

function userOf(name: string, reply: Reply | undefined): User | undefined {
  if (reply?.kind !== "map") return undefined;
  const fields = new Map(reply.entries.map(([field, value]) => [textIn(field), value] as const));
  const list = (field: string): readonly string[] => {
    const value = fields.get(field);
    return value?.kind === "array" ? value.items.map(textIn) : [];
  };
  return {
    name,
    enabled: textIn(fields.get("state")) === "on",
    passwords: list("passwords"),
    tokens: list("tokens"),
    allow: list("allow"),
    deny: list("deny"),
  };
}

function textIn(reply: Reply | undefined): string {
  return reply?.kind === "bulk" ? reply.value : "";
}
