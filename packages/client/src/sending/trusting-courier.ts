// Carries commands where replicas may crash but do not lie: one replica's word is enough.
//
// A read is asked again until somebody answers. A write is numbered in a session first, so it too can be sent again, to
// any replica, until somebody answers; once it may have arrived, only an answer about that very number counts.
import type { CommandRequest, JsonReply } from "@quorate/core/api";
import { monotonic, Patience } from "../clock.ts";
import { byName, type Command, toJsonWord, type Word } from "../command.ts";
import type { Log } from "../log.ts";
import { mapOutcome, type Outcome } from "../outcome.ts";
import { text } from "../reply.ts";
import { isPassing, readAnswers, readOperation, type Said, type SaidOfOperation, whyUnsettled } from "./answers.ts";
import type { Call, Courier } from "./courier.ts";
import { Entry } from "./entry.ts";
import type { Http } from "./http.ts";
import type { Replica } from "./replicas.ts";
import { type Numbered, Session, Sessions } from "./session.ts";

/** Commands and bytes, roughly, of one request; longer pipelines take several, one after the other. */
const BATCH_MAX = 256;
const BATCH_BYTES_MAX = 512 * 1024;
/** A command that comes this much after its caller has stopped waiting is not applied any more. */
const LATE_MS = 5_000;

export class TrustingCourier implements Courier {
  readonly byzantine = 0;
  readonly #http: Http;
  readonly #sessions: Sessions;

  constructor(http: Http, { sessionMs, log }: { readonly sessionMs: number; readonly log: Log }) {
    this.#http = http;
    this.#sessions = new Sessions(async (patience) => {
      const opened = await this.#sendOne(byName(text, ["SESSION.OPEN", "TIMEOUT", sessionMs]), patience);
      return mapOutcome(opened, (reply) => {
        log({ kind: "session-opened", session: text(reply) });
        return new Session(text(reply), sessionMs);
      });
    });
  }

  async send(commands: readonly Command[], call: Call): Promise<readonly Outcome<JsonReply>[]> {
    const amidWrites = commands.some(({ kind }) => kind === "write");
    // A read amid writes goes through the log with them, or a batch that is sent again would not answer it as before.
    const entries = commands.map((command) => new Entry(command, amidWrites));
    for (const batch of batches(entries)) await this.#run(batch, call);
    return entries.map(({ outcome }) => outcome!);
  }

  async close(patience: Patience): Promise<void> {
    const session = this.#sessions.current;
    if (session !== undefined) await this.#sendOne(byName(text, ["SESSION.CLOSE", session.id]), patience);
  }

  /** A command without a number, which may be run more than once without harm. */
  async #sendOne(command: Command, patience: Patience): Promise<Outcome<JsonReply>> {
    const entry = new Entry(command, false);
    await this.#run([entry], { patience, stale: false, certain: false });
    return entry.outcome!;
  }

  async #run(entries: readonly Entry[], call: Call): Promise<void> {
    const { patience } = call;
    for (;;) {
      const open = entries.filter(({ outcome }) => outcome === undefined);
      if (open.length === 0) return;
      const replica = await this.#http.replicas.next(patience);
      if (replica === undefined || !(await this.#number(open, patience))) break;
      // Opening a session may have settled some: nobody may write here.
      const ready = open.filter(({ outcome }) => outcome === undefined);
      if (ready.length > 0) await this.#ask(replica, ready, call);
    }
    for (const entry of entries) if (entry.outcome === undefined) await this.#lastLook(entry, call);
  }

  /** Gives numbers to the writes that have none. False: patience ended first. */
  async #number(open: readonly Entry[], patience: Patience): Promise<boolean> {
    const bare = open.filter(({ isNumbered, number }) => isNumbered && number === undefined);
    if (bare.length === 0) return true;
    const taken = await this.#sessions.take(bare.length, patience);
    if (taken === "out of patience") return false;
    for (const [at, entry] of bare.entries()) {
      if (taken.kind === "committed") entry.number = taken.value[at]!;
      else entry.failToNumber(taken.error);
    }
    return true;
  }

  async #ask(replica: Replica, open: readonly Entry[], call: Call): Promise<void> {
    const requests = open.map((entry) => toRequest(entry, call));
    const body = requests.length === 1 ? requests[0]! : { commands: requests };
    const sentAt = monotonic();
    const exchange = await this.#http.ask(replica, { method: "POST", path: "/v1/commands", body }, call.patience);
    const said = readAnswers(exchange, open.length);
    for (const [at, entry] of open.entries()) await this.#take(entry, said[at]!, { replica, sentAt, call });
    await this.#keepOrder(open, call);
  }

  async #take(entry: Entry, said: Said, { replica, sentAt, call }: Asked): Promise<void> {
    if (said.outcome === "committed") return entry.commit(said.reply, said.index);
    if (said.outcome === "silent") {
      entry.note(replica.url, said.why);
      entry.doubtful ||= said.sent && entry.isNumbered;
      return;
    }
    entry.note(replica.url, `${said.code} ${said.message}`.trim());
    if (said.outcome === "indeterminate") {
      entry.doubtful = entry.isNumbered;
      // It may be settled by the time it is sent again; that replica needs a moment for it.
      this.#http.replicas.failed(replica, said.code, sentAt);
      return;
    }
    if (isPassing(said.code)) {
      entry.refusal = said;
      this.#http.replicas.failed(replica, said.code, sentAt);
      return;
    }
    if (entry.number !== undefined && (said.code === "NOSESSION" || said.code === "STALE")) {
      entry.number.session.retire();
      if (entry.doubtful || said.code === "STALE") {
        entry.doubtful = true;
        entry.giveUp("its session has ended meanwhile, so nobody can tell any more", this.#resolver(entry));
      }
      // Nobody had it under its old number, and nobody will: a new one, of a new session, is as good as the first.
      else entry.number = undefined;
      return;
    }
    // What was sent before may still be applied, whatever is said of the command now.
    if (!entry.doubtful) return entry.reject(said);
    const operation = await this.#operation(entry.number!, "resolve", call.patience);
    if (operation.state === "rejected") entry.reject(said);
    else entry.takeOperation(operation);
  }

  /** Where a later command has been done, an earlier one must not be done after it. */
  async #keepOrder(open: readonly Entry[], call: Call): Promise<void> {
    const last = open.findLastIndex(({ outcome, isNumbered }) => isNumbered && outcome?.kind === "committed");
    for (const entry of open.slice(0, Math.max(0, last))) {
      if (entry.outcome !== undefined) continue;
      if (!entry.doubtful) {
        entry.giveUp("commands after it in the pipeline were done already", this.#resolver(entry));
        continue;
      }
      const operation = await this.#operation(entry.number!, "resolve", call.patience);
      if (!entry.takeOperation(operation))
        entry.giveUp("commands after it in the pipeline were done already", this.#resolver(entry));
    }
  }

  /** Asks once more what became of a write of which nobody has told. */
  async #lastLook(entry: Entry, { patience, certain }: Call): Promise<void> {
    const given = patience.signal?.aborted === true;
    if (entry.doubtful && entry.number !== undefined && !given) {
      const moment = new Patience(this.#http.attemptMs, patience.signal);
      const operation = await this.#operation(entry.number, certain ? "resolve" : "ask", moment);
      if (entry.takeOperation(operation)) return;
    }
    entry.giveUp(given ? "the caller stopped waiting" : "no answer came in time", this.#resolver(entry));
  }

  /** What an indeterminate error resolves itself with. */
  #resolver(doubted: Entry): () => Promise<Outcome<unknown>> {
    return async () => {
      const entry = doubted.again();
      const operation = await this.#operation(entry.number!, "resolve", new Patience(2 * this.#http.attemptMs));
      if (!entry.takeOperation(operation)) entry.giveUp(whyUnsettled(operation), this.#resolver(doubted));
      return mapOutcome(entry.outcome!, entry.command.decode);
    };
  }

  /** What has become of a number, from whoever answers first. */
  async #operation({ session, seq }: Numbered, how: "ask" | "resolve", patience: Patience): Promise<SaidOfOperation> {
    const path = `/v1/ops/${encodeURIComponent(session.id)}/${seq}${how === "resolve" ? "/resolve" : ""}`;
    let last: SaidOfOperation = { state: "silent", why: "no replica could be asked" };
    for (;;) {
      const replica = await this.#http.replicas.next(patience);
      if (replica === undefined) return last;
      const sentAt = monotonic();
      const exchange = await this.#http.ask(
        replica,
        how === "resolve" ? { method: "POST", path, body: {} } : { method: "GET", path },
        patience,
      );
      last = readOperation(exchange);
      if (last.state !== "silent") return last;
      this.#http.replicas.failed(replica, last.why, sentAt);
    }
  }
}

interface Asked {
  readonly replica: Replica;
  readonly sentAt: number;
  readonly call: Call;
}

function batches(entries: readonly Entry[]): Entry[][] {
  const all: Entry[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const size = entry.command.words.reduce<number>((sum, word) => sum + (sizeOf(word) ?? 20), 0);
    if (bytes + size > BATCH_BYTES_MAX || all.at(-1)?.length === BATCH_MAX) {
      all.push([]);
      bytes = 0;
    }
    all.at(-1)!.push(entry);
    bytes += size;
  }
  return all;
}

const sizeOf = (word: Word): number | undefined =>
  typeof word === "string" || word instanceof Uint8Array ? word.length : undefined;

function toRequest({ command, number }: Entry, { patience, stale }: Call): CommandRequest {
  const words = command.words.map(toJsonWord);
  if (number === undefined) return stale ? { words, stale } : { words };
  const { session, seq } = number;
  const withinMs = Math.ceil(patience.leftMs) + LATE_MS;
  return { words, session: session.id, seq, ack: Math.min(session.acknowledged, seq - 1), withinMs };
}
