// Access by the users in the replicated state. Permissions are looked up at once; secrets are checked off the event loop,
// few at a time and in turns, and one that was right is remembered until users change, so that the thousandth
// connection of a service costs no more than a hash.
//
// The laws it keeps: a plain secret is held no longer than its check takes, and what is remembered of it is useless to
// whoever reads memory's traces elsewhere (a keyed hash under a key of this process); nothing tells whether a name
// exists, neither the answer nor the time it takes; and a replica that has no state yet does not take itself for one
// without users.
import { createHmac, randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import {
  byteString,
  bytesOf,
  type CommandDefinition,
  CommandError,
  categoriesOf,
  NESTING_MAX,
  permits,
  type User,
} from "@quorate/machine";
import type { RunningReplica, Words } from "../running-replica.ts";
import type { Access } from "./access.ts";
import { commandsWithin } from "./commands-within.ts";
import { hashPassword, passwordMatches } from "./password-hash.ts";
import { SECRET_BYTES_MAX, sealUserSet, tokenHash } from "./sealing.ts";
import { hashesToCheck, UserDirectory } from "./user-directory.ts";
import { WorkLanes } from "./work-lanes.ts";

export interface AccessOptions {
  /** Nobody is served before signing in, also while there are no users. */
  readonly required?: boolean;
  /** For the hashes of names and secrets that are held in memory; a fresh one unless given. */
  readonly key?: Uint8Array;
}

const DEFAULT_USER = "default";
/**
 * Names share so many lanes, whether or not they are somebody's: a lane of its own for what is nobody's would tell by
 * its refusals which names are. One round of all takes a few seconds.
 */
const LANES = 64;
/** A lane besides theirs. */
const SEALING_LANE = "sealing";
const WAITING_MAX = 32;
const REMEMBERED_MAX = 1024;
const COMMAND_NAME_BYTES_MAX = 256;
const CONFIRM_AGAIN_MS = 200;
const LOADING = "LOADING this replica does not know its users yet; try again in a moment";
const NOAUTH = "NOAUTH Authentication required.";

export function createAccess(replica: RunningReplica, options: AccessOptions = {}): Access {
  return new ReplicatedAccess(replica, options);
}

class ReplicatedAccess implements Access {
  readonly #replica: RunningReplica;
  readonly #required: boolean;
  readonly #users: UserDirectory;
  /** Hashing shares the thread pool with the disk, and the cores with everything. */
  readonly #lanes = new WorkLanes({ atOnce: availableParallelism() > 3 ? 2 : 1, waitingMax: WAITING_MAX });
  readonly #key: Uint8Array;
  /** Keyed hashes of names with right secrets, the one used longest ago first, as of `#rememberedAt`. */
  readonly #remembered = new Set<string>();
  #rememberedAt: number | undefined;
  #confirmed = false;

  constructor(replica: RunningReplica, { required = false, key = randomBytes(32) }: AccessOptions) {
    this.#replica = replica;
    this.#key = key;
    this.#required = required;
    this.#users = new UserDirectory(replica);
    this.#confirm();
  }

  get open(): boolean {
    return !this.#required && this.#known && this.#users.revision === 0;
  }

  async signIn(user: string | undefined, secret: string): Promise<string | undefined> {
    if (!this.#known) throw new CommandError(LOADING);
    if (Buffer.byteLength(secret) > SECRET_BYTES_MAX) return undefined;
    const byToken = this.#users.ownerOf(tokenHash(secret));
    if (byToken?.enabled === true && (user === undefined || user === byToken.name)) return byToken.name;
    const name = user ?? DEFAULT_USER;
    const mark = this.#keyed([name, secret]).toString("base64");
    if (this.#marks().has(mark)) {
      this.#remember(mark);
      return name;
    }
    const found = this.#users.find(name);
    const hashes = hashesToCheck(found, this.#users.hashesMost);
    const lane = String(this.#keyed([name]).readUInt32BE() % LANES);
    const right = await this.#work(lane, () => firstMatch(hashes, secret));
    if (right === undefined) return undefined;
    // Users may have changed while the password was checked.
    const now = this.#users.find(name);
    if (now?.enabled !== true || !now.passwords.includes(right)) return undefined;
    this.#remember(mark);
    return name;
  }

  refusal(user: string, command: CommandDefinition, words?: Words): string | undefined {
    if (this.open) return undefined;
    if (!this.#known) return LOADING;
    const found = user === "" ? undefined : this.#users.find(user);
    if (found?.enabled !== true) return NOAUTH;
    return this.#refusalWithin(found, command, words);
  }

  seal(words: Words): Words | Promise<Words> {
    const name = nameOf(words[0]);
    if (name === "user.set") return this.#sealUserSet(words);
    const command = this.#replica.commands.get(name);
    if (command?.within === undefined) return words;
    // USER.SET runs inside of nothing; the machine would refuse it, but not before the log had taken its secrets.
    for (const inner of commandsWithin(this.#replica.commands, command, words)) {
      if (inner.name === "user.set") throw new CommandError("ERR 'user.set' cannot be run inside of another command");
    }
    return words;
  }

  async #sealUserSet(words: Words): Promise<Words> {
    const spelt = words.map(byteString);
    if (spelt.length < 2) return words;
    const sealed = await sealUserSet(spelt, (password) => this.#work(SEALING_LANE, () => hashPassword(password)));
    return sealed.map(bytesOf);
  }

  #refusalWithin(user: User, command: CommandDefinition, words: Words | undefined): string | undefined {
    const own = refusalOf(user, command.name, categoriesOf(command));
    if (own !== undefined || command.within === undefined) return own;
    if (words === undefined)
      return permits(user, []) && user.deny.length === 0 ? undefined : noPermission(command.name);
    for (const inner of commandsWithin(this.#replica.commands, command, words)) {
      if (inner.depth > NESTING_MAX) return "ERR commands are nested too deeply";
      // What is no command, the machine says better.
      const refused = inner.command && refusalOf(user, inner.name, categoriesOf(inner.command));
      if (refused !== undefined) return refused;
    }
    return undefined;
  }

  /** Whether this replica's state can be asked for users. An empty one could be that of a replica that lost its disk. */
  get #known(): boolean {
    return (this.#confirmed || this.#replica.appliedIndex > 0) && this.#users.revision !== undefined;
  }

  /** Asks the cluster, until it answers, whether a state without any commit is the state. */
  #confirm(): void {
    if (this.#known) return;
    this.#replica.read([Buffer.from("USER.REVISION")], (outcome) => {
      this.#confirmed ||= outcome.kind === "reply";
      if (outcome.kind === "refused" && outcome.reason === "stopping") return;
      setTimeout(() => this.#confirm(), CONFIRM_AGAIN_MS).unref();
    });
  }

  #keyed(texts: readonly string[]): Buffer {
    return createHmac("sha256", this.#key).update(JSON.stringify(texts)).digest();
  }

  async #work<T>(lane: string, job: () => Promise<T>): Promise<T> {
    const work = this.#lanes.run(lane, job);
    if (work === undefined) throw new CommandError("OVERLOADED too many wait to sign in; try again in a moment");
    return work;
  }

  /** What was right before users changed is forgotten. */
  #marks(): Set<string> {
    const { revision } = this.#users;
    if (this.#rememberedAt !== revision) this.#remembered.clear();
    this.#rememberedAt = revision;
    return this.#remembered;
  }

  #remember(mark: string): void {
    const marks = this.#marks();
    marks.delete(mark);
    const [oldest] = marks;
    if (marks.size >= REMEMBERED_MAX && oldest !== undefined) marks.delete(oldest);
    marks.add(mark);
  }
}

async function firstMatch(hashes: readonly string[], password: string): Promise<string | undefined> {
  for (const hash of hashes) if (await passwordMatches(password, hash)) return hash;
  return undefined;
}

/** Why a user may not run a command of these categories; the texts are Redis's. */
function refusalOf(user: User, name: string, categories: readonly string[]): string | undefined {
  return permits(user, categories) ? undefined : noPermission(name);
}

function noPermission(name: string): string {
  return `NOPERM this user has no permissions to run the '${name.toLowerCase()}' command`;
}

function nameOf(word: Uint8Array | undefined): string {
  return word === undefined || word.length > COMMAND_NAME_BYTES_MAX ? "" : byteString(word).toLowerCase();
}
