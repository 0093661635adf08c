// The users as this replica's state has them, kept between commits that changed none: asking for a permission is a
// look-up, not a query. What is kept is forgotten as soon as the state counts another change of users.
import { bytesOf, type Reply, type User, utf8 } from "@quorate/machine";
import type { RunningReplica } from "../running-replica.ts";

const NAME_CHARACTERS_MAX = 64;
/** Names that were looked up and kept, those that nobody has included. */
const KEPT_MAX = 4096;

export class UserDirectory {
  readonly #replica: RunningReplica;
  readonly #users = new Map<string, User | undefined>();
  #seenIndex = -1;
  #revision: number | undefined;

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
