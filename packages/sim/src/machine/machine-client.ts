// A client of the real machine. What it does in one go is written as a generator that yields to the world whenever it waits:
// straight code for what are many events. It numbers its commands in a session, opens another one when that has ended, now
// and then sends the same number to several replicas, and settles what nobody could tell it, as clients may.
//
// Law: `failed` is said only of what certainly was not applied and never will be; everything else that was not answered is
// `unknown`.
import { encodeCommand, type Millis } from "@quorate/core";
import type { Reply } from "@quorate/machine";
import { type Answer, Asker, type Question } from "../client/asker.ts";
import type { EventType, OperationName, Value } from "../history/event.ts";
import type { HistoryRecorder } from "../history/recorder.ts";
import type { Rng } from "../rng.ts";
import { commandName } from "../workload/command-name.ts";
import type { WorkloadHost } from "../workload/workload.ts";
import { WALL_EPOCH_MS } from "../world/process-clock.ts";
import { errorCode, isRejection, replyValue, wordsOf } from "./words.ts";

/** What came of a question. */
export type Heard =
  | { readonly kind: "reply"; readonly reply: Reply }
  | { readonly kind: "failed" }
  | { readonly kind: "unknown" };

type Wish = { readonly kind: "ask"; readonly question: Question } | { readonly kind: "sleep"; readonly forMs: Millis };

/** Part of a go: it yields where it waits, and returns what it found. */
export type Step<T = void> = Generator<Wish, T, Answer<Reply> | undefined>;

export type Words = readonly (string | number)[];

export interface CommandOptions {
  /** Sent once, without a session. The words must be unlike those of any other command of the run. */
  readonly raw?: boolean;
  /** Errors that may come. Any other one is a complaint. */
  readonly expects?: readonly string[];
  /** Chance that the number is sent to other replicas as well, before and after it is answered. */
  readonly echo?: number;
}

/** An operation as the history names it. */
export interface Observation {
  readonly f: OperationName;
  readonly key?: string;
  readonly value: Value;
}

export interface ClientStage {
  complain(text: string): void;
  unique(): number;
  count(name: string): void;
  isClosing(): boolean;
}

interface Session {
  readonly id: string;
  sequence: number;
  acknowledged: number;
}

/** A command may take effect up to this long after its client stopped caring. */
const GRACE_MS = 5_000;
/** Some commands are of no use later than soon. */
const HASTE = 0.1;
const HASTES_MS: readonly Millis[] = [2, 10, 50, 250];
const ECHO = 0.1;
const ECHOES_MAX = 4;
/** Sessions end after so long without a command: soon, or not in this run. */
const TIMEOUTS_MS: readonly Millis[] = [300, 2_000, 60_000, 600_000];

export class MachineClient {
  readonly rng: Rng;
  readonly name: string;
  readonly #host: WorkloadHost<Reply>;
  readonly #stage: ClientStage;
  readonly #asker: Asker<Reply>;
  #incarnation = 0;
  #session: Session | undefined;
  /** What is under way. */
  #go: Step | undefined;

  constructor(host: WorkloadHost<Reply>, stage: ClientStage, number: number, rng: Rng) {
    this.#host = host;
    this.#stage = stage;
    this.rng = rng;
    this.name = `c${number}`;
    this.#asker = new Asker(host, number, rng);
  }

  get busy(): boolean {
    return this.#go !== undefined;
  }

  get now(): Millis {
    return this.#host.now;
  }

  /** Runs a go to its end, and then calls. */
  run(go: Step, then: () => void): void {
    this.#go = go;
    this.#resume(undefined, then);
  }

  /** Turns to another replica, if it feels like it. */
  roam(): void {
    if (this.rng.chance(this.#host.spec.roam)) this.#asker.roam();
  }

  /** Turns to any replica. */
  turn(): void {
    this.#asker.roam();
  }

  *sleep(forMs: Millis): Step {
    yield { kind: "sleep", forMs };
  }

  /** A read outside of the log, linearizable all the same. */
  *read(words: Words, { expects = [] }: Pick<CommandOptions, "expects"> = {}): Step<Heard> {
    const began = this.now;
    const answer = yield { kind: "ask", question: { kind: "read", words: wordsOf(words) } };
    if (answer?.kind !== "reply") return { kind: "failed" };
    this.#host.completed(this.now - began);
    this.#check(words, answer.reply, expects);
    return { kind: "reply", reply: answer.reply };
  }

  /** A command through the log. */
  *command(words: Words, { raw = false, expects = [], echo = ECHO }: CommandOptions = {}): Step<Heard> {
    if (raw) return yield* this.#send(words, undefined, { expects, echo: 0 });
    const session = this.#session ?? (yield* this.#openSession());
    if (session === undefined) return { kind: "failed" };
    const sequence = ++session.sequence;
    const heard = yield* this.#send(words, { ...session }, { expects, echo });
    if (heard.kind !== "unknown") {
      session.acknowledged = sequence;
      return heard;
    }
    // Nobody knows: the number may still be taken. A client can have it settled for good.
    this.#session = undefined;
    return this.rng.chance(0.5) ? yield* this.#settle(session.id, sequence) : heard;
  }

  /** Asks, and writes down what was asked and what came of it. `read` tells what the answer means. */
  *observe(
    observation: Observation,
    ask: Step<Heard>,
    read: (reply: Reply) => { readonly type: Exclude<EventType, "invoke">; readonly value?: Value },
    history: HistoryRecorder = this.#host.history,
  ): Step<Reply | undefined> {
    const process = this.#process;
    history.invoke({ process, ...observation, time: this.now });
    const heard = yield* ask;
    if (heard.kind === "reply") {
      const { type, value } = read(heard.reply);
      history.complete({ process, type, ...(value === undefined ? {} : { value }), time: this.now });
      if (type === "info") this.#incarnation += 1;
      return heard.reply;
    }
    history.complete({ process, type: heard.kind === "unknown" ? "info" : "fail", time: this.now });
    if (heard.kind === "unknown") this.#incarnation += 1;
    return undefined;
  }

  /** Whether the next command may go without a session. */
  feelsRaw(): boolean {
    return this.rng.chance(this.#host.spec.rawShare);
  }

  get #process(): string {
    return this.#incarnation === 0 ? this.name : `${this.name}.${this.#incarnation}`;
  }

  #resume(answer: Answer<Reply> | undefined, then: () => void): void {
    const { done, value } = this.#go!.next(answer);
    if (done === true) {
      this.#go = undefined;
      then();
    } else if (value.kind === "sleep") this.#host.after(value.forMs, () => this.#resume(undefined, then));
    else this.#asker.ask(value.question, (heard) => this.#resume(heard, then));
  }

  *#openSession(): Step<Session | undefined> {
    const timeoutMs = this.rng.pick(TIMEOUTS_MS) + this.#stage.unique();
    const heard = yield* this.#send(["SESSION.OPEN", "TIMEOUT", timeoutMs], undefined, { expects: [], echo: 0 });
    if (heard.kind !== "reply" || heard.reply.kind !== "bulk") return undefined;
    this.#session = { id: heard.reply.value, sequence: 0, acknowledged: 0 };
    return this.#session;
  }

  *#send(
    words: Words,
    session: Session | undefined,
    { expects, echo }: { readonly expects: readonly string[]; readonly echo: number },
  ): Step<Heard> {
    const numbering =
      session === undefined
        ? undefined
        : { id: session.id, sequence: session.sequence, acknowledgedUpTo: session.acknowledged };
    const bytes = wordsOf(words);
    const name = commandName({ words: bytes, session: numbering });
    const { patienceMs, attempts } = this.#host.spec;
    const lasts = this.rng.chance(HASTE) ? this.rng.pick(HASTES_MS) : patienceMs * attempts + GRACE_MS;
    const encode = (): Uint8Array =>
      encodeCommand({
        words: bytes,
        notAfter: Math.ceil(WALL_EPOCH_MS + this.now + lasts),
        session: numbering,
        user: "",
        clientSignature: undefined,
      });
    const echoes = numbering !== undefined && this.rng.chance(echo) ? 1 + this.rng.integer(ECHOES_MAX) : 0;
    for (let sent = 0; sent < echoes; sent++) this.#echo(encode);
    const began = this.now;
    this.#host.began(name);
    const answer = yield { kind: "ask", question: { kind: "command", session: session !== undefined, bytes: encode } };
    const heard = this.#understand(answer, session !== undefined, echoes > 0);
    this.#host.settled(name, heard.kind === "reply" ? "ok" : heard.kind === "failed" ? "fail" : "info");
    if (heard.kind !== "unknown") {
      const told = heard.kind === "reply" ? "acknowledged" : "refused";
      this.#host.told({ command: name, told, session: session !== undefined });
    }
    if (answer?.kind === "reply") {
      this.#host.completed(this.now - began);
      if (isRejection(answer.reply, session !== undefined)) this.#stage.count(errorCode(answer.reply)!.toLowerCase());
      else this.#check(words, answer.reply, expects);
    }
    return heard;
  }

  /** What an answer says about the command. `echoed`: it was sent more often than was answered for. */
  #understand(answer: Answer<Reply> | undefined, inSession: boolean, echoed: boolean): Heard {
    if (answer === undefined || answer.kind === "unknown") return { kind: "unknown" };
    if (answer.kind === "failed") return { kind: echoed ? "unknown" : "failed" };
    const { others, reply } = answer;
    if (!isRejection(reply, inSession)) return { kind: "reply", reply };
    // The number, or the command that was sent once, is settled.
    if (errorCode(reply) === "REJECTED") return { kind: "failed" };
    // This attempt came to nothing, and none after it will come to anything. One before it may have.
    this.#session = undefined;
    return { kind: others > 0 || echoed ? "unknown" : "failed" };
  }

  /** Has a number of a session that was given up settled. */
  *#settle(id: string, number: number): Step<Heard> {
    // It may well be settled twice, so it needs no session.
    const heard = yield* this.command(["SESSION.RESOLVE", id, number], { raw: true, expects: ["NOSESSION"] });
    if (heard.kind !== "reply" || heard.reply.kind !== "array") return { kind: "unknown" };
    const [what, reply] = heard.reply.items;
    this.#stage.count(`resolved as ${replyValue(what)}`);
    const applied = replyValue(what) === "applied" && reply !== undefined;
    if (!applied && replyValue(what) !== "rejected") return { kind: "unknown" };
    this.#host.told({ command: `${id}/${number}`, told: applied ? "acknowledged" : "refused", session: true });
    return applied ? { kind: "reply", reply } : { kind: "failed" };
  }

  /** The same number once more, somewhere and some time. Whatever it is answered, the log compares it. */
  #echo(encode: () => Uint8Array): void {
    const { patienceMs } = this.#host.spec;
    const bytes = encode();
    const replica = this.rng.pick(this.#host.replicas);
    this.#host.after(this.rng.next() * 2 * patienceMs, () => {
      if (!this.#stage.isClosing()) replica.submit(bytes, true, () => undefined);
    });
  }

  #check(words: Words, reply: Reply, expects: readonly string[]): void {
    const code = errorCode(reply);
    if (code === undefined || expects.includes(code)) return;
    this.#stage.complain(`${words.join(" ")} was answered ${replyValue(reply)}`);
  }
}
