// The load generator: a process of its own, so that it shares no event loop with the harness and can live in another
// network. It does what it is ordered (orders.ts) and ends with whoever started it.
import { writeFileSync } from "node:fs";
import { printHistory } from "../../../packages/sim/src/history/print.ts";
import { HistoryRecorder } from "../../../packages/sim/src/history/recorder.ts";
import { now, pause } from "../clock.ts";
import { Historian } from "./historian.ts";
import type { Connect, LoadReport, Order, Target, Word } from "./orders.ts";
import { Schedule } from "./schedule.ts";
import { SessionWriter } from "./session-writer.ts";
import { type Reader, type Speaker, speakers } from "./speaker.ts";
import { Tally } from "./tally.ts";
import { reportWindow } from "./window-report.ts";
import { Writer } from "./writer.ts";

const HISTORIANS_PER_REPLICA = 2;
const WARM_UP_SHARE = 0.75;
/** How long what was sent may take to be answered, at the end. */
const DRAIN_MS = 10_000;
const READ_AT_ONCE = 500;
const READ_AGAIN_MS = 100;
const NAMES_MAX = 5;

class Load {
  readonly #targets: readonly Target[];
  readonly #speaker: Speaker;
  readonly #tally = new Tally();
  readonly #recorder = new HistoryRecorder();
  readonly #keys = new Set<string>();
  readonly #writers: readonly Writer[];
  readonly #schedule: Schedule;
  readonly #historians: readonly Historian[];
  readonly #sessions: readonly SessionWriter[];
  #working: readonly Promise<void>[] = [];
  #refusedReads = 0;

  private constructor({ connections, speaks, targets }: Connect) {
    this.#targets = targets;
    this.#speaker = speakers[speaks];
    this.#writers = Array.from({ length: connections }, (_, index) => {
      const replica = index % targets.length;
      return new Writer({ index, replica, target: targets[replica]!, speaker: this.#speaker, tally: this.#tally });
    });
    this.#schedule = new Schedule(this.#writers);
    const startedAt = now();
    // Both speak the doors of ours.
    const doors = speaks === "redis" ? targets : [];
    this.#historians = Array.from({ length: HISTORIANS_PER_REPLICA * doors.length }, (_, index) =>
      this.#historian(index, startedAt),
    );
    this.#sessions = doors.map((_, index) => new SessionWriter(index, doors, this.#tally));
  }

  static async connect(connect: Connect): Promise<Load> {
    const load = new Load(connect);
    await Promise.all(load.#writers.map((writer) => writer.connect()));
    await Promise.all(load.#sessions.map((session) => session.open()));
    return load;
  }

  /** Writes a second, closed loop. */
  async flood(ms: number): Promise<number> {
    for (const writer of this.#writers) writer.flood(true);
    const done = (): number => this.#writers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
    // Most of it warms up: a process that has just begun is several times slower than it is twenty seconds later.
    await pause(WARM_UP_SHARE * ms);
    const before = done();
    const from = now();
    await pause((1 - WARM_UP_SHARE) * ms);
    const perSecond = ((done() - before) * 1_000) / (now() - from);
    for (const writer of this.#writers) writer.flood(false);
    return perSecond;
  }

  steady(perSecond: number): void {
    this.#schedule.begin(perSecond);
    this.#working = [...this.#historians, ...this.#sessions].map((client) => client.run());
  }

  async served(replicas: readonly number[], ms: number): Promise<void> {
    const from = now();
    const waiting = this.#writers.filter(({ replica }) => replicas.includes(replica));
    while (now() - from < ms && !waiting.every(({ servedAt }) => servedAt > from)) await pause(20);
  }

  /** The place of the member that leads. */
  async leader(): Promise<number> {
    if (this.#speaker.leader === undefined) throw new Error("all members are equal: nobody leads");
    return this.#speaker.leader(this.#targets);
  }

  async finish({ history, windows }: Extract<Order, { kind: "finish" }>): Promise<LoadReport> {
    const endedAt = now();
    this.#schedule.end();
    for (const client of [...this.#writers, ...this.#historians, ...this.#sessions]) client.stop();
    const drained = Promise.all([...this.#working, this.#drained()]);
    await Promise.race([drained, pause(DRAIN_MS)]);
    const seen = {
      writers: this.#writers,
      errors: this.#tally.errors,
      stalls: this.#schedule.stalls,
      endedAt,
      windows,
    };
    const reports = windows.map((window) => reportWindow(window, seen));
    const lost = await this.#readBack();
    await this.#readKeys();
    for (const client of [...this.#writers, ...this.#historians, ...this.#sessions]) client.close();
    if (history !== undefined) writeFileSync(history, printHistory(this.#recorder.events));
    const sum = (of: (session: SessionWriter) => number): number =>
      this.#sessions.reduce((total, session) => total + of(session), 0);
    return {
      windows: reports,
      acknowledged: this.#writers.reduce((total, { acknowledged }) => total + acknowledged.length, 0),
      lost: lost.length,
      lostNames: lost.slice(0, NAMES_MAX),
      refusedReads: this.#refusedReads,
      session: {
        acknowledged: sum((session) => session.acknowledged),
        sentAgain: sum((session) => session.sentAgain),
        lost: sum((session) => session.lost),
        doubled: sum((session) => session.doubled),
      },
      recorded: this.#recorder.events.filter(({ type }) => type === "invoke").length,
    };
  }

  #historian(index: number, startedAt: number): Historian {
    const replica = index % this.#targets.length;
    return new Historian({
      index,
      replica,
      target: this.#targets[replica]!,
      recorder: this.#recorder,
      tally: this.#tally,
      keys: this.#keys,
      startedAt,
    });
  }

  async #drained(): Promise<void> {
    while (this.#writers.some(({ unanswered }) => unanswered > 0)) await pause(10);
  }

  /** Every acknowledged write, through another replica than the one that acknowledged it; and the counters. */
  async #readBack(): Promise<readonly string[]> {
    const lost: string[] = [];
    const readers = this.#targets.map((target) => this.#speaker.reader(target));
    for (const writer of this.#writers) {
      const reader = readers[(writer.replica + 1) % readers.length]!;
      for (let from = 0; from < writer.acknowledged.length; from += READ_AT_ONCE) {
        const numbers = writer.acknowledged.slice(from, from + READ_AT_ONCE);
        const found = await this.#read(
          reader,
          numbers.map((number) => writer.keyOf(number)),
        );
        for (const [place, number] of numbers.entries())
          if (found[place] !== writer.valueOf(number)) lost.push(writer.keyOf(number));
      }
    }
    for (const [index, session] of this.#sessions.entries()) {
      const [found] = await this.#read(readers[(index + 2) % readers.length]!, [session.key]);
      session.judge(Number(found ?? 0));
    }
    for (const reader of readers) reader.close();
    return lost;
  }

  /** Reads again what is refused, for a while: by then everybody is healthy, so refusals are told. */
  async #read(reader: Reader, keys: readonly string[]): Promise<readonly (string | null)[]> {
    const until = now() + DRAIN_MS;
    for (;;) {
      try {
        return await reader.read(keys);
      } catch (error) {
        if (now() > until) throw error;
        this.#refusedReads += 1;
        await pause(READ_AGAIN_MS);
      }
    }
  }

  /** The last reads of the history: of every key, through each replica in turn. */
  async #readKeys(): Promise<void> {
    const readers = this.#targets.map((_, place) => this.#historian(1_000 * this.#targets.length + place, 0));
    for (const [place, key] of [...this.#keys].entries()) await readers[place % readers.length]!.read(key);
    for (const reader of readers) reader.close();
  }
}

let load: Load | undefined;

async function obey(order: Order): Promise<Word> {
  if (order.kind === "connect") {
    load = await Load.connect(order);
    return { kind: "connected" };
  }
  if (load === undefined) throw new Error("connect first");
  switch (order.kind) {
    case "flood":
      return { kind: "flooded", perSecond: await load.flood(order.ms) };
    case "steady":
      load.steady(order.perSecond);
      return { kind: "steady" };
    case "await":
      await load.served(order.replicas, order.ms);
      return { kind: "awaited" };
    case "leader":
      return { kind: "led", by: await load.leader() };
    case "finish":
      return { kind: "finished", report: await load.finish(order) };
  }
}

process.on("disconnect", () => process.exit(1));
process.on("message", (order: Order) => {
  obey(order)
    .catch(
      (error: unknown): Word => ({
        kind: "failed",
        message: error instanceof Error ? String(error.stack) : String(error),
      }),
    )
    .then((word) => process.send?.(word))
    .catch(() => process.exit(1));
});
