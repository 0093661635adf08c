// The long campaigns. Each is cut into slices that are a function of their numbers alone; two workers take them in turn,
// every finished slice is written down at once, and a campaign that was stopped goes on where it was. Results belong to
// one state of the code that a campaign runs (code-state.ts), edits that are not committed included: another begins anew.
// What runs is that state in one piece, made at the start: later edits do not reach it.
//
//   npm run test:soak                       everything, about three hours on two cores
//   npm run test:soak -- simulator          one campaign (see --help for their names)
//   npm run test:soak -- simulator --to 500 the first 500 seeds of it
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, truncateSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { inOnePiece } from "./bundle.mjs";
import { CAMPAIGNS, type Campaign, type SliceResult } from "./campaigns.ts";
import { codeState } from "./code-state.ts";
import { type Finished, finishedOf, leftOf, planSlices, readTo, type Slice, sumCounts } from "./slices.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const WORKERS = 2;

function readFinished(path: string): Finished[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  // A line is whole once its end is written; whoever was stopped before that runs the slice again.
  const torn = lines.pop() ?? "";
  if (torn !== "") truncateSync(path, Buffer.byteLength(lines.map((line) => `${line}\n`).join("")));
  return lines.map((line) => JSON.parse(line) as Finished);
}

/** Runs the slices that are not finished; answers all of them. */
async function runCampaign(name: string, campaign: Campaign, to: number): Promise<readonly Finished[]> {
  const stateNow = () => codeState(root, { whole: campaign.runners, alone: "scripts/campaigns.ts" });
  const state = await stateNow();
  const folder = join(root, ".campaign", state);
  mkdirSync(folder, { recursive: true });
  const program = await bundleWorker(folder);
  if ((await stateNow()) !== state) throw new Error(`the code of ${name} changed in this moment: start it again`);
  const path = join(folder, `${name}.jsonl`);
  const plan = planSlices(to, campaign.slice);
  const known = readFinished(path);
  const left = leftOf(plan, known);
  const began = Date.now();
  const waiting = left.length;
  const worker = async (): Promise<void> => {
    for (let slice = left.shift(); slice !== undefined; slice = left.shift()) {
      const start = Date.now();
      const { died, ...told } = await runSlice(program, name, slice);
      const result: Finished = { ...slice, seconds: (Date.now() - start) / 1000, ...told };
      known.push(result);
      // A slice that died has told nothing: the next run tries it again.
      if (!died) appendFileSync(path, `${JSON.stringify(result)}\n`);
      for (const problem of result.problems) console.log(`${name}: ${problem}`);
      const share = (waiting - left.length) / waiting;
      const leftMin = ((Date.now() - began) * (1 / share - 1)) / 60_000;
      console.error(`${name}: ${slice.to} of ${to}, about ${leftMin.toFixed(0)} min left`);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  return finishedOf(plan, known);
}

/** The worker in one piece, in which a run takes a quarter less time than in hundreds of modules; answers its path. */
async function bundleWorker(folder: string): Promise<string> {
  const path = join(folder, "worker.mjs");
  const making = join(folder, `worker-${process.pid}.mjs`);
  await inOnePiece(root, "scripts/soak-worker.ts", { outfile: making, sourcemap: "inline" });
  // Another soak of the same state may be running this one.
  renameSync(making, path);
  return path;
}

/** One slice in a process of its own, so that two run side by side and a crash loses one slice. */
function runSlice(
  program: string,
  name: string,
  { from, to }: Slice,
): Promise<SliceResult & { readonly died: boolean }> {
  return new Promise((resolve) => {
    // A run makes garbage by the gigabyte and keeps megabytes: a wide nursery saves a fifth of the time. The other core has a
    // slice of its own, so there is nobody to collect garbage beside the run. Only explored worlds take gigabytes.
    const memory = ["--max-semi-space-size=32", "--max-old-space-size=4096", "--single-threaded-gc"];
    const flags = [...memory, "--enable-source-maps"];
    const args = [...flags, program, name, String(from), String(to)];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("close", (status, signal) => {
      const line = output.trim().split("\n").at(-1) ?? "";
      if (status === 0 && line.startsWith("{")) resolve({ ...(JSON.parse(line) as SliceResult), died: false });
      else resolve({ counts: {}, problems: [`slice ${from} to ${to} died with ${status ?? signal}`], died: true });
    });
  });
}

/** What was asked cannot be done as it was written. */
class UsageError extends Error {}

interface Asked {
  readonly campaigns: readonly (readonly [name: string, campaign: Campaign])[];
  /** Undefined: each campaign as far as it goes. */
  readonly to: number | undefined;
}

/** All of it is read before anything runs: a mistyped name must not show after an hour. */
function readAsked(names: readonly string[], toText: string | undefined): Asked {
  const to = toText === undefined ? undefined : readTo(toText);
  if (toText !== undefined && to === undefined)
    throw new UsageError(`--to takes a whole number from 1, such as 20000, not ${JSON.stringify(toText)}`);
  const known = Object.keys(CAMPAIGNS);
  for (const name of names)
    if (!known.includes(name)) throw new UsageError(`no campaign ${JSON.stringify(name)}; one of ${known.join(", ")}`);
  return { campaigns: Object.entries(CAMPAIGNS).filter(([name]) => names.length === 0 || names.includes(name)), to };
}

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { to: { type: "string" }, help: { type: "boolean" } },
  });
  if (values.help === true) {
    for (const [name, { about, to }] of Object.entries(CAMPAIGNS))
      console.log(`${name.padEnd(12)} ${about} (0 to ${to})`);
    return 0;
  }
  const asked = readAsked(positionals, values.to);
  let problems = 0;
  for (const [name, campaign] of asked.campaigns) {
    const to = campaign.isList ? Math.min(asked.to ?? campaign.to, campaign.to) : (asked.to ?? campaign.to);
    const slices = await runCampaign(name, campaign, to);
    const found = slices.flatMap((slice) => slice.problems);
    problems += found.length;
    console.log(`\n## ${name}: ${campaign.about}\n`);
    console.log(campaign.report(sumCounts(slices)));
    // Every slice had a core to itself, whether they ran in one go or not.
    const minutes = slices.reduce((total, { seconds }) => total + seconds, 0) / 60 / WORKERS;
    console.log(`- minutes on two cores: ${minutes.toFixed(0)}`);
    console.log(found.length === 0 ? "\nheld\n" : `\n${found.length} problems:\n${found.join("\n")}\n`);
  }
  return problems === 0 ? 0 : 1;
}

/** The reader of the command line has codes of its own for what it does not understand. */
function isUsage(error: unknown): boolean {
  const code = (error as { readonly code?: unknown }).code;
  return error instanceof UsageError || (typeof code === "string" && code.startsWith("ERR_PARSE_ARGS"));
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`soak: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = isUsage(error) ? 2 : 1;
}
