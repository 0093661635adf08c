// One run of "kill any" with our own replicas: a new cluster of five is struck by every fault there is, and the history
// that its recorded clients saw goes to `quorate check`.
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bundle } from "./bundle.ts";
import { now } from "./clock.ts";
import { Replicas } from "./replicas.ts";
import { type Durations, type Fault, runStruck, type StruckReport, type System } from "./struck-run.ts";

export interface FailoverOptions extends Durations {
  readonly faults: readonly Fault[];
  readonly share: number;
  readonly first: number;
}

export const WHOLE: Omit<FailoverOptions, "first"> = {
  faults: ["none", "kill two", "freeze", "both ways", "its sending", "its hearing"],
  floodMs: 24_000,
  share: 0.5,
  calmMs: 3_000,
  deadMs: 3_000,
  frozenMs: 30_000,
  cutMs: 6_000,
  returnMs: 4_000,
};

export interface RunReport extends StruckReport {
  /** What `quorate check` says of the history. */
  readonly verdict: string;
  readonly isRight: boolean;
}

export async function runFailover({ faults, ...rest }: FailoverOptions, bundle: Bundle): Promise<RunReport> {
  const history = join(tmpdir(), `quorate-history-${process.pid}-${Math.round(now())}.jsonl`);
  const strikes = faults.map((fault) => ({ fault, whom: "the next" }) as const);
  const system: System = { speaks: "redis", start: (place) => Replicas.start(place, bundle) };
  const report = await runStruck(system, { ...rest, strikes, history });
  const verdict = await judge(bundle, history);
  // A history that does not pass is kept for whoever looks into it.
  if (verdict.isRight) rmSync(history);
  return { ...report, ...verdict };
}

interface Verdict {
  readonly isRight: boolean;
  readonly verdict: string;
}

function judge(bundle: Bundle, history: string): Promise<Verdict> {
  return new Promise((resolve) => {
    execFile(process.execPath, [bundle.entry, "check", history], { timeout: 120_000 }, (error, stdout, stderr) => {
      if (error === null) resolve({ isRight: true, verdict: stdout.trim().replace(`${history}: `, "") });
      else resolve({ isRight: false, verdict: `${stdout}${stderr}`.trim() || error.message });
    });
  });
}
