// How fast whole replicas run and what they keep: rounds and commits per second of wall time, bytes on the wire per
// committed byte, and memory over very many rounds.
//
//   npm run bench -- rounds            a minute
//   npm run bench -- memory            a million rounds at n = 4, in each fault model
import { Desk, type DeskOptions } from "../packages/core/test/desk.ts";

export interface RoundsRow {
  readonly cluster: string;
  readonly rounds: number;
  readonly commitsPerSecond: number;
  readonly acceptsPerSecond: number;
  readonly wireBytesPerCommittedByte: number;
}

const CLUSTERS: readonly (readonly [string, DeskOptions])[] = [
  ["n=3 c=1", { members: 3, fault: { crash: 1, byzantine: 0 } }],
  ["n=4 c=1", { members: 4, fault: { crash: 1, byzantine: 0 } }],
  ["n=5 c=2", { members: 5, fault: { crash: 2, byzantine: 0 } }],
  ["n=4 f=1", { members: 4, fault: { crash: 0, byzantine: 1 } }],
  ["n=20 c=9", { members: 20, fault: { crash: 9, byzantine: 0 } }],
  ["n=20 f=6", { members: 20, fault: { crash: 0, byzantine: 6 } }],
];

const COMMAND_BYTES = 100;

export function benchRounds(): readonly RoundsRow[] {
  return CLUSTERS.map(([cluster, options]) => {
    const desk = new Desk(options);
    let wireBytes = 0;
    desk.tap = (_from, _to, bytes) => {
      wireBytes += bytes.length;
      return bytes;
    };
    desk.run(1_000);
    const members = options.members;
    const rounds = members > 10 ? 100 : 1_000;
    const bytes = new Uint8Array(COMMAND_BYTES);
    let id = 0;
    const turn = (): void => {
      for (let at = 0; at < members; at++)
        desk.feed(at, { kind: "commands", commands: [{ id: id++, session: true, bytes }] });
      desk.run(desk.delayMs);
    };
    for (let warm = 0; warm < rounds / 10; warm++) turn();
    wireBytes = 0;
    const from = desk.places[0]!.replica.status();
    const begin = process.hrtime.bigint();
    for (let round = 0; round < rounds; round++) turn();
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    const to = desk.places[0]!.replica.status();
    return {
      cluster,
      rounds: to.round - from.round,
      commitsPerSecond: (to.commitIndex - from.commitIndex) / seconds,
      acceptsPerSecond: ((to.round - from.round) * members * members) / seconds,
      wireBytesPerCommittedByte: wireBytes / (rounds * members * COMMAND_BYTES),
    };
  });
}

export function printRounds(rows: readonly RoundsRow[]): string {
  const lines = [
    "| cluster | rounds | commits a second | blocks accepted a second, all replicas | bytes sent per byte committed |",
    "|---|---:|---:|---:|---:|",
  ];
  for (const { acceptsPerSecond, cluster, commitsPerSecond, rounds, wireBytesPerCommittedByte } of rows) {
    lines.push(
      `| ${cluster} | ${rounds} | ${commitsPerSecond.toFixed(0)} | ${acceptsPerSecond.toFixed(0)} | ${wireBytesPerCommittedByte.toFixed(2)} |`,
    );
  }
  return lines.join("\n");
}

export interface MemoryRow {
  readonly cluster: string;
  readonly rounds: number;
  readonly heapMiB: number;
  /** Bytes that objects of the heap own outside of it. */
  readonly bufferMiB: number;
}

/** The memory at the end may be so many times what it was after a tenth of the rounds. */
const GROWTH_MAX = 1.1;
const SAMPLES = 10;

/** What is kept after a full collection, after each tenth of the rounds. Needs `--expose-gc`, which bench/run.ts sees to. */
export function benchMemory(rounds: number): readonly MemoryRow[] {
  return CLUSTERS.filter(([, { members }]) => members === 4).flatMap(([cluster, options]) => {
    const rows = measureMemory(cluster, options, rounds);
    if (keptMiB(rows.at(-1)!) > keptMiB(rows[0]!) * GROWTH_MAX) process.exitCode = 1;
    return rows;
  });
}

const keptMiB = ({ heapMiB, bufferMiB }: MemoryRow): number => heapMiB + bufferMiB;

function measureMemory(cluster: string, options: DeskOptions, rounds: number): readonly MemoryRow[] {
  const desk = new Desk(options);
  desk.run(1_000);
  const rows: MemoryRow[] = [];
  for (let id = 0; rows.length < SAMPLES; id++) {
    desk.submit(id % options.members, [id]);
    desk.run(desk.delayMs);
    // What the desk remembers is the desk's; only what the replicas keep is measured.
    for (const place of desk.places) {
      place.batches.length = 0;
      place.told.length = 0;
      place.committedAt.clear();
    }
    const { round } = desk.places[0]!.replica.status();
    if (round < (rounds / SAMPLES) * (rows.length + 1)) continue;
    // Buffers are freed in the background of a collection; the next one waits for that.
    globalThis.gc?.();
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    rows.push({ cluster, rounds: round, heapMiB: heapUsed / 2 ** 20, bufferMiB: arrayBuffers / 2 ** 20 });
  }
  return rows;
}

export function printMemory(rows: readonly MemoryRow[]): string {
  return [
    "| cluster | rounds | heap, MiB | buffers, MiB |",
    "|---|---:|---:|---:|",
    ...rows.map(
      ({ cluster, rounds, heapMiB, bufferMiB }) =>
        `| ${cluster} | ${rounds} | ${heapMiB.toFixed(1)} | ${bufferMiB.toFixed(1)} |`,
    ),
  ].join("\n");
}
