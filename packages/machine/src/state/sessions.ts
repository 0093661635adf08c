// Sessions make a retry safe. Commands of a session are numbered; the reply to each is kept until the client says that
// it has it, so the same number again, from any replica and any number of times, is answered the same and applied once.
// A number that was acknowledged, or belongs to a session that has ended, is refused and never applied: whoever sends
// it has to say "indeterminate", not try its luck (design, section 9, rule 16).
//
// A session ends when its time-out has passed in log time without a command of it, which every replica sees at the
// same commit. Its deadline is moved lazily: one entry, looked at again when it is due.
import type { Command, Millis } from "@quorate/core";
import { type ByteString, textOf, utf8 } from "../bytes/byte-string.ts";
import { sized, U48_MAX, Unpacker, u48, varint } from "../bytes/packing.ts";
import { packReply, unpackReply } from "../reply/pack-reply.ts";
import { errorReply, type Reply } from "../reply/reply.ts";
import type { Batch } from "../store/batch.ts";
import type { MachineConfig } from "./config.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Garbage } from "./garbage.ts";
import type { Meta } from "./meta.ts";

export interface Session {
  readonly timeoutMs: number;
  /** Log time of its last command. */
  readonly lastActive: Millis;
  /** Every number up to this has been answered and the answer received. */
  readonly acknowledged: number;
  /** Bytes of the replies kept above that. */
  readonly replyBytes: number;
  /** Who opened it, and alone may use it; empty: nobody had signed in, and anybody may. */
  readonly user: string;
  /** The client's public key, where every command must carry the client's signature; else empty. */
  readonly clientKey: ByteString;
}

/** What has become of a number: its reply, or the certainty that it was not applied. */
export type Outcome = { readonly kind: "applied" | "rejected"; readonly reply: Reply };

/** The parts of the state that sessions are kept in. */
export interface SessionParts {
  readonly batch: Batch;
  readonly meta: Meta;
  readonly deadlines: Deadlines;
  readonly garbage: Garbage;
  readonly config: MachineConfig;
}

type Numbering = NonNullable<Command["session"]>;

const APPLIED = "a";
const REJECTED = "r";

export class Sessions {
  readonly #state: SessionParts;

  constructor(state: SessionParts) {
    this.#state = state;
  }

  read(id: ByteString): Session | undefined {
    const record = this.#state.batch.get(`s${id}`);
    return record === undefined ? undefined : unpackSession(record);
  }

  open(id: ByteString, session: Pick<Session, "timeoutMs" | "user" | "clientKey">, start: Millis): void {
    this.#write(id, { ...session, lastActive: start, acknowledged: 0, replyBytes: 0 });
    this.#state.deadlines.add({ at: start + session.timeoutMs, kind: "s", ident: id });
    this.#state.meta.sessionCount++;
  }

  /** Keeps a session from ending. */
  keep(id: ByteString, session: Session, start: Millis): void {
    this.#write(id, { ...session, lastActive: Math.max(session.lastActive, start) });
  }

  /** Ends a session. What it kept goes with the garbage. */
  close(id: ByteString): void {
    this.#state.batch.delete(`s${id}`);
    this.#state.garbage.add({ kind: "prefix", prefix: outcomePrefix(id) });
    this.#state.meta.sessionCount--;
  }

  /** Carries out, or moves, the deadline of a session. */
  due(id: ByteString, at: Millis): void {
    this.#state.deadlines.remove({ at, kind: "s", ident: id });
    const session = this.read(id);
    if (session === undefined) return;
    const end = session.lastActive + session.timeoutMs;
    if (end <= this.#state.meta.time) this.close(id);
    else this.#state.deadlines.add({ at: end, kind: "s", ident: id });
  }

  outcome(id: ByteString, sequence: number): Outcome | undefined {
    const record = this.#state.batch.get(outcomeKey(id, sequence));
    if (record === undefined) return undefined;
    return { kind: record[0] === APPLIED ? "applied" : "rejected", reply: unpackReply(record.slice(1)) };
  }

  /** Why a number cannot be settled yet: what is kept of a session is a window of numbers. */
  beyondWindow({ acknowledged }: Session, sequence: number): ByteString | undefined {
    const { sessionWindow } = this.#state.config;
    if (sequence <= Math.min(acknowledged + sessionWindow, U48_MAX)) return undefined;
    return `WINDOW sequence ${sequence} is more than ${sessionWindow} above the last acknowledged`;
  }

  /** Settles a number within the window that was not applied as never to be applied. */
  reject(id: ByteString, session: Session, sequence: number, reply: Reply, start: Millis): void {
    this.#keep(id, session, sequence, REJECTED, reply, start);
  }

  /**
   * Runs a numbered command if it must be, and answers it. `isLate` says that its time has passed: it is then settled
   * as rejected. What the command itself refuses counts as applied: the refusal is its reply, for ever.
   */
  run({ id: text, sequence, acknowledgedUpTo }: Numbering, start: Millis, isLate: boolean, run: () => Reply): Reply {
    const id = utf8(text);
    const session = this.read(id);
    if (session === undefined) return errorReply("NOSESSION no such session, or it has ended; the outcome is unknown");
    if (sequence <= session.acknowledged)
      return errorReply(`STALE sequence ${sequence} was acknowledged; its reply is no longer kept`);
    const known = this.outcome(id, sequence);
    if (known !== undefined) return known.reply;
    const { sessionReplyBytesMax } = this.#state.config;
    const acknowledged = this.#acknowledge(id, session, Math.min(acknowledgedUpTo, sequence - 1));
    const beyond = this.beyondWindow(acknowledged, sequence);
    if (beyond !== undefined) return errorReply(beyond);
    if (acknowledged.replyBytes > sessionReplyBytesMax)
      return errorReply(`WINDOW replies of ${acknowledged.replyBytes} bytes wait to be acknowledged`);
    const reply = isLate ? errorReply("REJECTED the command came too late and was not applied") : run();
    // The command may have been about this very session: closed it, or settled another number of it.
    const after = this.read(id);
    if (after !== undefined) this.#keep(id, after, sequence, isLate ? REJECTED : APPLIED, reply, start);
    return reply;
  }

  #keep(id: ByteString, session: Session, sequence: number, tag: string, reply: Reply, start: Millis): void {
    const record = tag + packReply(reply);
    this.#state.batch.put(outcomeKey(id, sequence), record);
    this.keep(id, { ...session, replyBytes: session.replyBytes + record.length }, start);
  }

  #acknowledge(id: ByteString, session: Session, upTo: number): Session {
    if (upTo <= session.acknowledged) return session;
    const { batch, config } = this.#state;
    let { replyBytes } = session;
    const from = outcomeKey(id, session.acknowledged + 1);
    // Numbers are settled within the window only, so there are no more records than that.
    const limit = config.sessionWindow + 1;
    for (const [key, record] of batch.range({ from, to: outcomeKey(id, upTo + 1), limit })) {
      batch.delete(key);
      replyBytes -= record.length;
    }
    const acknowledged = { ...session, acknowledged: upTo, replyBytes };
    this.#write(id, acknowledged);
    return acknowledged;
  }

  #write(id: ByteString, session: Session): void {
    this.#state.batch.put(`s${id}`, packSession(session));
  }
}

function outcomePrefix(id: ByteString): ByteString {
  return `r${sized(id)}`;
}

function outcomeKey(id: ByteString, sequence: number): ByteString {
  return outcomePrefix(id) + u48(Math.min(sequence, U48_MAX));
}

function packSession({ timeoutMs, lastActive, acknowledged, replyBytes, user, clientKey }: Session): ByteString {
  const numbers = [timeoutMs, lastActive, acknowledged, replyBytes].map(varint).join("");
  return numbers + sized(utf8(user)) + clientKey;
}

/** Whether a session is somebody else's. Its replies are for whoever opened it. */
export function isForeign({ user }: Session, other: string): boolean {
  return user !== "" && user !== other;
}

function unpackSession(record: ByteString): Session {
  const unpacker = new Unpacker(record);
  return {
    timeoutMs: unpacker.varint(),
    lastActive: unpacker.varint(),
    acknowledged: unpacker.varint(),
    replyBytes: unpacker.varint(),
    user: textOf(unpacker.sized()) ?? "",
    clientKey: unpacker.rest(),
  };
}
