// Clients whose every word is recorded: they read, write, compare-and-set and append on a few keys that all of them
// share, so that `quorate check` has something to find. Each few seconds they move on to new keys, which keeps each key's
// history short enough to judge.
import type { HistoryRecorder } from "../../../packages/sim/src/history/recorder.ts";
import { now, pause } from "../clock.ts";
import type { Target } from "./orders.ts";
import { Asker, Ended, type Reply, RespError } from "./resp-connection.ts";
import type { Tally } from "./tally.ts";

const THINK_MS_MIN = 20;
const THINK_MS_MAX = 80;
const MOVE_ON_MS = 4_000;
const REGISTERS = 4;
const LISTS = 2;
const RETRY_MS = 100;

/** Words that promise that nothing was done. */
const CERTAIN = new Set(["NOQUORUM", "OVERLOADED", "LOADING", "OOM", "REJECTED"]);

type Action = { readonly key: string } & (
  | { readonly f: "read"; readonly value: null }
  | { readonly f: "write" | "append"; readonly value: number }
  | { readonly f: "cas"; readonly value: readonly [number, number] }
);

export interface HistorianOptions {
  readonly index: number;
  readonly replica: number;
  readonly target: Target;
  readonly recorder: HistoryRecorder;
  readonly tally: Tally;
  /** Shared by all: every key that was ever used. */
  readonly keys: Set<string>;
  readonly startedAt: number;
}

export class Historian {
  readonly #options: HistorianOptions;
  readonly #asker: Asker;
  /** What it saw last in a register: a compare-and-set that expects it may hold. */
  readonly #seen = new Map<string, number>();
  #count = 0;
  #isStopped = false;

  constructor(options: HistorianOptions) {
    this.#options = options;
    this.#asker = new Asker(options.target.redis);
  }

  /** Until `stop`. */
  async run(): Promise<void> {
    while (!this.#isStopped) {
      await pause(THINK_MS_MIN + Math.random() * (THINK_MS_MAX - THINK_MS_MIN));
      if (!(await this.#do(this.#choose()))) await pause(RETRY_MS);
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  close(): void {
    this.#asker.close();
  }

  /** Reads one key, as any other read of the history. */
  read(key: string): Promise<boolean> {
    return this.#do({ f: "read", key, value: null });
  }

  #choose(): Action {
    const { index, keys, startedAt } = this.#options;
    const epoch = Math.floor((now() - startedAt) / MOVE_ON_MS);
    const place = Math.floor(Math.random() * (REGISTERS + LISTS));
    const isList = place >= REGISTERS;
    const key = `${isList ? "list" : "register"}:${epoch}:${place}`;
    keys.add(key);
    const unique = 1_000_000 * (index + 1) + ++this.#count;
    const dice = Math.random();
    if (dice < 0.4) return { f: "read", key, value: null };
    if (isList) return { f: "append", key, value: unique };
    const seen = this.#seen.get(key);
    return dice < 0.7 && seen !== undefined
      ? { f: "cas", key, value: [seen, unique] }
      : { f: "write", key, value: unique };
  }

  /** Whether it was answered at all. */
  async #do(action: Action): Promise<boolean> {
    const { index, recorder, replica, tally } = this.#options;
    recorder.invoke({ process: index, time: now(), ...action });
    const reply = await this.#asker.ask(wordsOf(action));
    const said = judge(action, reply);
    recorder.complete({ process: index, time: now(), ...said });
    if (action.f === "read" && typeof said.value === "number") this.#seen.set(action.key, said.value);
    if (reply instanceof Ended) tally.error(replica, reply.why);
    else if (reply instanceof RespError) tally.error(replica, reply.kind);
    return !(reply instanceof Ended || reply instanceof RespError);
  }
}

function wordsOf({ f, key, value }: Action): readonly string[] {
  switch (f) {
    case "read":
      return key.startsWith("list") ? ["LRANGE", key, "0", "-1"] : ["GET", key];
    case "write":
      return ["SET", key, String(value)];
    case "append":
      return ["RPUSH", key, String(value)];
    case "cas":
      return ["TXN", "IF", "VALUE", key, "=", String(value[0]), "THEN", "3", "SET", key, String(value[1])];
  }
}

interface Judged {
  readonly type: "ok" | "fail" | "info";
  readonly value?: null | number | readonly number[];
}

function judge({ f }: Action, reply: Reply | Ended): Judged {
  // A read that was not answered changed nothing.
  if (reply instanceof Ended) return { type: f === "read" ? "fail" : "info" };
  if (reply instanceof RespError) return { type: f === "read" || CERTAIN.has(reply.kind) ? "fail" : "info" };
  if (f === "cas") return { type: Array.isArray(reply) && reply[0] === 1 ? "ok" : "fail" };
  if (f !== "read") return { type: "ok" };
  // Of a key that was never appended to nobody could tell that an empty list is meant.
  if (Array.isArray(reply)) return { type: "ok", value: reply.length === 0 ? null : reply.map(Number) };
  return { type: "ok", value: reply === null ? null : Number(reply) };
}
