// How long a command takes from submission to commit at the replica that took it, in message delays, in a world where every
// message takes exactly one. The table in docs/latency.md is what this prints.
//
//   npm run bench -- latency
import { Desk, type DeskOptions } from "../packages/core/test/desk.ts";

export interface LatencyRow {
  readonly cluster: string;
  readonly members: "all up" | "one down";
  /** A lone command in an idle cluster, over every member that takes it and every place of the head. */
  readonly idle: { readonly min: number; readonly mean: number; readonly max: number };
  /** Commands at all members, many a delay. */
  readonly loadedMean: number;
  /** A linearizable read in an idle cluster. */
  readonly read: number;
}

const CLUSTERS: readonly (readonly [string, DeskOptions])[] = [
  ["n=3 c=1", { members: 3, fault: { crash: 1, byzantine: 0 } }],
  ["n=4 c=1", { members: 4, fault: { crash: 1, byzantine: 0 } }],
  ["n=5 c=2", { members: 5, fault: { crash: 2, byzantine: 0 } }],
  ["n=7 c=3", { members: 7, fault: { crash: 3, byzantine: 0 } }],
  ["n=4 f=1", { members: 4, fault: { crash: 0, byzantine: 1 } }],
  ["n=6 f=1 c=1", { members: 6, fault: { crash: 1, byzantine: 1 } }],
  ["n=7 f=2", { members: 7, fault: { crash: 0, byzantine: 2 } }],
];

const SETTLE_MS = 1_500;

export function benchLatency(): readonly LatencyRow[] {
  const rows: LatencyRow[] = [];
  for (const [cluster, options] of CLUSTERS) {
    for (const down of [false, true]) {
      const idle: number[] = [];
      // Who is down, who takes the command, and how far the heads have moved on before.
      for (let gone = 0; gone < (down ? options.members : 1); gone++) {
        for (let warmUps = 0; warmUps < options.members; warmUps++) {
          for (let at = 0; at < options.members; at++) {
            if (!down || at !== gone) idle.push(idleDelay(options, { at, warmUps, gone: down ? gone : undefined }));
          }
        }
      }
      rows.push({
        cluster,
        members: down ? "one down" : "all up",
        idle: { min: Math.min(...idle), mean: mean(idle), max: Math.max(...idle) },
        loadedMean: loadedDelay(options, down),
        read: readDelay(options, down),
      });
    }
  }
  return rows;
}

export function printLatency(rows: readonly LatencyRow[]): string {
  const lines = [
    "| cluster | members | idle: least | mean | most | under load: mean | read, idle |",
    "|---|---|---:|---:|---:|---:|---:|",
  ];
  for (const { cluster, idle, loadedMean, members, read } of rows) {
    const cells = [idle.min, idle.mean, idle.max, loadedMean, read].map((value) => value.toFixed(1));
    lines.push(`| ${cluster} | ${members} | ${cells.join(" | ")} |`);
  }
  return lines.join("\n");
}

function idleDelay(
  options: DeskOptions,
  { at, gone, warmUps }: { at: number; warmUps: number; gone: number | undefined },
): number {
  const desk = new Desk(options);
  desk.run(SETTLE_MS);
  if (gone !== undefined) desk.stop(gone);
  const live = desk.places.flatMap(({ up }, index) => (up ? [index] : []));
  for (let id = 0; id < warmUps; id++) {
    desk.submit(live[id % live.length]!, [id]);
    desk.run(SETTLE_MS);
  }
  const begin = desk.now;
  desk.submit(at, [999]);
  desk.run(SETTLE_MS);
  return (desk.places[at]!.committedAt.get(999)! - begin) / desk.delayMs;
}

function loadedDelay(options: DeskOptions, down: boolean): number {
  const desk = new Desk(options);
  desk.run(SETTLE_MS);
  if (down) desk.stop(options.members - 1);
  const takers = options.members - (down ? 1 : 0);
  const begun = new Map<number, { readonly at: number; readonly time: number }>();
  for (let id = 0; id < 1_500; id++) {
    const at = id % takers;
    begun.set(id, { at, time: desk.now });
    desk.submit(at, [id]);
    desk.run(1.7);
  }
  desk.run(SETTLE_MS);
  return mean([...begun].map(([id, { at, time }]) => (desk.places[at]!.committedAt.get(id)! - time) / desk.delayMs));
}

function readDelay(options: DeskOptions, down: boolean): number {
  const desk = new Desk(options);
  desk.run(SETTLE_MS);
  if (down) desk.stop(options.members - 1);
  const begin = desk.now;
  desk.read(0, 1);
  desk.run(SETTLE_MS);
  return (desk.places[0]!.readyAt.get(1)! - begin) / desk.delayMs;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
