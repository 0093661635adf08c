// A client that must not do anything twice: it counts with INCR through a session, and where no answer comes it sends the
// same number to another replica, until one answers. Now and then it does so after an answer too. Since it alone counts
// there, the reply to number n is n, or something was lost or applied twice.
import { Agent, request } from "node:http";
import { pause } from "../clock.ts";
import type { Address } from "../place.ts";
import type { Target } from "./orders.ts";
import type { Tally } from "./tally.ts";

const THINK_MS = 50;
const PATIENCE_MS = 3_000;
const RETRY_MS = 50;
/** One in this many is sent again although it was answered. */
const AGAIN = 5;
const SESSION_MS = 3_600_000;

interface Answered {
  readonly status: number;
  readonly body: {
    readonly session?: string;
    readonly outcome?: string;
    readonly reply?: unknown;
    readonly code?: string;
  };
}

export class SessionWriter {
  acknowledged = 0;
  sentAgain = 0;
  doubled = 0;
  lost = 0;
  readonly key: string;
  readonly #targets: readonly Target[];
  readonly #tally: Tally;
  readonly #agent = new Agent({ keepAlive: true });
  #at: number;
  #session = "";
  #isStopped = false;

  constructor(index: number, targets: readonly Target[], tally: Tally) {
    this.key = `session:${index}`;
    this.#at = index % targets.length;
    this.#targets = targets;
    this.#tally = tally;
  }

  async open(): Promise<void> {
    const words = ["SESSION.OPEN", "TIMEOUT", SESSION_MS];
    for (;;) {
      const answer = await this.#post({ words });
      if (answer?.body.outcome === "committed") {
        this.#session = String(answer.body.reply);
        return;
      }
      await pause(RETRY_MS);
    }
  }

  /** Until `stop`; a number that was begun is brought to its end. */
  async run(): Promise<void> {
    for (let seq = 1; !this.#isStopped; seq++) {
      await this.#count(seq);
      if (seq % AGAIN === 0) {
        this.#next();
        this.sentAgain++;
        await this.#count(seq, true);
      }
      await pause(THINK_MS);
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** What the counter says at the end. */
  judge(counter: number): void {
    this.lost += Math.max(0, this.acknowledged - counter);
    this.doubled += Math.max(0, counter - this.acknowledged);
  }

  async #count(seq: number, isAgain = false): Promise<void> {
    const body = { words: ["INCR", this.key], session: this.#session, seq, ack: seq - 1 };
    for (;;) {
      const answer = await this.#post(body);
      if (answer?.body.outcome === "committed") {
        const reply = Number(answer.body.reply);
        if (reply > seq) this.doubled++;
        if (reply < seq) this.lost++;
        if (!isAgain) this.acknowledged++;
        return;
      }
      this.sentAgain++;
      this.#next();
      await pause(RETRY_MS);
    }
  }

  #next(): void {
    this.#at = (this.#at + 1) % this.#targets.length;
  }

  async #post(body: object): Promise<Answered | undefined> {
    const at = this.#at;
    try {
      const answer = await post(this.#targets[at]!.http, this.#agent, JSON.stringify(body));
      if (answer.status !== 200) this.#tally.error(at, answer.body.code ?? `HTTP ${answer.status}`);
      return answer;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.#tally.error(at, code === "ABORT_ERR" ? `silent for ${PATIENCE_MS / 1_000} s` : (code ?? message));
      return undefined;
    }
  }
}

function post({ host, port }: Address, agent: Agent, body: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host,
        port,
        agent,
        method: "POST",
        path: "/v1/commands",
        headers: { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) },
        signal: AbortSignal.timeout(PATIENCE_MS),
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        response.on("error", reject);
        response.on("end", () => {
          try {
            resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Answered["body"] });
          } catch (error) {
            reject(error);
          }
        });
      },
    );
    asked.on("error", reject);
    asked.end(body);
  });
}
