// What a running cluster takes of its machine: processor time while nobody asks for anything, then memory and disk under a
// load that goes on for an hour. The load writes over the same keys, and keys that expire, so that whatever grows without
// end is ours.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { copyBundle } from "./bundle.ts";
import { now, pause } from "./clock.ts";
import { Asker, RespError } from "./load/resp-connection.ts";
import { nameOf } from "./members.ts";
import { onLoopback } from "./place.ts";
import { Replicas } from "./replicas.ts";

const REPLICAS = 5;
const CONNECTIONS = 20;
const COMMANDS_PER_SECOND = 300;
const SETTLE_MS = 5_000;
const IDLE_MS = 60_000;
const SAMPLE_MS = 5_000;
/** Of a replica: what its pages and the runtime's own needs leave room for (docs/operations.md). */
const RESIDENT_MIB_MAX = 400;
const IDLE_PERCENT_MAX = 1;
const VALUE = "v".repeat(200);
/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

export async function benchEndurance(minutes: number): Promise<string> {
  const end = (): never => process.exit(130);
  process.once("SIGINT", end).once("SIGTERM", end);
  const bundle = await copyBundle();
  process.once("exit", bundle.remove);
  const place = await onLoopback(REPLICAS);
  const replicas = await Replicas.start(place, bundle);
  try {
    const idle = await measureIdle(replicas);
    const load = new Load(place.members.map(({ redis }) => redis));
    const working = load.run(minutes * 60_000);
    const rows: object[] = [];
    let most = 0;
    const from = now();
    const everyMs = (minutes * 60_000) / 12;
    for (let row = 1; row <= 12; row++) {
      let highest = 0;
      while (now() - from < row * everyMs) {
        await pause(Math.min(SAMPLE_MS, row * everyMs - (now() - from)));
        highest = Math.max(highest, ...each(replicas, residentMib));
      }
      most = Math.max(most, highest);
      rows.push(rowOf({ minutes: (row * everyMs) / 60_000, load, highest, replicas }));
      console.error(JSON.stringify(rows.at(-1)));
    }
    await working;
    const held = most <= RESIDENT_MIB_MAX && Math.max(...idle) <= IDLE_PERCENT_MAX && load.errors.size === 0;
    if (!held) process.exitCode = 1;
    return [
      tableOf(rows),
      "",
      `- idle for ${IDLE_MS / 1_000} s: ${idle.map((percent) => percent.toFixed(2)).join(", ")} % of a core for each replica (bound: ${IDLE_PERCENT_MAX} %)`,
      `- resident at most: ${most.toFixed(0)} MiB (bound: ${RESIDENT_MIB_MAX} MiB)`,
      `- errors: ${JSON.stringify(Object.fromEntries(load.errors))}`,
      `- ${held ? "held" : "DID NOT HOLD"}`,
    ].join("\n");
  } finally {
    await replicas.close();
    place.remove();
    process.off("SIGINT", end).off("SIGTERM", end);
  }
}

async function measureIdle(replicas: Replicas): Promise<readonly number[]> {
  await pause(SETTLE_MS);
  const before = each(replicas, processorSeconds);
  const from = now();
  await pause(IDLE_MS);
  const seconds = (now() - from) / 1_000;
  return each(replicas, processorSeconds).map((after, index) => (100 * (after - before[index]!)) / seconds);
}

interface Moment {
  readonly minutes: number;
  readonly load: Load;
  /** MiB of whoever had most since the row before. */
  readonly highest: number;
  readonly replicas: Replicas;
}

function rowOf({ highest, load, minutes, replicas }: Moment): object {
  const disk = Array.from({ length: REPLICAS }, (_, index) =>
    diskMib(join(replicas.directory, "cluster", nameOf(index))),
  );
  return {
    minutes: minutes.toFixed(1),
    commands: load.answered,
    errors: [...load.errors.values()].reduce((sum, count) => sum + count, 0),
    "resident, MiB: now": each(replicas, residentMib)
      .map((mib) => mib.toFixed(0))
      .join(", "),
    "most since the row before": highest.toFixed(0),
    "disk of a replica, MiB: most": Math.max(...disk).toFixed(0),
  };
}

/** Commands of many kinds by a schedule, over connections to all replicas. */
class Load {
  answered = 0;
  readonly errors: Map<string, number> = new Map();
  readonly #askers: readonly Asker[];

  constructor(targets: readonly { readonly host: string; readonly port: number }[]) {
    this.#askers = Array.from({ length: CONNECTIONS }, (_, index) => new Asker(targets[index % targets.length]!));
  }

  async run(ms: number): Promise<void> {
    const until = now() + ms;
    await Promise.all(this.#askers.map((asker, index) => this.#ask(asker, index, until)));
  }

  async #ask(asker: Asker, index: number, until: number): Promise<void> {
    const periodMs = (1_000 * CONNECTIONS) / COMMANDS_PER_SECOND;
    let due = now() + (index * periodMs) / CONNECTIONS;
    for (let turn = index; now() < until; turn += CONNECTIONS, due += periodMs) {
      // Turns that were missed are left out: a load that made up for them would not be steady.
      due = Math.max(due, now());
      await pause(due - now());
      const reply = await asker.ask(wordsOf(turn));
      if (typeof reply === "object" && reply !== null && !Array.isArray(reply)) {
        const kind = reply instanceof RespError ? reply.kind : "ended";
        this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1);
      } else this.answered += 1;
    }
    asker.close();
  }
}

function wordsOf(turn: number): readonly string[] {
  const scattered = Math.imul(turn, 0x9e3779b1) >>> 0;
  switch (turn % 10) {
    case 0:
      return ["INCR", `counter:${scattered % 500}`];
    case 1:
      return ["LPUSH", "queue", VALUE];
    case 2:
      return ["RPOP", "queue"];
    case 3:
      return ["ZADD", `board:${scattered % 50}`, String(turn), `player:${scattered % 997}`];
    case 4:
      return ["HSET", `profile:${scattered % 2000}`, `field:${scattered % 7}`, VALUE];
    case 5:
      return ["SET", `fresh:${turn}`, VALUE, "PX", "30000"];
    case 6:
    case 7:
      return ["GET", `key:${scattered % 20_000}`];
    default:
      return ["SET", `key:${scattered % 20_000}`, VALUE];
  }
}

function each(replicas: Replicas, of: (pid: number) => number): number[] {
  return Array.from({ length: REPLICAS }, (_, index) => of(replicas.pidOf(index)));
}

function residentMib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? Number.NaN) / 1_024;
}

function processorSeconds(pid: number): number {
  // The name of the program stands in brackets and may hold anything.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function diskMib(folder: string): number {
  let blocks = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) blocks += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.blocks ?? 0;
  return (blocks * 512) / 2 ** 20;
}

function tableOf(rows: readonly object[]): string {
  const columns = Object.keys(rows[0] ?? {});
  return [
    `| ${columns.join(" | ")} |`,
    `|${columns.map(() => "---:").join("|")}|`,
    ...rows.map((row) => `| ${Object.values(row).join(" | ")} |`),
  ].join("\n");
}
