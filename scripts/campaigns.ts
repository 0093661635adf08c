// What the soak consists of: each campaign runs a slice of its numbers and counts what came up.
import { createCommittee, thresholdsOf } from "@quorate/core";
import { type Outcome, randomMachineScenario, randomScenario, runScenario, type Scenario } from "@quorate/sim";
import { runDeciderDifferential } from "../packages/core/test/decider-differential.ts";
import { runExhaustiveByzantine } from "../packages/core/test/exhaustive-byzantine.ts";
import { runExhaustiveCrash } from "../packages/core/test/exhaustive-crash.ts";
import { CONFIGURATION_NAMES, runExploration } from "../packages/core/test/explore/configurations.ts";
import { runCodecFuzz } from "../packages/core/test/fuzz-codec.ts";
import { runStepFuzz } from "../packages/core/test/fuzz-step.ts";
import { POWER_KINDS, runPowerRounds } from "../packages/node/test/power/power-rounds.ts";
import { STRIKES } from "../packages/sim/src/scenario/random-faults.ts";
import { BEHAVIOURS } from "../packages/sim/src/scenario/random-scenario.ts";

export interface SliceResult {
  readonly counts: Readonly<Record<string, number>>;
  /** What broke. Empty is good. */
  readonly problems: readonly string[];
}

export interface Campaign {
  readonly about: string;
  /** The files that do its work: while they and all that they import stay the same, results keep. */
  readonly runners: readonly string[];
  /** Numbers run from 0 to before this. */
  readonly to: number;
  /** Its numbers are the places of a list, and there is none beyond `to`. */
  readonly isList?: true;
  readonly slice: number;
  run(from: number, to: number): SliceResult | Promise<SliceResult>;
  /** The sums as text. */
  report(counts: Readonly<Record<string, number>>): string;
}

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `- ${name}: ${count}`)
    .join("\n");

export const CAMPAIGNS: Readonly<Record<string, Campaign>> = {
  simulator: {
    about: "random clusters, faults and liars",
    runners: ["packages/sim/src/scenario/random-scenario.ts", "packages/sim/src/run/run-scenario.ts"],
    to: 20_000,
    slice: 400,
    run: (from, to) => runSeeds(from, to, randomScenario),
    report: reportSeeds,
  },
  machine: {
    about: "the same clusters with the real machine and everything that it can do",
    runners: ["packages/sim/src/scenario/random-machine-scenario.ts", "packages/sim/src/run/run-scenario.ts"],
    to: 5_000,
    slice: 50,
    run: (from, to) => runSeeds(from, to, randomMachineScenario),
    report: reportSeeds,
  },
  decider: {
    about: "the incremental decider against the oracle, on random DAGs",
    runners: ["packages/core/test/decider-differential.ts"],
    to: 1_000_000,
    slice: 5_000,
    run(from, to) {
      try {
        const report = runDeciderDifferential({ seed: from, count: to - from });
        const { dags, blocks, slots, verdicts, weakRung, ties, slowPath } = report;
        const counts = { dags, blocks, slots, ...verdicts, "weak rung": weakRung, ties, "slow path": slowPath };
        return { counts, problems: [] };
      } catch (error) {
        return { counts: {}, problems: [error instanceof Error ? error.message : String(error)] };
      }
    },
    report: list,
  },
  codec: {
    about: "hostile bytes at every decoder",
    runners: ["packages/core/test/fuzz-codec.ts"],
    to: 10_000_000,
    slice: 250_000,
    run(from, to) {
      const { accepted, count, problems, refused, spoiled } = runCodecFuzz({ seed: 1 + from, count: to - from });
      return { counts: { frames: count, accepted, spoiled, ...refused }, problems };
    },
    report: list,
  },
  step: {
    about: "hostile frames at working replicas",
    runners: ["packages/core/test/fuzz-step.ts"],
    to: 1_000_000,
    slice: 25_000,
    run(from, to) {
      const { commits, frames, problems, refused } = runStepFuzz({ seed: 1 + from, count: to - from });
      return { counts: { frames, commits, ...refused }, problems };
    },
    report: list,
  },
  dags: {
    about: "every DAG of four rounds at n = 3, of five with late parents, and every part of it",
    runners: ["packages/core/test/exhaustive-crash.ts"],
    to: 2,
    isList: true,
    slice: 1,
    run(from) {
      const committee = createCommittee({
        members: ["A", "B", "C"].map((name) => ({ name, stake: 1, publicKey: new Uint8Array(0) })),
        fault: { crash: 1, byzantine: 0 },
      });
      const { stakes, thresholds } = committee;
      const late = from === 1;
      const report = runExhaustiveCrash({
        stakes,
        thresholds,
        schedule: (round) => committee.slotsOf(round),
        // Late parents can matter from the fourth round on, if another follows.
        rounds: late ? 5 : 4,
        late,
      });
      const name = late ? "of five rounds with late parents" : "of four rounds";
      return {
        counts: { [`DAGs ${name}`]: report.dags, [`views compared ${name}`]: report.steps },
        problems: report.breach === undefined ? [] : [report.breach],
      };
    },
    report: list,
  },
  slots: {
    about: "every vote on one slot for n up to 7 with liars, against every anchor",
    runners: ["packages/core/test/exhaustive-byzantine.ts"],
    to: 8,
    isList: true,
    slice: 1,
    run(total) {
      const counts: Record<string, number> = {};
      const problems: string[] = [];
      for (let byzantine = 1; 3 * byzantine < total; byzantine++) {
        for (let crash = 0; 3 * byzantine + 2 * crash < total; crash++) {
          const report = runExhaustiveByzantine(thresholdsOf({ rule: "hyb3", total, crash, byzantine }));
          counts["situations"] = (counts["situations"] ?? 0) + report.situations;
          counts["pairs with an anchor"] = (counts["pairs with an anchor"] ?? 0) + report.pairs;
          if (report.breach !== undefined) problems.push(`n=${total} f=${byzantine} c=${crash}: ${report.breach}`);
        }
      }
      return { counts, problems };
    },
    report: list,
  },
  explore: {
    about: "every schedule of a few real replicas with one command, one loss and one crash, within bounds",
    runners: ["packages/core/test/explore/configurations.ts"],
    to: CONFIGURATION_NAMES.filter((name) => !name.startsWith("canary")).length,
    isList: true,
    slice: 1,
    run(from) {
      const name = INTACT[from]!;
      const found = runExploration(name, { worlds: 1_300_000, walks: 500, ends: 500 });
      const { exhausted, violation, schedule, worlds } = found;
      return {
        counts: {
          [`${name}: ${exhausted ? "all worlds" : "worlds, cut short"}`]: worlds,
          ends: found.endsRun,
          walks: found.walks,
        },
        problems: violation === undefined ? [] : [`${name}: ${violation}: ${schedule.join("; ")}`],
      };
    },
    report: list,
  },
  power: {
    about: "all replicas of a real cluster lose power at once under load",
    runners: ["packages/node/test/power/power-rounds.ts"],
    to: 100,
    slice: 10,
    async run(from, to) {
      const { name, ...cluster } = POWER_KINDS[Math.floor(from / 10) % POWER_KINDS.length]!;
      const { counts, problems } = await runPowerRounds({
        ...cluster,
        seed: from,
        rounds: to - from,
        commandsMax: 600,
      });
      const named = problems.map((problem) => `${name}, rounds from ${from}: ${problem}`);
      return { counts: { ...counts, [`rounds of ${name}`]: to - from }, problems: named };
    },
    report: list,
  },
};

/** Configurations of the exploration that run with the rules intact. */
const INTACT = CONFIGURATION_NAMES.filter((name) => !name.startsWith("canary"));

/** What a cluster is, as far as coverage asks. */
function kindOf({ fault, stakes }: Pick<Scenario, "fault" | "stakes">): string {
  const model = fault.byzantine === 0 ? "crash" : fault.crash === 0 ? "Byzantine" : "hybrid";
  return `${model} ${stakes.every((stake) => stake === 1) ? "equal" : "weighted"}`;
}

function runSeeds<Reply>(from: number, to: number, scenarioOf: (seed: number) => Scenario<Reply>): SliceResult {
  const counts: Record<string, number> = {};
  const problems: string[] = [];
  const count = (name: string, by = 1): void => {
    counts[name] = (counts[name] ?? 0) + by;
  };
  for (let seed = from; seed < to; seed++) {
    const scenario = scenarioOf(seed);
    let outcome: Outcome;
    try {
      outcome = runScenario(scenario, { seed });
    } catch (error) {
      problems.push(`seed ${seed}: the run itself failed: ${error instanceof Error ? error.stack : String(error)}`);
      continue;
    }
    const { reasons, short, stats, undecided, verdict } = outcome;
    const kind = kindOf(scenario);
    if (verdict !== "held") problems.push(`seed ${seed}: ${verdict}: ${reasons.join("; ")}`);
    count("seeds");
    count("rounds", stats.rounds);
    count("commits", stats.commits);
    count("operations", stats.operations);
    count("crashes", stats.crashes);
    count("lost disks", stats.amnesias);
    count("snapshots taken", stats.snapshots);
    // At nought as well: a campaign says of what it promises how often it was not so.
    count("seeds cut short of their rounds or operations", short.length > 0 ? 1 : 0);
    count("seeds with a history not judged within the budget", undecided.length > 0 ? 1 : 0);
    for (const [name, times] of Object.entries(stats.counts ?? {})) count(name, times);
    count(`n=${scenario.stakes.length}`);
    for (const table of ["faults", "adversaries"] as const) {
      for (const name of Object.keys(stats[table])) count(`@${table}|${name}|${kind}`);
    }
  }
  return { counts, problems };
}

/** What a campaign must meet in each kind of cluster; to be silent or stingy is nothing that a liar does. */
const TRICKS = ["twins", ...BEHAVIOURS.filter((name) => name !== "silent" && name !== "stingy")];
const KINDS = ["crash", "hybrid", "Byzantine"].flatMap((model) => [`${model} equal`, `${model} weighted`]);

function reportSeeds(counts: Readonly<Record<string, number>>): string {
  const plain = Object.fromEntries(Object.entries(counts).filter(([name]) => !name.startsWith("@")));
  const faults = coverage(counts, { table: "faults", expected: STRIKES, kinds: KINDS });
  // Where nobody may lie nobody does: there is no such cell.
  const lied = KINDS.filter((kind) => !kind.startsWith("crash"));
  const adversaries = coverage(counts, { table: "adversaries", expected: TRICKS, kinds: lied });
  return [list(plain), "", ...faults, "", ...adversaries].join("\n");
}

interface Coverage {
  readonly table: "faults" | "adversaries";
  readonly expected: readonly string[];
  readonly kinds: readonly string[];
}

/** Seeds in which a thing happened, by kind of cluster. */
function coverage(counts: Readonly<Record<string, number>>, { expected, kinds, table }: Coverage): readonly string[] {
  const prefix = `@${table}|`;
  const met = Object.keys(counts).flatMap((name) => (name.startsWith(prefix) ? [name.split("|")[1]!] : []));
  const rows = [...new Set([...expected, ...met])].sort();
  const cell = (row: string, kind: string): number => counts[`${prefix}${row}|${kind}`] ?? 0;
  const fewest = Math.min(...rows.flatMap((row) => kinds.map((kind) => cell(row, kind))));
  return [
    `| seeds with | ${kinds.join(" | ")} |`,
    `|---|${kinds.map(() => "---:").join("|")}|`,
    ...rows.map((row) => `| ${row} | ${kinds.map((kind) => cell(row, kind)).join(" | ")} |`),
    "",
    `- ${table}, fewest in a cell: ${fewest}`,
  ];
}
