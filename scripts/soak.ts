// The long campaigns. Each is cut into slices that are a function of their numbers alone; two workers take them in turn,
// every finished slice is written down at once, and a campaign that was stopped goes on where it was. Results belong to
// one state of the code: another state begins anew.
//
//   npm run test:soak                       everything, about three hours on two cores
//   npm run test:soak -- simulator          one campaign (see --help for their names)
//   npm run test:soak -- simulator --to 500 the first 500 seeds of it
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CAMPAIGNS, type Campaign, type SliceResult } from "./campaigns.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const WORKERS = 2;

interface Finished extends SliceResult {
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
}

/** Names the state of the code that a campaign's results belong to. */
function codeState({ packages }: Campaign): string {
  const git = (...args: string[]): string => spawnSync("git", args, { cwd: root, encoding: "utf8" }).stdout.trim();
  const trees = packages.map((name) => git("rev-parse", `HEAD:packages/${name}/src`).slice(0, 8));
  return `${trees.join("-")}${git("status", "--porcelain", ...packages.map((name) => `packages/${name}/src`)) === "" ? "" : "-changed"}`;
}

function readFinished(path: string): Finished[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Finished);
}

/** Runs the slices that are not finished; answers all of them. */
async function runCampaign(name: string, campaign: Campaign, to: number): Promise<Finished[]> {
  const folder = join(root, ".campaign", codeState(campaign));
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.jsonl`);
  const finished = readFinished(path).filter((slice) => slice.to <= to);
  const done = new Set(finished.map((slice) => slice.from));
  const slices: { from: number; to: number }[] = [];
  for (let from = 0; from < to; from += campaign.slice) {
    if (!done.has(from)) slices.push({ from, to: Math.min(to, from + campaign.slice) });
  }
  const began = Date.now();
  const waiting = slices.length;
  const worker = async (): Promise<void> => {
    for (let slice = slices.shift(); slice !== undefined; slice = slices.shift()) {
      const start = Date.now();
      const ran = await runSlice(name, slice);
      const result: Finished = { ...slice, seconds: (Date.now() - start) / 1000, ...ran };
      finished.push(result);
      appendFileSync(path, `${JSON.stringify(result)}\n`);
      for (const problem of result.problems) console.log(`${name}: ${problem}`);
      const share = (waiting - slices.length) / waiting;
      const leftMin = ((Date.now() - began) * (1 / share - 1)) / 60_000;
      console.error(`${name}: ${slice.to} of ${to}, about ${leftMin.toFixed(0)} min left`);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  return finished.sort((left, right) => left.from - right.from);
}

/** One slice in a process of its own, so that two run side by side and a crash loses one slice. */
function runSlice(name: string, { from, to }: { from: number; to: number }): Promise<SliceResult> {
  return new Promise((resolve) => {
    // A run makes garbage by the gigabyte and keeps megabytes: a wide nursery saves a fifth of the time. The other core has a
    // slice of its own, so there is nobody to collect garbage beside the run.
    const flags = [...process.execArgv, "--max-semi-space-size=32", "--single-threaded-gc"];
    const args = [...flags, fileURLToPath(import.meta.url), "--worker", name, String(from), String(to)];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("close", (status) => {
      const line = output.trim().split("\n").at(-1) ?? "";
      if (status === 0 && line.startsWith("{")) resolve(JSON.parse(line) as SliceResult);
      else resolve({ counts: {}, problems: [`slice ${from} to ${to} died with ${status}`] });
    });
  });
}

function sum(slices: readonly Finished[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const { counts } of slices)
    for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
  return total;
}

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { worker: { type: "boolean" }, to: { type: "string" }, help: { type: "boolean" } },
  });
  if (values.worker === true) {
    const [name = "", from = "", to = ""] = positionals;
    console.log(JSON.stringify(await CAMPAIGNS[name]!.run(Number(from), Number(to))));
    return 0;
  }
  if (values.help === true) {
    for (const [name, { about, to }] of Object.entries(CAMPAIGNS))
      console.log(`${name.padEnd(12)} ${about} (0 to ${to})`);
    return 0;
  }
  const names = positionals.length === 0 ? Object.keys(CAMPAIGNS) : positionals;
  let problems = 0;
  for (const name of names) {
    const campaign = CAMPAIGNS[name];
    if (campaign === undefined) {
      console.error(`soak: no campaign ${name}; one of ${Object.keys(CAMPAIGNS).join(", ")}`);
      return 2;
    }
    const slices = await runCampaign(name, campaign, values.to === undefined ? campaign.to : Number(values.to));
    const found = slices.flatMap((slice) => slice.problems);
    problems += found.length;
    console.log(`\n## ${name}: ${campaign.about}\n`);
    console.log(campaign.report(sum(slices)));
    // Every slice had a core to itself, whether they ran in one go or not.
    const minutes = slices.reduce((total, { seconds }) => total + seconds, 0) / 60 / WORKERS;
    console.log(`- minutes on two cores: ${minutes.toFixed(0)}`);
    console.log(found.length === 0 ? "\nheld\n" : `\n${found.length} problems:\n${found.join("\n")}\n`);
  }
  return problems === 0 ? 0 : 1;
}

process.exitCode = await main();
