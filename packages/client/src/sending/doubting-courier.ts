// Carries commands where up to f replicas may lie. Nothing is believed that fewer than f + 1 replicas say.
//
// A read is asked of several; each runs its own barrier after the question, so what f + 1 answer alike is current. Where
// they cannot agree because the value is changing, the read goes through the log, where it has one answer for ever.
// A write is sent through one replica, or the next when nothing comes of it, and what became of its number is then asked
// of others. Each session is bound to a key made for it, and its commands are signed: a liar can withhold a command, but
// neither alter it, nor put another under its number, nor hand out a session in which numbers were used already.
import type { CommandRequest, JsonReply } from "@quorate/core/api";
import { monotonic, Patience, sleep } from "../clock.ts";
import { type Command, nameOf, toJsonWord } from "../command.ts";
import { DisagreementError } from "../errors.ts";
import type { Log } from "../log.ts";
import { mapOutcome, type Outcome } from "../outcome.ts";
import { bytes } from "../reply.ts";
import { type Agreement, agree, type Voice } from "./agreement.ts";
import { isPassing, readAnswers, readOperation, type Said, type SaidOfOperation, whyUnsettled } from "./answers.ts";
import type { Call, Courier } from "./courier.ts";
import { Entry, type Refusal } from "./entry.ts";
import type { Http } from "./http.ts";
import type { Replica } from "./replicas.ts";
import { type Numbered, Session, Sessions } from "./session.ts";
import { createSigner, signedRequest } from "./signed-command.ts";

export interface DoubtingOptions {
  /** How many replicas may lie. */
  readonly byzantine: number;
  readonly sessionMs: number;
  /** As whom the doors know the client: it is part of what is signed. */
  readonly user: string;
  readonly log: Log;
}

/** A signed command names the time after which it must not be applied; clocks may differ by this much. */
const CLOCKS_DIFFER_MS = 300_000;
const PAUSE_MS = 50;

export class DoubtingCourier implements Courier {
  readonly byzantine: number;
  readonly #http: Http;
  readonly #options: DoubtingOptions;
  readonly #needed: number;
  readonly #sessions: Sessions;

  constructor(http: Http, options: DoubtingOptions) {
    this.#http = http;
    this.#options = options;
    this.byzantine = options.byzantine;
    this.#needed = options.byzantine + 1;
    this.#sessions = new Sessions((patience) => this.#openSession(patience));
  }

  async send(commands: readonly Command[], call: Call): Promise<readonly Outcome<JsonReply>[]> {
    const outcomes: Outcome<JsonReply>[] = [];
    let inDoubt = false;
    for (const command of commands) {
      const entry = new Entry(command, command.kind === "write");
      // What comes after must not be done before.
      if (inDoubt) entry.giveUp("a command before it in the pipeline is in doubt", async () => entry.outcome!);
      else if (command.kind === "read") await this.#read(entry, call);
      else await this.#write(entry, call);
      inDoubt ||= entry.outcome!.kind === "indeterminate";
      outcomes.push(entry.outcome!);
    }
    return outcomes;
  }

  async close(patience: Patience): Promise<void> {
    const { current } = this.#sessions;
    const replica = await this.#http.replicas.next(patience);
    if (current === undefined || replica === undefined) return;
    await this.#post(replica, { words: ["SESSION.CLOSE", current.id] }, patience);
  }

  async #read(entry: Entry, { patience, ...call }: Call): Promise<void> {
    const { command } = entry;
    const request = { words: command.words.map(toJsonWord) };
    while (!patience.over) {
      const asked = await this.#agree(
        async (replica) => voiceOf(await this.#post(replica, request, patience)),
        patience,
      );
      if (asked.kind === "agreed") {
        if (asked.value.outcome === "committed") entry.commit(asked.value.reply, undefined);
        else if (asked.value.outcome === "rejected") entry.reject(asked.value);
        return;
      }
      for (const { url, said } of asked.said) entry.note(url, said);
      if (asked.heard >= this.#needed) {
        // Enough have spoken, each truly perhaps, of a value that changes meanwhile: the log gives it one answer.
        const ordered = new Entry(command, true);
        await this.#write(ordered, { ...call, patience });
        entry.outcome = ordered.isAnswered ? ordered.outcome : this.#disagreement(entry, asked.said);
        return;
      }
      await this.#pause(patience);
    }
    entry.giveUp(`no ${this.#needed} replicas answered alike in time`, async () => entry.outcome!);
  }

  #disagreement({ command }: Entry, said: DisagreementError["said"]): Outcome<JsonReply> {
    return { kind: "rejected", error: new DisagreementError(nameOf(command), said, this.#needed) };
  }

  async #write(entry: Entry, call: Call): Promise<void> {
    const { patience } = call;
    const taken = await this.#sessions.take(1, patience);
    if (taken === "out of patience") return entry.giveUp("no answer came in time", this.#resolver(entry));
    if (taken.kind !== "committed") return entry.failToNumber(taken.error);
    const number = taken.value[0]!;
    entry.number = number;
    const { user } = this.#options;
    const notAfter = Date.now() + Math.ceil(patience.leftMs) + CLOCKS_DIFFER_MS;
    const request = await signedRequest(entry.command, number, { notAfter, user });
    const refusals = new Map<Replica, Refusal>();
    const tried = new Set<Replica>();
    while (!patience.over) {
      const replica = await this.#nextToTry(tried, patience);
      if (replica === undefined) break;
      const sentAt = monotonic();
      const said = await this.#post(replica, request, patience, Math.max(250, this.#http.attemptMs / 3));
      noteSaid(entry, replica, said);
      if (said.outcome === "silent" && !said.sent) continue;
      entry.doubtful = true;
      if (said.outcome === "rejected" && !isPassing(said.code)) refusals.set(replica, said);
      const operation = await this.#operation(number, "ask", patience);
      if (operation === undefined) continue;
      if (entry.takeOperation(operation)) return;
      if (operation.state !== "pending") return entry.giveUp(whyUnsettled(operation), this.#resolver(entry));
      if (said.outcome === "committed") {
        this.#options.log({ kind: "contradicted", url: replica.url, what: `${nameOf(entry.command)} is done` });
        this.#http.replicas.failed(replica, "said that a write was done, which others deny", sentAt);
      }
      const refusal = this.#common(refusals);
      if (refusal !== undefined) {
        // So it is refused wherever it is sent; what a liar holds back of it is settled for good.
        const settled = await this.#operation(number, "resolve", patience);
        if (settled?.state === "rejected") return entry.reject(refusal);
        if (settled !== undefined && entry.takeOperation(settled)) return;
      }
    }
    await this.#lastLook(entry, call);
  }

  async #lastLook(entry: Entry, { patience, certain }: Call): Promise<void> {
    const given = patience.signal?.aborted === true;
    if (entry.doubtful && !given) {
      const moment = new Patience(this.#http.attemptMs, patience.signal);
      const operation = await this.#operation(entry.number!, certain ? "resolve" : "ask", moment);
      if (operation !== undefined && entry.takeOperation(operation)) return;
    }
    const why = given ? "the caller stopped waiting" : `no ${this.#needed} replicas told alike in time`;
    entry.giveUp(why, this.#resolver(entry));
  }

  /** A session that is ours alone: bound to a key made for it, as f + 1 replicas say. */
  async #openSession(patience: Patience): Promise<Outcome<Session>> {
    const { sessionMs, log } = this.#options;
    const signer = await createSigner();
    const entry = new Entry({ kind: "read", words: ["SESSION.OPEN"], decode: (reply) => reply }, false);
    const key = signer.publicKey;
    const words = ["SESSION.OPEN", "TIMEOUT", sessionMs, "KEY", key].map(toJsonWord);
    const refusals = new Map<Replica, Refusal>();
    const tried = new Set<Replica>();
    while (!patience.over) {
      const replica = await this.#nextToTry(tried, patience);
      if (replica === undefined) break;
      const sentAt = monotonic();
      const said = await this.#post(replica, { words }, patience);
      noteSaid(entry, replica, said);
      if (said.outcome === "rejected" && !isPassing(said.code)) refusals.set(replica, said);
      const refusal = this.#common(refusals);
      if (refusal !== undefined) entry.reject(refusal);
      if (entry.outcome?.kind === "rejected") return entry.outcome;
      if (said.outcome !== "committed") continue;
      const id = said.reply;
      const bound = typeof id === "string" ? await this.#isBoundTo(id, key, patience) : false;
      if (bound === true) {
        log({ kind: "session-opened", session: String(id) });
        return { kind: "committed", value: new Session(String(id), sessionMs, signer), index: undefined };
      }
      if (bound === undefined) continue;
      log({ kind: "contradicted", url: replica.url, what: `the session ${JSON.stringify(id)} is ours` });
      this.#http.replicas.failed(replica, "named a session that is not ours", sentAt);
    }
    entry.giveUp(`no session was confirmed by ${this.#needed} replicas in time`, async () => entry.outcome!);
    return entry.outcome as Outcome<Session>;
  }

  /** Whether f + 1 replicas say that a session is bound to a key; undefined if they do not agree. */
  async #isBoundTo(id: string, key: Uint8Array, patience: Patience): Promise<boolean | undefined> {
    const request = { words: ["SESSION.KEY", id] };
    const asked = await this.#agree(async (replica) => voiceOf(await this.#post(replica, request, patience)), patience);
    if (asked.kind !== "agreed") return undefined;
    if (asked.value.outcome !== "committed" || asked.value.reply === null) return false;
    const bound = bytes(asked.value.reply);
    return bound.length === key.length && bound.every((byte, at) => byte === key[at]);
  }

  /** What f + 1 replicas say has become of a number; undefined if they do not agree. */
  async #operation(
    { session, seq }: Numbered,
    how: "ask" | "resolve",
    patience: Patience,
  ): Promise<SaidOfOperation | undefined> {
    const path = `/v1/ops/${encodeURIComponent(session.id)}/${seq}${how === "resolve" ? "/resolve" : ""}`;
    const request =
      how === "resolve" ? ({ method: "POST", path, body: {} } as const) : ({ method: "GET", path } as const);
    const asked = await this.#agree<SaidOfOperation>(async (replica) => {
      const said = readOperation(await this.#http.ask(replica, request, patience));
      if (said.state === "silent") return { kind: "silent", why: said.why };
      return { kind: "said", value: said, as: JSON.stringify(meaningOf(said)) };
    }, patience);
    return asked.kind === "agreed" ? asked.value : undefined;
  }

  #agree<T>(ask: (replica: Replica) => Promise<Voice<T>>, patience: Patience): Promise<Agreement<T>> {
    const { replicas, attemptMs } = this.#http;
    const ready = replicas.ready();
    const resting = replicas.all.filter((replica) => !ready.includes(replica));
    return agree(ask, {
      replicas: [...ready, ...resting],
      needed: this.#needed,
      hedgeMs: Math.max(20, attemptMs / 10),
      patience,
    });
  }

  /** The refusal that f + 1 replicas have given. */
  #common(refusals: ReadonlyMap<Replica, Refusal>): Refusal | undefined {
    const all = [...refusals.values()];
    return all.find(({ code }) => all.filter((other) => other.code === code).length >= this.#needed);
  }

  /** Each replica once, the best first; then all of them again, after a pause. */
  async #nextToTry(tried: Set<Replica>, patience: Patience): Promise<Replica | undefined> {
    let replica = this.#http.replicas.ready().find((candidate) => !tried.has(candidate));
    if (replica === undefined) {
      if (tried.size > 0) await this.#pause(patience);
      tried.clear();
      replica = await this.#http.replicas.next(patience);
    }
    if (replica !== undefined) tried.add(replica);
    return replica;
  }

  async #pause(patience: Patience): Promise<void> {
    await sleep(Math.min(PAUSE_MS * (0.5 + Math.random()), patience.leftMs), patience.signal);
  }

  async #post(
    replica: Replica,
    request: CommandRequest,
    patience: Patience,
    attemptMs: number = this.#http.attemptMs,
  ): Promise<Said> {
    const sentAt = monotonic();
    const body = { method: "POST", path: "/v1/commands", body: request } as const;
    const [said] = readAnswers(await this.#http.ask(replica, body, patience, attemptMs), 1);
    if (said!.outcome === "rejected" && isPassing(said!.code)) this.#http.replicas.failed(replica, said!.code, sentAt);
    return said!;
  }

  #resolver(doubted: Entry): () => Promise<Outcome<unknown>> {
    return async () => {
      const entry = doubted.again();
      const operation = await this.#operation(entry.number!, "resolve", new Patience(2 * this.#http.attemptMs));
      if (operation === undefined || !entry.takeOperation(operation)) {
        const why = operation === undefined ? `no ${this.#needed} replicas told alike` : whyUnsettled(operation);
        entry.giveUp(why, this.#resolver(doubted));
      }
      return mapOutcome(entry.outcome!, entry.command.decode);
    };
  }
}

function noteSaid(entry: Entry, { url }: Replica, said: Said): void {
  if (said.outcome === "silent") entry.note(url, said.why);
  else entry.note(url, said.outcome === "committed" ? "said it was done" : `${said.code} ${said.message}`.trim());
}

/** What has to be equal where replicas tell the same of a number. */
function meaningOf(said: SaidOfOperation): readonly unknown[] {
  if (said.state === "applied") return [said.state, said.reply];
  return said.state === "rejected" ? [said.state, said.code, said.message] : [said.state];
}

/** An answer as a voice: refusals that pass say nothing about the command. Of which commit it is differs and is left out. */
function voiceOf(said: Said): Voice<Said> {
  if (said.outcome === "silent") return { kind: "silent", why: said.why };
  if (said.outcome === "committed") return { kind: "said", value: said, as: JSON.stringify(["committed", said.reply]) };
  if (said.outcome === "indeterminate" || isPassing(said.code))
    return { kind: "silent", why: `${said.code} ${said.message}` };
  return { kind: "said", value: said, as: JSON.stringify(["rejected", said.code, said.message]) };
}
