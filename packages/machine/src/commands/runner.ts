// Runs commands: finds them, checks what is checked of every command, and turns a refusal into a reply with everything
// undone. What one command does, its neighbours never notice.
import {
  type ApplyContext,
  type Command,
  type CommandGroup,
  type CommitIndex,
  encodeCommand,
  InvariantError,
  type Millis,
} from "@quorate/core";
import { type ByteString, byteString, bytesOf, utf8 } from "../bytes/byte-string.ts";
import { errorReply, type Reply } from "../reply/reply.ts";
import { replyBytes } from "../reply/reply-bytes.ts";
import type { MachineConfig } from "../state/config.ts";
import { DeadlineMet, type Keyspace } from "../state/keyspace.ts";
import { isForeign } from "../state/sessions.ts";
import type { State } from "../state/state.ts";
import { StoreFailure } from "../store/store.ts";
import { categoriesIn } from "./categories.ts";
import { type CommandContext, type CommandDefinition, NESTING_MAX } from "./command.ts";
import { CommandError, ReplyTooLarge, unknownCommand, wrongArity } from "./command-error.ts";
import { Random } from "./random.ts";
import { FOREIGN_SESSION } from "./sessions/session-keep.ts";
import { arityFits, type CommandTable, keysOf } from "./table.ts";

/** Whether a signature over a message is by the client with that key. */
export type VerifyClient = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

/** A reply of so many bytes is given whatever others the commit has: commands that answer little never pay for them. */
const SHORT_REPLY_BYTES = 256;

export interface RunnerOptions {
  readonly commands: CommandTable;
  readonly state: State;
  readonly context: ApplyContext;
  /** The reader's clock when only queries will be run. */
  readonly wall?: Millis;
  readonly verifyClient?: VerifyClient | undefined;
}

export class Runner implements CommandContext {
  readonly state: State;
  readonly keys: Keyspace;
  readonly config: MachineConfig;
  readonly index: CommitIndex;
  readonly time: Millis;
  start: Millis;
  now: Millis;
  author = -1;
  user = "";
  innerReplyBytes = 0;
  readonly #commands: CommandTable;
  readonly #chainDigest: string;
  readonly #query: boolean;
  readonly #verifyClient: VerifyClient | undefined;
  #ordinal = 0;
  #depth = 0;
  /** Of the commit's replies. */
  #replyBytesLeft: number;
  /** Of the command at hand. */
  #replyBytesMax: number;
  #random: Random | undefined;
  #categories: ReadonlySet<string> | undefined;

  constructor({ commands, state, context, wall, verifyClient }: RunnerOptions) {
    this.#commands = commands;
    this.#verifyClient = verifyClient;
    this.#chainDigest = context.chainDigest;
    this.#query = wall !== undefined;
    this.state = state;
    this.keys = state.keys;
    this.config = state.config;
    this.#replyBytesMax = state.config.replyBytesMax;
    this.#replyBytesLeft = state.config.replyBytesPerCommit;
    this.index = context.index;
    this.time = context.time;
    this.start = context.time;
    this.now = Math.max(context.time, wall ?? 0);
  }

  get random(): Random {
    this.#random ??= new Random(`${this.#chainDigest}/${this.#ordinal}`);
    return this.#random;
  }

  get categories(): ReadonlySet<string> {
    this.#categories ??= new Set(categoriesIn(this.#commands));
    return this.#categories;
  }

  /** A command of the log. */
  runLogged(command: Command, { author, timestamp }: CommandGroup): Reply {
    this.author = author;
    this.user = command.user;
    this.start = Math.max(this.time, timestamp);
    this.now = this.start;
    this.#replyBytesMax = Math.min(this.config.replyBytesMax, Math.max(this.#replyBytesLeft, SHORT_REPLY_BYTES));
    const reply = this.#answer(command);
    const bytes = replyBytes(reply, this.#replyBytesMax);
    // Only one that a session kept can be so large: it stays there for whoever asks again.
    if (bytes > this.#replyBytesMax && reply.kind !== "error")
      return errorReply("WINDOW the replies of this commit are too large together; ask again");
    this.#replyBytesLeft -= bytes;
    return reply;
  }

  #answer(command: Command): Reply {
    const isLate = command.notAfter < this.time;
    const run = (): Reply => this.#attempt(command.words.map(byteString));
    if (command.session === undefined)
      return isLate ? errorReply("REJECTED the command came too late and was not applied") : run();
    // The session's own records are outside of the command: what it undoes does not undo them.
    this.state.mark();
    return this.#refuseStranger(command) ?? this.state.sessions.run(command.session, this.start, isLate, run);
  }

  /** A command that a timer runs. */
  runDue(words: readonly ByteString[], user: string): Reply {
    this.author = -1;
    this.user = user;
    this.start = this.time;
    this.now = this.time;
    this.#replyBytesMax = this.config.replyBytesMax;
    return this.#attempt(words);
  }

  /** A read, outside of the log. */
  runQuery(words: readonly ByteString[]): Reply {
    return this.#attempt(words);
  }

  get bindsClients(): boolean {
    return this.#verifyClient !== undefined;
  }

  call(words: readonly ByteString[]): Reply {
    const before = this.state.savepoint();
    this.#depth++;
    try {
      if (this.#depth > NESTING_MAX) throw new CommandError("ERR commands are nested too deeply");
      const command = this.#find(words);
      if (command.flags.includes("no-multi")) throw notInside(command);
      return this.#run(command, words);
    } catch (error) {
      this.state.rollback(before);
      if (error instanceof ReplyTooLarge) throw error;
      return errorReply(this.#refusalOf(error, words));
    } finally {
      this.#depth--;
    }
  }

  check(words: readonly ByteString[]): void {
    const command = this.#find(words);
    if (command.flags.includes("no-multi")) throw notInside(command);
  }

  /** A session is its user's alone; and where it is bound to a client's key, only what that client signed is its command. */
  #refuseStranger(command: Command): Reply | undefined {
    const session = this.state.sessions.read(utf8(command.session!.id));
    if (session !== undefined && isForeign(session, command.user)) return errorReply(FOREIGN_SESSION);
    const key = session?.clientKey ?? "";
    if (key === "") return undefined;
    const { clientSignature, ...unsigned } = command;
    const signed =
      clientSignature !== undefined &&
      this.#verifyClient?.(bytesOf(key), encodeCommand({ ...unsigned, clientSignature: undefined }), clientSignature);
    return signed === true
      ? undefined
      : errorReply("NOPERM the session is bound to a client key that did not sign this");
  }

  #attempt(words: readonly ByteString[]): Reply {
    this.#ordinal++;
    this.#random = undefined;
    this.innerReplyBytes = 0;
    const before = this.state.mark();
    try {
      return this.#run(this.#find(words), words);
    } catch (error) {
      this.state.rollback(before);
      return errorReply(this.#refusalOf(error, words));
    }
  }

  #run(command: CommandDefinition, words: readonly ByteString[]): Reply {
    const { argumentsMax, keyBytesMax, valueBytesMax } = this.config;
    if (words.length > argumentsMax) throw new CommandError(`ERR a command may have at most ${argumentsMax} words`);
    for (const word of words) {
      if (word.length > valueBytesMax)
        throw new CommandError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    }
    for (const key of keysOf(command.keys, words)) {
      if (key.length > keyBytesMax) throw new CommandError(`ERR key exceeds the maximum of ${keyBytesMax} bytes`);
    }
    const inner = this.innerReplyBytes;
    const reply = command.run(this, words.slice(1));
    const bytes = replyBytes(reply, this.#replyBytesMax);
    // What it answers is mostly what the commands inside of it did, and is not counted twice.
    if (this.#depth > 0) this.innerReplyBytes = Math.max(this.innerReplyBytes, inner + bytes);
    if (Math.max(bytes, this.innerReplyBytes) > this.#replyBytesMax) throw this.#replyTooLarge();
    return reply;
  }

  #replyTooLarge(): ReplyTooLarge {
    const { replyBytesMax, replyBytesPerCommit } = this.config;
    return new ReplyTooLarge(
      this.#replyBytesMax === replyBytesMax
        ? `ERR the reply exceeds the maximum of ${replyBytesMax} bytes; ask for less`
        : `ERR the replies of one commit exceed the maximum of ${replyBytesPerCommit} bytes; ask again`,
    );
  }

  #find(words: readonly ByteString[]): CommandDefinition {
    const [name] = words;
    if (name === undefined) throw new CommandError("ERR empty command");
    const command = this.#commands.get(name.toLowerCase());
    if (command === undefined) throw unknownCommand(words);
    if (!arityFits(command, words.length)) throw wrongArity(command.name);
    command.refuse?.(words.slice(1));
    if (command.flags.includes("connection") || (this.#query && !command.flags.includes("readonly")))
      throw new CommandError(`ERR '${command.name.toLowerCase()}' cannot be run here`);
    return command;
  }

  /**
   * The reply of a command that threw. A failure that is no refusal is our bug, told the same by every replica. What must
   * not be told goes on: a broken invariant, a store that failed, a stack that ended, and where a query met a deadline.
   */
  #refusalOf(error: unknown, [name]: readonly ByteString[]): ByteString {
    if (error instanceof CommandError) return error.reply;
    if (error instanceof InvariantError || error instanceof StoreFailure) throw error;
    if (this.#query && error instanceof DeadlineMet) throw error;
    if (isEndOfStack(error))
      throw new InvariantError(`'${name?.toLowerCase()}' ran out of stack, which not every replica may`, {
        cause: error,
      });
    return `ERR '${name?.toLowerCase()}' failed and was not applied`;
  }
}

/** How engines say that a stack has ended; where it ends depends on what they have compiled by then. */
const isEndOfStack = (error: unknown): boolean =>
  error instanceof RangeError && error.message.startsWith("Maximum call stack size exceeded");

const notInside = ({ name }: CommandDefinition): CommandError =>
  new CommandError(`ERR '${name.toLowerCase()}' cannot be run inside of another command`);
