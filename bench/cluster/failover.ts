// The table of "kill any": what clients of healthy replicas see while one after the other is killed, frozen and cut off;
// and the same of etcd, where that is installed. The two take turns, so that both meet the machine as it is at the time.
//
//   npm run bench -- failover         five runs of each, or as many as fit into thirteen minutes a system
//   npm run bench -- failover 1       one run of each
//   npm run bench -- failover-peer    etcd alone
import { copyBundle } from "./bundle.ts";
import { now } from "./clock.ts";
import { etcdVersion } from "./etcd.ts";
import { type RunReport, runFailover, WHOLE } from "./failover-run.ts";
import { commonNotes, failoverTable, printRun, sum } from "./failover-table.ts";
import { aboutPeer, runPeer } from "./peer-run.ts";
import type { StruckReport } from "./struck-run.ts";

/** No further run begins that would end later; for each system. */
const BOUND_MS = 800_000;
const NOT_INSTALLED = "etcd: not installed";

export async function benchFailover(runs: number): Promise<string> {
  // All runs measure the same code, whatever becomes of the sources meanwhile.
  const bundle = await copyBundle();
  process.once("exit", bundle.remove);
  const version = etcdVersion();
  const ours: RunReport[] = [];
  const peers: StruckReport[] = [];
  await repeat(runs, version === undefined ? BOUND_MS : 2 * BOUND_MS, async (run) => {
    const report = await runFailover({ ...WHOLE, first: run % 5 }, bundle);
    ours.push(report);
    console.error(`run ${run + 1}: ${printRun(report)}\n${printOurs(report)}`);
    if (version !== undefined) peers.push(await peerRun(run));
  });
  return [
    ...[failoverTable(ours), "", ...commonNotes(ours, runs), ...ourNotes(ours), ""],
    version === undefined ? NOT_INSTALLED : peerSection(peers, runs, version),
  ].join("\n");
}

export async function benchPeer(runs: number): Promise<string> {
  const version = etcdVersion();
  if (version === undefined) return NOT_INSTALLED;
  const peers: StruckReport[] = [];
  await repeat(runs, BOUND_MS, async (run) => void peers.push(await peerRun(run)));
  return peerSection(peers, runs, version);
}

async function repeat(runs: number, boundMs: number, once: (run: number) => Promise<void>): Promise<void> {
  // A frozen or cut replica must not stay behind when somebody loses patience: `exit` is what cleans up.
  const end = (): never => process.exit(130);
  process.once("SIGINT", end).once("SIGTERM", end);
  const from = now();
  for (let run = 0; run < runs; run++) {
    if (now() - from + (now() - from) / Math.max(1, run) > boundMs) break;
    await once(run);
  }
  process.off("SIGINT", end).off("SIGTERM", end);
}

async function peerRun(run: number): Promise<StruckReport> {
  const report = await runPeer({ ...WHOLE, first: run % 5 });
  console.error(`run ${run + 1} of etcd: ${printRun(report)}`);
  return report;
}

function peerSection(reports: readonly StruckReport[], runs: number, version: string): string {
  return [
    ...[`### etcd ${version}, five members`, "", failoverTable(reports), ""],
    ...[...commonNotes(reports, runs), "", aboutPeer(version)],
  ].join("\n");
}

function printOurs({ isRight, load, verdict }: RunReport): string {
  return [
    `  sessions ${JSON.stringify(load.session)}`,
    `  history ${isRight ? "passes" : "DOES NOT PASS"}: ${verdict}`,
  ].join("\n");
}

function ourNotes(reports: readonly RunReport[]): readonly string[] {
  const right = reports.filter(({ isRight }) => isRight).length;
  return [
    `- writes through sessions: ${sum(reports, ({ load }) => load.session.acknowledged)}, sent again to another replica: ${sum(reports, ({ load }) => load.session.sentAgain)}, lost: ${sum(reports, ({ load }) => load.session.lost)}, doubled: ${sum(reports, ({ load }) => load.session.doubled)}`,
    `- histories that pass \`quorate check\`: ${right} of ${reports.length} (${sum(reports, ({ load }) => load.recorded)} operations)`,
  ];
}
