// One connected Redis client: bytes become commands, commands go into the connection's queue, answers become bytes. What
// is answered within one turn of the event loop leaves in one write.
//
// The laws it keeps: it stops reading from a client that has enough unanswered, or does not read its answers; one client
// gets a bounded number of commands per turn, so that it cannot keep others waiting; nothing is written after an end.
import type { Socket } from "node:net";
import { type ByteString, byteString, type CommandDefinition, type Reply } from "@quorate/machine";
import type { Access } from "../../access/access.ts";
import type { Words } from "../../running-replica.ts";
import type { Log } from "../../telemetry/log.ts";
import { Connection } from "../connection.ts";
import { ClientSilence } from "./client-silence.ts";
import type { ClientView, DoorView, OwnCall, OwnCommand } from "./own-command.ts";
import { error, OK, wrongArity } from "./replies.ts";
import { RequestParser } from "./request-parser.ts";
import { type Protocol, writeReply } from "./resp-writer.ts";
import type { Route, Router } from "./router.ts";

/** What a client needs of its door. */
export interface ClientHost extends DoorView {
  readonly access: Access;
  readonly router: Router;
  readonly log: Log;
  readonly deadlineMs: number | undefined;
  /** Monotonic, a second coarse. */
  readonly coarseNow: number;
  /** The replica does not serve yet: clients wait. */
  readonly isOpening: boolean;
  /** The client is gone. */
  left(client: RedisClient): void;
  /** All clients together hold too much. */
  relieve(): void;
  /** Something was turned away: for counts and logs. */
  refused(reason: string, client: RedisClient): void;
}

/** Commands of one client in one turn of the event loop, and when counting them begins anew is arranged for. */
const TURN_COMMANDS_MAX = 2048;
const TURN_COMMANDS_FEW = 256;

/** How long a client may take to hang up after the door did. */
const LINGER_MS = 1000;

const PONG = "+PONG\r\n";

export class RedisClient implements ClientView {
  readonly id: number;
  readonly connection: Connection;
  readonly address: string;
  readonly localAddress: string;
  readonly connectedAt: number;
  protocol: Protocol = 2;
  name: ByteString = "";
  libraryName: ByteString = "";
  libraryVersion: ByteString = "";
  activeAt: number;
  lastCommand = "NULL";
  readonly #socket: Socket;
  readonly #host: ClientHost;
  readonly #parser: RequestParser;
  /** Answers that were not handed to the socket yet. */
  #out = "";
  #isFlushing = false;
  /** Writes that the socket has not finished, and when it last finished one. */
  #openWrites = 0;
  #writtenAt: number;
  /** Requests that were received wait until this client may have more run. */
  #isBehind = false;
  /** A command is under way that decides about what comes behind it. */
  #isHolding = false;
  /** Nothing more is read; it ends when what is answered is written. */
  #isEnding = false;
  /** It will send nothing more, but may still read. */
  #isHalfClosed = false;
  #isFinished = false;
  #isMute = false;
  readonly #silence = new ClientSilence();
  #turnCommands = 0;
  #accountedBytes = 0;

  constructor(id: number, socket: Socket, host: ClientHost) {
    this.id = id;
    this.#socket = socket;
    this.#host = host;
    this.address = endpoint(socket.remoteAddress, socket.remotePort);
    this.localAddress = endpoint(socket.localAddress, socket.localPort);
    this.connectedAt = performance.now();
    this.activeAt = this.connectedAt;
    this.#writtenAt = this.connectedAt;
    this.#parser = new RequestParser(host.limits);
    const { replica, access, limits, deadlineMs } = host;
    this.connection = new Connection({ replica, access, limits, deadlineMs, onBroken: (why) => this.#break(why) });
    socket.on("data", (bytes: Buffer) => this.#receive(bytes));
    socket.on("end", () => {
      this.#isHalfClosed = true;
      this.#scheduleFlush();
    });
    // What went wrong with a socket is followed by its close.
    socket.on("error", () => {});
    socket.on("close", () => this.#close());
  }

  get heldBytes(): number {
    return this.#parser.heldBytes;
  }

  get unsentBytes(): number {
    return this.#out.length + this.#socket.writableLength;
  }

  /** All that it costs now. */
  get bytes(): number {
    return this.#accountedBytes;
  }

  end(): void {
    this.#isEnding = true;
    this.#scheduleFlush();
  }

  kill(): void {
    this.#isEnding = true;
    this.#socket.destroy();
    this.#forget();
  }

  /** The door is open now: what was received is run. */
  proceed(): void {
    if (this.#isBehind) this.#scheduleFlush();
  }

  /** Looked at every second or so. */
  checkTimes(now: number): void {
    const { idleMs, stallMs } = this.#host.limits;
    if (this.#openWrites > 0 && now - this.#writtenAt > stallMs) this.#dismiss("reads-nothing");
    else if (this.heldBytes > 0 && !this.#isBehind && now - this.activeAt > stallMs)
      this.#dismiss("unfinished-request");
    else if (idleMs > 0 && this.connection.pendingCount === 0 && now - this.activeAt > idleMs) this.#dismiss("idle");
  }

  /** Reads nothing more and ends when everything that it asked is answered. */
  drain(): void {
    this.#isHalfClosed = true;
    this.#socket.pause();
    this.#scheduleFlush();
  }

  #receive(bytes: Buffer): void {
    this.activeAt = this.#host.coarseNow;
    this.#host.statistics.inputBytes += bytes.length;
    this.#parser.push(bytes);
    this.#pump();
    this.#account();
  }

  /** Runs what was received, as far as this client may. */
  #pump(): void {
    this.#parser.isTrusted = this.connection.isAllowedIn;
    while (this.#mayGoOn()) {
      const words = this.#parser.next();
      if (words === undefined) {
        if (this.#parser.error !== undefined) this.#refuseBytes(this.#parser.error);
        else this.#goOnReading();
        return;
      }
      this.#dispatch(words);
    }
    if (this.#isBehind) return;
    this.#isBehind = true;
    this.#socket.pause();
  }

  #goOnReading(): void {
    if (!this.#isBehind) return;
    this.#isBehind = false;
    if (!this.#isHalfClosed) this.#socket.resume();
  }

  #mayGoOn(): boolean {
    if (this.#isHolding || this.#isEnding || this.#host.isOpening) return false;
    if (this.#turnCommands >= TURN_COMMANDS_MAX) return false;
    if (this.unsentBytes > this.#host.limits.unsentBytesSoft) return false;
    return this.#isBehind ? this.connection.hasRoom : !this.connection.isFull;
  }

  #dispatch(words: Words): void {
    this.#turnCommands++;
    if (this.#turnCommands === TURN_COMMANDS_FEW) {
      setImmediate(() => {
        this.#turnCommands = 0;
        if (this.#isBehind) this.#scheduleFlush();
      });
    }
    this.#host.statistics.commandsProcessed++;
    const route = this.#host.router.find(words[0]);
    if (route === undefined) {
      if (isHttp(words[0]!)) {
        this.#dismiss("http");
        return;
      }
    } else {
      route.calls++;
      this.lastCommand = route.name;
      if (route.own !== undefined) {
        this.#runOwn(route, route.own, words);
        return;
      }
    }
    this.connection.run(words, this.#silence.isLoud() ? this.#reply : ignore);
  }

  #runOwn(route: Route, own: OwnCommand, words: Words): void {
    const { connection } = this;
    const isPing = own.name === "PING" && words.length === 1;
    if (isPing && connection.pendingCount === 0 && !connection.isInTransaction && connection.isAllowedIn) {
      if (this.#silence.isLoud()) this.#write(PONG);
      return;
    }
    const args = words.slice(1).map(byteString);
    if (own.name === "RESET") this.#silence.end();
    if (own.name === "CLIENT") {
      this.lastCommand = `client|${args[0]?.slice(0, 32).toLowerCase() ?? ""}`;
      const mode = args.length === 2 && args[0]!.toLowerCase() === "reply" ? args[1]!.toLowerCase() : undefined;
      if (mode !== undefined && this.#silence.change(mode)) {
        if (mode === "on") connection.local(() => OK, this.#reply, { amidTransaction: "run" });
        return;
      }
    }
    let act = (): void => {};
    const call: OwnCall = {
      client: this,
      door: this.#host,
      args,
      mayRun: (name) => this.#mayRun(this.#host.replica.commands.get(name)!),
      onAnswered: (then) => {
        act = then;
      },
    };
    if (own.holdsReading) this.#isHolding = true;
    const isLoud = this.#silence.isLoud();
    connection.local(
      () => this.#refusalOf(route, own, args) ?? own.run(call),
      (reply) => {
        if (own.holdsReading) {
          this.#isHolding = false;
          this.#scheduleFlush();
        }
        act();
        if (isLoud) this.#reply(reply);
      },
      own,
      words,
    );
  }

  #refusalOf({ administers, reads }: Route, own: OwnCommand, args: readonly ByteString[]): Reply | undefined {
    const { connection } = this;
    const count = args.length + 1;
    if (own.arity >= 0 ? count !== own.arity : count < -own.arity) return wrongArity(own.name);
    const strange = own.isOpen === true ? undefined : connection.strangerRefusal;
    if (strange !== undefined) return error(strange);
    const judged = own.isAdmin?.(args) === true ? administers : own.isRead?.(args) === true ? reads : undefined;
    const refusal = judged && this.#host.access.refusal(connection.user ?? "", judged);
    return refusal === undefined ? undefined : error(refusal);
  }

  #mayRun(command: CommandDefinition): boolean {
    return this.#host.access.refusal(this.connection.user ?? "", command) === undefined;
  }

  readonly #reply = (reply: Reply): void => {
    if (reply.kind === "error") this.#host.statistics.errorReplies++;
    this.#write(writeReply(reply, this.protocol));
  };

  #write(text: ByteString): void {
    if (this.#isMute) return;
    this.#out += text;
    if (this.#out.length > this.#host.limits.unsentBytesMax) this.#dismiss("unread-answers");
    else this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    process.nextTick(this.#flush);
  }

  readonly #flush = (): void => {
    this.#isFlushing = false;
    if (this.#socket.destroyed) return;
    if (this.#out !== "" && this.#socket.writable) {
      const out = this.#out;
      this.#out = "";
      this.#host.statistics.outputBytes += out.length;
      if (this.#openWrites++ === 0) this.#writtenAt = this.#host.coarseNow;
      this.#socket.write(out, "latin1", this.#onWritten);
      if (this.unsentBytes > this.#host.limits.unsentBytesMax) {
        this.#dismiss("unread-answers");
        return;
      }
    }
    if (this.#isBehind) this.#pump();
    const isIdle = this.connection.pendingCount === 0 && this.#out === "" && !this.#isBehind;
    if ((this.#isEnding && this.#out === "") || (this.#isHalfClosed && isIdle)) this.#finish();
    this.#account();
  };

  readonly #onWritten = (): void => {
    this.#openWrites--;
    this.#writtenAt = this.#host.coarseNow;
    if (this.#isBehind) this.#scheduleFlush();
    else this.#account();
  };

  /** Says good-bye, and takes what still comes so that the last answer is not lost to it. */
  #finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#isEnding = true;
    this.#socket.end();
    this.#socket.removeAllListeners("data");
    this.#socket.resume();
    setTimeout(() => this.kill(), LINGER_MS).unref();
  }

  /** Not the protocol: said in its place in the order, and then it is over. */
  #refuseBytes(what: string): void {
    this.#host.refused("protocol", this);
    this.#isHolding = true;
    this.connection.local(
      () => error(`ERR ${what}`),
      (reply) => {
        this.#reply(reply);
        this.end();
      },
      { amidTransaction: "run" },
    );
  }

  #break(why: string): void {
    this.#isMute = true;
    this.#host.log.warn({ client: this.id, address: this.address, why }, "a Redis client's connection was ended");
    this.end();
  }

  #dismiss(reason: string): void {
    this.#isMute = true;
    this.#out = "";
    this.#host.refused(reason, this);
    this.kill();
  }

  /** Tells the door how much it holds for this client. */
  #account(): void {
    if (this.#socket.destroyed) return;
    const { pendingBytes, transactionBytes } = this.connection;
    const bytes = this.heldBytes + pendingBytes + transactionBytes + this.unsentBytes;
    const { statistics, limits } = this.#host;
    statistics.heldBytes += bytes - this.#accountedBytes;
    this.#accountedBytes = bytes;
    if (statistics.heldBytes > limits.heldBytesMax) this.#host.relieve();
  }

  #forget(): void {
    this.#host.statistics.heldBytes -= this.#accountedBytes;
    this.#accountedBytes = 0;
  }

  #close(): void {
    this.#isMute = true;
    this.#isEnding = true;
    this.connection.close();
    this.#forget();
    this.#host.left(this);
  }
}

const ignore = (): void => {};

/** A web page can make a browser talk to a local port; its first line then becomes a command, and so does a header. */
function isHttp(word: Uint8Array): boolean {
  const name = word.length <= 5 ? byteString(word).toLowerCase() : "";
  return name === "post" || name === "host:";
}

function endpoint(address: string | undefined, port: number | undefined): string {
  if (address === undefined || port === undefined) return "";
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
