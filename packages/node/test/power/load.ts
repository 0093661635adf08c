// Clients at every replica of a cluster at once, and a book of what they were told. They write keys of their own without
// a session, append to a list of their own through one, count together, and write and read a few registers that all share.
//
// The law it judges by: what was answered stays answered; what was refused is not there and never comes; what nobody
// could tell is there once or not at all, and through a session once at most, however often it was sent again.
import { HistoryRecorder, judgeHistory, pairOperations, type Rng } from "@quorate/sim";
import type { LocalCluster } from "../../src/local-cluster.ts";
import type { Outcome, RunningReplica } from "../../src/running-replica.ts";
import { plain, read, told, write } from "./ask.ts";

export interface LoadCounts {
  acknowledged: number;
  refused: number;
  indeterminate: number;
  /** Numbered commands that were sent again after their outcome was not known. */
  repeated: number;
  reads: number;
}

const REGISTERS = 3;
/** Keys of one read while everything is checked. */
const KEYS_PER_READ = 400;

export class Load {
  readonly counts: LoadCounts = { acknowledged: 0, refused: 0, indeterminate: 0, repeated: 0, reads: 0 };
  readonly #cluster: LocalCluster;
  readonly #rng: Rng;
  readonly #clients: Client[];
  readonly #book: Book = {
    values: new Map(),
    absent: new Set(),
    counted: { least: 0, most: 0 },
    history: new HistoryRecorder(),
  };

  constructor(cluster: LocalCluster, rng: Rng, clientsPerReplica = 4) {
    this.#cluster = cluster;
    this.#rng = rng;
    this.#clients = cluster.replicas.flatMap((_, home) =>
      Array.from({ length: clientsPerReplica }, (_, nth) => {
        const name = `${home}.${nth}`;
        return new Client(name, home, cluster, rng.fork(name), this.#book, this.counts);
      }),
    );
  }

  /** Begins, or lets those go on whose replica is back; every client stops with its replica, or when `end` is called. */
  begin(): void {
    for (const client of this.#clients) client.begin();
  }

  /** Resolves when every client has had its last answer. */
  async end(): Promise<void> {
    for (const client of this.#clients) client.end();
    await Promise.all(this.#clients.map((client) => client.ended));
  }

  /** Sends what nobody could tell again, then asks these replicas for everything; answers what is wrong. */
  async check(asked: readonly number[]): Promise<string[]> {
    const any = (): RunningReplica => this.#cluster.replica(this.#rng.pick(asked));
    const settled = await Promise.all(this.#clients.map((client) => client.settle(any())));
    const unsettled = settled.filter((problem) => problem !== undefined);
    if (unsettled.length > 0) return unsettled;
    return (await Promise.all(asked.map((index) => this.#compare(this.#cluster.replica(index))))).flat();
  }

  /** Whether one copy could have answered the registers so. */
  judge(): string[] {
    const { verdict } = judgeHistory(pairOperations(this.#book.history.events), { model: "register" });
    return verdict.kind === "holds" ? [] : [verdict.report];
  }

  async #compare(replica: RunningReplica): Promise<string[]> {
    const { absent, counted, values } = this.#book;
    const wrong: string[] = [];
    const expected = [...values, ...[...absent].map((key) => [key, null] as const)];
    for (let at = 0; at < expected.length; at += KEYS_PER_READ) {
      const part = expected.slice(at, at + KEYS_PER_READ);
      const answer = told(await read(replica, `MGET ${part.map(([key]) => key).join(" ")}`));
      if (!Array.isArray(answer)) return [`${replica.name} does not answer: ${JSON.stringify(answer)}`];
      for (const [place, [key, value]] of part.entries()) {
        if (answer[place] === value) continue;
        const what = value === null ? "was refused and is there" : "was acknowledged and is not there";
        wrong.push(`${key} ${what} on ${replica.name}`);
      }
    }
    const count = Number(told(await read(replica, "GET count")) ?? 0);
    if (count < counted.least || count > counted.most) {
      wrong.push(`the count on ${replica.name} is ${count}, not from ${counted.least} to ${counted.most}`);
    }
    for (const client of this.#clients) {
      const problem = await client.compare(replica);
      if (problem !== undefined) wrong.push(problem);
    }
    return wrong;
  }
}

/** What all clients together were told. */
interface Book {
  /** Acknowledged: must be there. */
  readonly values: Map<string, string>;
  /** Refused: must never be there. */
  readonly absent: Set<string>;
  readonly counted: { least: number; most: number };
  readonly history: HistoryRecorder;
}

class Client {
  readonly #name: string;
  readonly #home: number;
  readonly #cluster: LocalCluster;
  readonly #rng: Rng;
  readonly #book: Book;
  readonly #counts: LoadCounts;
  #running = false;
  #isLooping = false;
  #loop: Promise<void> = Promise.resolve();
  #keys = 0;
  #writes = 0;
  /** A process of the history ends with an operation whose outcome is not known; the client goes on as another. */
  #process = 0;
  #session: string | undefined;
  /** The last number sent, whether its reply came, and the last whose reply did. */
  #sequence = 0;
  #isOpen = false;

  constructor(name: string, home: number, cluster: LocalCluster, rng: Rng, book: Book, counts: LoadCounts) {
    this.#name = name;
    this.#home = home;
    this.#cluster = cluster;
    this.#rng = rng;
    this.#book = book;
    this.#counts = counts;
  }

  get ended(): Promise<void> {
    return this.#loop;
  }

  begin(): void {
    this.#running = true;
    if (this.#isLooping) return;
    this.#isLooping = true;
    this.#loop = this.#run().finally(() => {
      this.#isLooping = false;
    });
  }

  end(): void {
    this.#running = false;
  }

  /** Makes sure of the numbered command that is still open. */
  async settle(replica: RunningReplica): Promise<string | undefined> {
    if (!this.#isOpen) return undefined;
    this.#counts.repeated += 1;
    await this.#append(replica);
    return this.#isOpen ? `${this.#name} cannot settle its number ${this.#sequence} at ${replica.name}` : undefined;
  }

  /** Every number once, in order. */
  async compare(replica: RunningReplica): Promise<string | undefined> {
    const answer = told(await read(replica, `LRANGE list:${this.#name} 0 -1`));
    const upTo = this.#isOpen ? this.#sequence - 1 : this.#sequence;
    const wanted = Array.from({ length: upTo }, (_, index) => String(index + 1)).join();
    const found = Array.isArray(answer) ? answer.join() : JSON.stringify(answer);
    if (found === wanted) return undefined;
    return `the list of ${this.#name} on ${replica.name} is ${found}, not ${wanted}`;
  }

  async #run(): Promise<void> {
    while (this.#running) {
      const replica = this.#cluster.replicas[this.#home];
      if (replica === undefined) return;
      await this.#act(replica);
      // A refusal comes in the same turn: without a pause this loop would leave nothing to others.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #act(replica: RunningReplica): Promise<void> {
    const draw = this.#rng.integer(10);
    if (draw < 4) return this.#setKey(replica);
    if (draw < 7) return this.#isOpen ? this.#append(replica) : this.#appendNext(replica);
    if (draw < 8) return this.#increment(replica);
    return this.#useRegister(replica);
  }

  async #setKey(replica: RunningReplica): Promise<void> {
    this.#keys += 1;
    const key = `key:${this.#name}:${this.#keys}`;
    // Some are larger than a sector, a page, and what one write of the log takes.
    const value = String(this.#keys).padStart(2 ** this.#rng.integer(15), "x");
    const outcome = await write(replica, `SET ${key} ${value}`);
    this.#count(outcome);
    if (outcome.kind === "reply") this.#book.values.set(key, value);
    else if (outcome.kind === "refused") this.#book.absent.add(key);
  }

  async #increment(replica: RunningReplica): Promise<void> {
    const { counted } = this.#book;
    counted.most += 1;
    const outcome = await write(replica, "INCR count");
    this.#count(outcome);
    if (outcome.kind === "reply") counted.least += 1;
    else if (outcome.kind === "refused") counted.most -= 1;
  }

  async #appendNext(replica: RunningReplica): Promise<void> {
    if (this.#session === undefined) {
      const opened = await write(replica, "SESSION.OPEN TIMEOUT 3600000");
      if (opened.kind === "reply") this.#session = String(plain(opened.reply));
      return;
    }
    this.#sequence += 1;
    this.#isOpen = true;
    await this.#append(replica);
  }

  /** Sends the open number, again if need be. */
  async #append(replica: RunningReplica): Promise<void> {
    const sequence = this.#sequence;
    const session = { id: this.#session!, sequence, acknowledgedUpTo: sequence - 1 };
    const outcome = await write(replica, `RPUSH list:${this.#name} ${sequence}`, session);
    this.#count(outcome);
    if (outcome.kind === "reply") this.#isOpen = false;
  }

  async #useRegister(replica: RunningReplica): Promise<void> {
    const { history } = this.#book;
    const process = `${this.#name}/${this.#process}`;
    const key = `register:${this.#rng.integer(REGISTERS)}`;
    const time = history.events.length;
    const isRead = this.#rng.chance(0.6);
    const value = isRead ? null : `${this.#name}/${++this.#writes}`;
    history.invoke({ process, f: isRead ? "read" : "write", key, value, time });
    const outcome = await (isRead ? read(replica, `GET ${key}`) : write(replica, `SET ${key} ${value}`));
    if (isRead) this.#counts.reads += 1;
    else this.#count(outcome);
    const answer = isRead ? { value: told(outcome) as string | null } : {};
    if (outcome.kind === "reply") history.complete({ process, type: "ok", ...answer, time });
    else if (outcome.kind === "refused" || isRead) history.complete({ process, type: "fail", time });
    else {
      history.complete({ process, type: "info", time });
      this.#process += 1;
    }
  }

  #count({ kind }: Outcome): void {
    this.#counts[kind === "reply" ? "acknowledged" : kind] += 1;
  }
}
