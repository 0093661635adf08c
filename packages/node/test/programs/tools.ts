// Programs of the system, run as they are; and which versions of programs and packages there are.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const PATIENCE_MS = 120_000;

const found = new Map<string, string>();

/** The version of a program; nothing where it is not installed. */
export function versionOf(program: string): string | undefined {
  if (!found.has(program)) {
    const { stdout, status } = spawnSync(program, ["--version"], { encoding: "utf8" });
    found.set(program, status === 0 ? (/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? "?") : "");
    if (status !== 0) console.warn(`${program} is not installed: NOTHING OF IT IS TRIED against the cluster`);
  }
  return found.get(program) || undefined;
}

export const has = (program: string): boolean => versionOf(program) !== undefined;

export interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

/** Begins a program; `ended` resolves with what it said, or rejects where it failed. */
export function begin(
  program: string,
  args: readonly string[],
  input = "",
): { child: ChildProcess; ended: Promise<Said> } {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], timeout: PATIENCE_MS });
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("latin1").on("data", (text: string) => (said.stdout += text));
  child.stderr.setEncoding("latin1").on("data", (text: string) => (said.stderr += text));
  child.stdin.on("error", () => {}).end(input, "latin1");
  const ended = new Promise<Said>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve(said);
      else reject(new Error(`${program} ${args.join(" ")} ended with ${code ?? signal}: ${said.stdout}${said.stderr}`));
    });
  });
  return { child, ended };
}

/** Runs a program to its end. */
export const run = (program: string, args: readonly string[], input?: string): Promise<Said> =>
  begin(program, args, input).ended;

/** The version of a package, as it is installed. */
export function packageVersion(name: string): string {
  const path = new URL(`../../../../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(path, "utf8")) as { readonly version: string }).version;
}
