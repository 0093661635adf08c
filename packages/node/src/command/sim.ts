// `quorate sim`: runs the real core in a simulated world, one seed or many, and judges what came of it. Whatever it finds
// it can find again: the last line of a failure is the command that replays it.
import { writeFile } from "node:fs/promises";
import { defaultCrash, thresholds } from "@quorate/core";
import {
  findScenario,
  type Outcome,
  printHistory,
  RANDOM,
  RANDOM_MACHINE,
  type RandomOptions,
  runScenario,
  SCENARIOS,
  type Scenario,
} from "@quorate/sim";
import type { Args } from "./args.ts";
import { EXIT } from "./exit-code.ts";
import { simExit } from "./sim-exit.ts";
import { type LiveOptions, realTime, runLive } from "./sim-live.ts";
import { columns, counted } from "./text.ts";
import { UsageError } from "./usage-error.ts";
import type { Io, Verb } from "./verb.ts";

const SEED_MAX = Number.MAX_SAFE_INTEGER;

export const sim: Verb = {
  name: "sim",
  summary: "runs clusters in a simulated world, breaks them in every way, and judges what clients saw",
  flags: {
    seed: { kind: "value", value: "N", help: "the seed of a run (1)" },
    seeds: { kind: "value", value: "A..B", help: "a campaign: every seed from A to B" },
    scenario: { kind: "value", value: "NAME", help: `what happens (${RANDOM}: the seed says)` },
    replicas: {
      kind: "value",
      value: "N",
      help: `members of a ${RANDOM} or ${RANDOM_MACHINE} scenario, and of --live (5)`,
    },
    crash: { kind: "value", value: "C", help: "stake that may crash" },
    byzantine: { kind: "value", value: "F", help: "stake that may lie" },
    steps: { kind: "value", value: "N", help: "rounds at least (200)" },
    history: { kind: "value", value: "FILE", help: "writes what clients saw, for quorate check" },
    trace: { kind: "value", value: "FILE", help: "writes everything that happened, a line an event" },
    live: { kind: "switch", help: "a cluster to watch: one virtual second a second, then the verdict" },
    for: { kind: "value", value: "SECONDS", help: "how long to watch (16)" },
  },
  details: `scenarios
${[
  [RANDOM, "whatever the seed says"],
  [RANDOM_MACHINE, "the same with the real machine"],
  ...SCENARIOS.map(({ name, about }) => [name, about] as const),
]
  .map(([name, about]) => `  ${name}\n      ${about}`)
  .join("\n")}

stake
  A member of a ${RANDOM} or ${RANDOM_MACHINE} scenario weighs 1, 2 or 3, as the seed says: often all the same.
  --crash and --byzantine are of the sum. What is not given the seed says. The members of --live weigh 1 each.

exit codes
  ${EXIT.ok} held, ${EXIT.safetyBroken} safety broken, ${EXIT.noProgress} no progress
  ${EXIT.failed} nothing is known to be wrong, but a judge could not decide, or a run was cut short: it did not get
    to its rounds or its operations in its virtual time, which grows with --steps
  A run repeats byte for byte: the same scenario and seed give the same trace, here and anywhere else.

--json prints an object for each run
  { scenario, seed, verdict: "held" or "safety" or "no-progress", reasons: [text], undecided: [text], short: [text],
    stats, traceHash, replay }
  and for a campaign, last, { seeds, held, safety: [seed], noProgress: [seed], undecided: [seed], short: [seed],
    faults }; held counts the seeds of which nothing was left undecided or cut short

examples
  quorate sim --seed 7
  quorate sim --seeds 1..500 --byzantine 1
  quorate sim --seed 7 --history run.jsonl && quorate check run.jsonl`,
  async run(args, io) {
    const { from, to } = readSeeds(args);
    if (args.has("live")) return runLive(readLive(args, from), io, realTime());
    if (args.has("for")) throw new UsageError("--for says how long to watch: give --live too");
    const plan = readPlan(args);
    if (from !== to) return runCampaign(plan, { from, to }, { io, json: args.has("json") });
    const lines: string[] = [];
    const trace = args.text("trace");
    const outcome = plan.run(from, trace === undefined ? undefined : (line) => lines.push(line));
    if (trace !== undefined) await writeFile(trace, `${lines.join("\n")}\n`);
    const history = args.text("history");
    if (history !== undefined) await writeFile(history, printHistory(outcome.history));
    io.stdout(args.has("json") ? toJson(outcome, plan) : printOutcome(outcome, plan));
    return exitCode(outcome);
  },
};

function readLive(args: Args, seed: number): LiveOptions {
  for (const flag of ["seeds", "scenario", "steps", "history", "trace", "json"]) {
    if (args.has(flag)) throw new UsageError(`--live is for watching: leave --${flag} out`);
  }
  const members = args.whole("replicas", { min: 3, max: 20 }) ?? 5;
  const byzantine = args.whole("byzantine", { min: 0, max: 20 }) ?? 0;
  const crash = args.whole("crash", { min: 0, max: 20 }) ?? defaultCrash(members, byzantine);
  // Refuses bounds that cannot be before anything is printed.
  thresholds(new Array<number>(members).fill(1), { crash, byzantine });
  return { seed, members, fault: { crash, byzantine }, seconds: args.whole("for", { min: 1, max: 3_600 }) ?? 16 };
}

interface Plan {
  run(seed: number, sink?: (line: string) => void): Outcome;
  /** The command that runs this seed again. */
  replay(seed: number | string): string;
}

function readPlan(args: Args): Plan {
  const name = args.text("scenario") ?? RANDOM;
  const options: Record<string, number> = {};
  const words: string[] = name === RANDOM ? [] : [`--scenario ${name}`];
  for (const [flag, option, min, max] of [
    ["replicas", "replicas", 3, 100],
    ["crash", "crash", 0, 100],
    ["byzantine", "byzantine", 0, 100],
    ["steps", "rounds", 1, 1_000_000],
  ] as const) {
    const value = args.whole(flag, { min, max });
    if (value === undefined) continue;
    if (name !== RANDOM && name !== RANDOM_MACHINE)
      throw new UsageError(
        `--${flag} shapes ${RANDOM} and ${RANDOM_MACHINE} scenarios; ${name} has a shape of its own`,
      );
    options[option] = value;
    words.push(`--${flag} ${value}`);
  }
  return {
    run: (seed, sink) => {
      const scenario = scenarioOf(name, seed, options);
      return runScenario(scenario, { seed, ...(sink === undefined ? {} : { sink }) });
    },
    replay: (seed) => ["npm run quorate -- sim", ...words, `--seed ${seed}`].join(" "),
  };
}

function scenarioOf(name: string, seed: number, options: RandomOptions): Scenario<unknown> {
  const scenario = findScenario(name, seed, options);
  if (scenario !== undefined) return scenario;
  throw new UsageError(`there is no scenario ${JSON.stringify(name)}; quorate sim --help lists them`);
}

function readSeeds(args: Args): { readonly from: number; readonly to: number } {
  const range = args.text("seeds");
  const seed = args.whole("seed", { min: 0, max: SEED_MAX });
  if (range === undefined) return { from: seed ?? 1, to: seed ?? 1 };
  if (seed !== undefined) throw new UsageError("--seed and --seeds exclude each other");
  for (const file of ["trace", "history"]) {
    if (args.has(file)) throw new UsageError(`--${file} is of one run: give --seed`);
  }
  const [, first, last] = /^(\d+)\.\.(\d+)$/.exec(range) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (!(from <= to && to <= SEED_MAX))
    throw new UsageError(`--seeds is A..B, as in 1..500, not ${JSON.stringify(range)}`);
  return { from, to };
}

async function runCampaign(
  plan: Plan,
  { from, to }: { readonly from: number; readonly to: number },
  { io, json }: { readonly io: Io; readonly json: boolean },
): Promise<number> {
  const failed: Record<Exclude<Outcome["verdict"], "held">, string[]> = { safety: [], "no-progress": [] };
  const undecided: string[] = [];
  const short: string[] = [];
  const faults = new Map<string, number>();
  let held = 0;
  for (let seed = from; seed <= to; seed++) {
    const outcome = plan.run(seed);
    if (outcome.verdict !== "held") failed[outcome.verdict].push(outcome.seed);
    else if (!isOpen(outcome)) held += 1;
    if (outcome.undecided.length > 0) undecided.push(outcome.seed);
    if (outcome.short.length > 0) short.push(outcome.seed);
    for (const [verb, count] of Object.entries({ ...outcome.stats.faults, ...outcome.stats.adversaries })) {
      faults.set(verb, (faults.get(verb) ?? 0) + count);
    }
    if (json) io.stdout(toJson(outcome, plan));
    else if (outcome.verdict !== "held") io.stdout(printOutcome(outcome, plan));
    else if (seed % 100 === 0) io.stderr(`quorate: seed ${seed} of ${to}\n`);
  }
  const { safety, "no-progress": noProgress } = failed;
  const sorted = Object.fromEntries([...faults].sort(([left], [right]) => (left < right ? -1 : 1)));
  if (json) {
    io.stdout(
      `${JSON.stringify({ seeds: to - from + 1, held, safety, noProgress, undecided, short, faults: sorted })}\n`,
    );
  } else {
    const said = Object.entries(sorted).map(([verb, count]) => `${count} ${verb}`);
    io.stdout(
      `${counted(to - from + 1, "seed")}: ${held} held, ${safety.length} safety broken, ${noProgress.length} without progress\n`,
    );
    if (undecided.length > 0) io.stdout(`undecided within the judges' budget: ${undecided.join(", ")}\n`);
    if (short.length > 0) io.stdout(`cut short of the rounds or operations asked for: ${short.join(", ")}\n`);
    io.stdout(`faults carried out: ${said.length === 0 ? "none" : said.join(", ")}\n`);
  }
  return simExit({
    safetyBroken: safety.length > 0,
    noProgress: noProgress.length > 0,
    open: undecided.length + short.length > 0,
  });
}

function printOutcome(outcome: Outcome, plan: Plan): string {
  const { stats, verdict, reasons, short, undecided } = outcome;
  const { latency } = stats;
  const rows: (readonly string[])[] = [
    ["cluster", `${stats.members} members, ${stats.rule}`],
    [
      "went through",
      `${counted(stats.rounds, "round")}, ${counted(stats.commits, "commit")}, ${counted(stats.operations, "operation")} in ${(stats.virtualMs / 1000).toFixed(1)} virtual seconds`,
    ],
    [
      "latency",
      latency === undefined ? "no answers" : `${latency.p50} δ median, ${latency.p99} δ at the 99th percentile`,
    ],
    [
      "processes",
      `${stats.crashes} deaths, ${stats.restarts} restarts, ${stats.amnesias} lost disks, ${stats.snapshots} snapshots fetched`,
    ],
    ["faults", printCounts(stats.faults)],
    ["adversaries", printCounts(stats.adversaries)],
    ["trace", outcome.traceHash],
  ];
  const open = [
    ...(undecided.length > 0 ? ["not all of it could be judged"] : []),
    ...(short.length > 0 ? ["it was cut short"] : []),
  ];
  const held = open.length === 0 ? "held" : `held, but ${open.join(" and ")}`;
  const verdicts = { held, safety: "SAFETY BROKEN", "no-progress": "NO PROGRESS" };
  return [
    `${outcome.scenario}, seed ${outcome.seed}: ${verdicts[verdict]}`,
    ...columns(rows),
    ...reasons.map((reason) => `  ✗ ${reason.replaceAll("\n", "\n    ")}`),
    ...[...undecided, ...short].map((reason) => `  ? ${reason.replaceAll("\n", "\n    ")}`),
    ...(verdict === "held" && open.length === 0 ? [] : [`replay: ${plan.replay(outcome.seed)}`]),
    "",
  ].join("\n");
}

function printCounts(counts: Readonly<Record<string, number>>): string {
  const said = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return said.length === 0 ? "none" : said.join(", ");
}

function toJson({ history: _history, ...outcome }: Outcome, plan: Plan): string {
  return `${JSON.stringify({ ...outcome, replay: plan.replay(outcome.seed) })}\n`;
}

function isOpen({ short, undecided }: Outcome): boolean {
  return undecided.length > 0 || short.length > 0;
}

function exitCode(outcome: Outcome): number {
  const { verdict } = outcome;
  return simExit({
    safetyBroken: verdict === "safety",
    noProgress: verdict === "no-progress",
    open: isOpen(outcome),
  });
}
