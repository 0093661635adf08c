// One WebSocket at `/v1/ws`. It is a connection: its commands are answered in their order, and MULTI, EXEC and WATCH work
// on it. Watches run beside it.
//
// The laws it keeps: nothing is asked for a client that has enough unanswered, or does not read its answers; what it asked
// before may still be answered, up to a bound at which it is cut off.
import type { SocketRequest, SocketResponse } from "@quorate/core/api";
import { CommandError, type Reply, utf8 } from "@quorate/machine";
import type { RawData, WebSocket } from "ws";
import { Connection } from "../connection.ts";
import type { LocalOptions } from "../connection-entry.ts";
import { askedBy, type Ended, toAnswer } from "./ask.ts";
import type { Watch } from "./change-feed.ts";
import type { Holder } from "./client-memory.ts";
import type { DoorContext } from "./door-context.ts";
import { parseJson } from "./exchange.ts";
import { replyBytes } from "./json-reply.ts";
import { badRequest, HttpProblem } from "./problem.ts";
import { socketRequest } from "./schemas.ts";
import { watchOnSocket } from "./socket-watch.ts";

/** Unanswered commands of one socket, and their bytes, above which it is not read. */
const PENDING = { pendingMax: 256, pendingBytesMax: 2 * 1024 * 1024 };

/** Why a socket ends, as RFC 6455 numbers it. */
const GOING_AWAY = 1001;
const NOT_TEXT = 1003;
const NOT_UNDERSTOOD = 1007;
const NOT_SIGNED_IN = 1008;
const ORDER_LOST = 1011;
const FAILED = 1011;

/** The door's own answers stand in the order of the commands, and what is behind them waits. */
const IN_ITS_PLACE: LocalOptions = { when: "answered", amidTransaction: "run" };

/** A watch by its id; undefined as long as its place is being found. */
interface OpenWatch {
  watch: Watch | undefined;
}

type WatchRequest = Extract<SocketRequest, { kind: "watch" }>;

const OK: Reply = { kind: "simple", text: "OK" };

export class DoorSocket implements Holder {
  readonly #socket: WebSocket;
  readonly #door: DoorContext;
  readonly #connection: Connection;
  readonly #watches = new Map<number, OpenWatch>();
  /** Messages whose turn has not come: no more than arrived before reading stopped. */
  #waiting: Buffer[] = [];
  #isPumping = false;
  /** Answered the last ping, or said something since. */
  #isAlive = true;
  /** Since when what was sent has not been read. */
  #blockedAt: number | undefined;
  #isEnding = false;

  constructor(socket: WebSocket, door: DoorContext, user: string | undefined) {
    this.#socket = socket;
    this.#door = door;
    this.#connection = new Connection({
      replica: door.replica,
      access: door.access,
      limits: PENDING,
      deadlineMs: door.limits.deadlineMs,
      onBroken: () => this.#break(),
    });
    this.#connection.user = user;
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    socket.on("pong", () => {
      this.#isAlive = true;
    });
    socket.on("error", () => socket.terminate());
    socket.once("close", () => this.#leave());
    const signInBy = setTimeout(() => {
      if (!this.#connection.isAllowedIn) socket.close(NOT_SIGNED_IN, "nobody signed in");
    }, door.limits.headTimeoutMs).unref();
    socket.once("close", () => clearTimeout(signInBy));
  }

  /** Called now and then: ends it when nobody is there, or nobody reads. */
  ping(): void {
    const isStuck = this.#blockedAt !== undefined && performance.now() - this.#blockedAt > this.#door.limits.slowMs;
    if (!this.#isAlive || isStuck) {
      this.#socket.terminate();
      return;
    }
    this.#isAlive = false;
    this.#socket.ping();
  }

  /** Takes no more; what is under way is answered first. */
  end(): void {
    this.#isEnding = true;
    this.#waiting = [];
    if (this.#connection.pendingCount > 0) this.#socket.pause();
    else {
      // Its goodbye must be read.
      this.#socket.resume();
      this.#socket.close(GOING_AWAY, "this replica is stopping");
    }
  }

  terminate(): void {
    this.#socket.terminate();
  }

  cutOff(): void {
    this.#dismiss("memory", "the socket for which most was held was cut off");
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#isAlive = true;
    if (this.#isEnding) return;
    if (isBinary) {
      this.#socket.close(NOT_TEXT, "messages are JSON as text");
      return;
    }
    this.#waiting.push(Buffer.isBuffer(data) ? data : Buffer.concat(data as Buffer[]));
    this.#watchPressure();
  }

  /** Carries out what was received, as far as this client may; then reads on, or not. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    let done = 0;
    for (; done < this.#waiting.length && this.#mayGoOn(); done++) this.#understand(this.#waiting[done]!);
    this.#waiting.splice(0, done);
    this.#isPumping = false;
    if (this.#isEnding || this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#mayGoOn()) this.#socket.resume();
    else this.#socket.pause();
  }

  /** Once it had to wait, it goes on well below its bounds: reading should not stop and start with every message. */
  #mayGoOn(): boolean {
    if (this.#isEnding || this.#socket.readyState !== this.#socket.OPEN) return false;
    const { bufferedAmount, isPaused } = this.#socket;
    const { sendBufferBytesMax } = this.#door.limits;
    return isPaused
      ? bufferedAmount * 2 <= sendBufferBytesMax && this.#connection.hasRoom
      : bufferedAmount < sendBufferBytesMax && !this.#connection.isFull;
  }

  #understand(bytes: Buffer): void {
    try {
      this.#carryOut(parseJson(bytes, socketRequest));
    } catch (error) {
      if (error instanceof HttpProblem) this.#refuse(idIn(bytes), error);
      else this.#fail(error);
    }
  }

  #carryOut(request: SocketRequest): void {
    switch (request.kind) {
      case "command":
        this.#run(request);
        break;
      case "auth":
        this.#local(request.id, () => this.#signIn(request.user, request.secret));
        break;
      case "watch":
        this.#beginWatch(request);
        break;
      case "unwatch":
        this.#endWatch(request.id);
        break;
      default:
        request satisfies never;
    }
  }

  #beginWatch(request: WatchRequest): void {
    const { id, key, prefix } = request;
    const { socketWatchesMax } = this.#door.limits;
    if (key !== undefined && prefix !== undefined) throw badRequest("watch one key or all with a prefix, not both");
    if (this.#watches.has(id)) throw badRequest(`watch ${id} is open already; unwatch it first`);
    if (this.#watches.size >= socketWatchesMax) throw badRequest(`a socket has at most ${socketWatchesMax} watches`);
    const open: OpenWatch = { watch: undefined };
    this.#watches.set(id, open);
    // Behind everything before it: whoever writes and then watches from now on has seen its own write.
    const begin = (): void => {
      this.#watch(request, open).catch((error: unknown) => this.#fail(error));
      this.#watchPressure();
    };
    this.#connection.local(() => OK, begin, IN_ITS_PLACE);
  }

  #endWatch(id: number): void {
    this.#watches.get(id)?.watch?.stop();
    this.#watches.delete(id);
  }

  #run(request: Extract<SocketRequest, { kind: "command" }>): void {
    const { id } = request;
    const { words, options } = askedBy(request, this.#door.replica.now());
    const numbered = options.session !== undefined;
    this.#connection.run(
      words,
      (reply, ending, index) => this.#answer(id, { reply, ending, index, numbered }),
      options,
    );
  }

  /** Something of the door's own, answered in its place. */
  #local(id: number, make: () => Reply | Promise<Reply>): void {
    this.#connection.local(
      make,
      (reply, ending, index) => this.#answer(id, { reply, ending, index, numbered: false }),
      IN_ITS_PLACE,
    );
  }

  async #signIn(user: string | undefined, secret: string): Promise<Reply> {
    try {
      const known = await this.#connection.signIn(user, secret);
      return known
        ? OK
        : { kind: "error", text: "WRONGPASS the token, or the name with the password, is nobody's here" };
    } catch (error) {
      if (error instanceof CommandError) return { kind: "error", text: error.reply };
      throw error;
    }
  }

  async #watch(request: WatchRequest, open: OpenWatch): Promise<void> {
    const { id } = request;
    const isWanted = (): boolean => this.#watches.get(id) === open;
    open.watch = await watchOnSocket({
      request,
      feed: this.#door.feed,
      user: this.#connection.user ?? "",
      isWanted,
      send: (event) => {
        this.#send({ id, kind: "watch", event });
        if (event.kind === "end" && isWanted()) this.#watches.delete(id);
        return this.#socket.bufferedAmount < this.#door.limits.sendBufferBytesMax;
      },
    });
    if (!isWanted()) open.watch?.stop();
  }

  /** What could not be understood is answered where it says whom to answer; else there is nothing to go on with. */
  #refuse(id: number | undefined, { problem }: HttpProblem): void {
    if (id === undefined) this.#socket.close(NOT_UNDERSTOOD, problem.detail.slice(0, 100));
    else this.#local(id, () => ({ kind: "error", text: utf8(`${problem.code} ${problem.detail}`) }));
  }

  /** Our bug, or the replica's end: this socket's client is told no more than that. */
  #fail(error: unknown): void {
    this.#door.log.error(
      { door: "http", route: "/v1/ws", error: String(error), stack: (error as Error)?.stack },
      "a socket failed",
    );
    this.#socket.close(FAILED, "the replica failed at this socket");
  }

  #answer(id: number, ended: Ended): void {
    // As JSON it is larger still.
    if (this.#socket.bufferedAmount + replyBytes(ended.reply) > this.#door.limits.responseBytesMax)
      this.#dismissUnread();
    else {
      try {
        this.#send({ id, kind: "answer", ...toAnswer(ended) });
      } catch (error) {
        // Bytes that JSON has to spell out can make a text that is longer than a string may be.
        this.#fail(error);
      }
    }
    if (this.#isEnding && this.#connection.pendingCount === 0) this.end();
  }

  #send(response: SocketResponse): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(JSON.stringify(response), () => this.#watchPressure());
    if (this.#socket.bufferedAmount > this.#door.limits.responseBytesMax) this.#dismissUnread();
    else this.#watchPressure();
  }

  /** Goes on, or not, tells watches when there is room again, and the door how much is held. */
  #watchPressure(): void {
    this.#pump();
    this.#account();
    const { bufferedAmount } = this.#socket;
    const { sendBufferBytesMax } = this.#door.limits;
    if (bufferedAmount >= sendBufferBytesMax) this.#blockedAt ??= performance.now();
    else if (bufferedAmount * 2 <= sendBufferBytesMax) {
      if (this.#blockedAt === undefined) return;
      this.#blockedAt = undefined;
      for (const { watch } of this.#watches.values()) watch?.resume();
    }
  }

  /** The order of its commands is lost: nothing that it said behind may happen. */
  #break(): void {
    this.#connection.close();
    this.#socket.close(ORDER_LOST, "commands were lost amid their order; open another socket");
  }

  #dismissUnread(): void {
    this.#dismiss("unread-answers", "a socket whose client does not read its answers was cut off");
  }

  /** There is no waiting until it reads a good-bye. */
  #dismiss(reason: string, text: string): void {
    if (this.#socket.readyState === this.#socket.CLOSED) return;
    this.#door.refusals.note(reason, {}, text);
    this.#socket.terminate();
    this.#leave();
  }

  #account(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const { pendingBytes, transactionBytes } = this.#connection;
    this.#door.memory.hold(this, this.#socket.bufferedAmount + pendingBytes + transactionBytes);
  }

  /** Nothing of it is held any more. May be called twice. */
  #leave(): void {
    this.#connection.close();
    this.#door.memory.hold(this, 0);
    this.#waiting = [];
    for (const { watch } of this.#watches.values()) watch?.stop();
    this.#watches.clear();
  }
}

/** The id of a message that has not the shape of one. */
function idIn(bytes: Buffer): number | undefined {
  try {
    const { id } = JSON.parse(bytes.toString("utf8")) as { readonly id?: unknown };
    return typeof id === "number" && Number.isSafeInteger(id) && id >= 0 ? id : undefined;
  } catch {
    return undefined;
  }
}
