// The processes of a run, one for each member, whatever program they are.
//
// The laws it keeps: a member comes back at its addresses with its disk; a signal goes to the process that was started
// here and to no other; `close` leaves no process and no file, and neither does the end of this process.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { now, pause } from "./clock.ts";
import type { Place } from "./place.ts";

const READY_MS = 60_000;
const STOP_MS = 10_000;
const LOOK_MS = 20;

export interface Program {
  readonly name: string;
  /** The command of a member whose files lie in that folder. */
  words(index: number, folder: string): readonly string[];
  /** Where it is not our own environment. */
  readonly environment?: NodeJS.ProcessEnv;
  /** What tells that it serves: a message to whoever started it, or words in its log. */
  readonly ready: "message" | RegExp;
}

export class Members {
  readonly directory: string;
  readonly #place: Place;
  readonly #program: Program;
  readonly #running = new Map<number, ChildProcess>();
  readonly #atExit = (): void => {
    for (const child of this.#running.values()) child.kill("SIGKILL");
    // They may write for as long as it takes them to die.
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  };

  constructor(place: Place, program: Program) {
    this.directory = mkdtempSync(join(tmpdir(), `${program.name}-failover-`));
    this.#place = place;
    this.#program = program;
    process.once("exit", this.#atExit);
  }

  /** Resolves when all serve; those that were started end where one cannot. */
  async startAll(): Promise<void> {
    try {
      await Promise.all(this.#place.members.map((_, index) => this.restart(index)));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** As a crash: no signal that it could answer, nothing flushed. Resolves when the process is gone. */
  async kill(index: number): Promise<void> {
    const child = this.#running.get(index);
    if (child === undefined) throw new Error(`${nameOf(index)} does not run`);
    this.#running.delete(index);
    await ended(child, "SIGKILL");
  }

  freeze(index: number): void {
    this.#running.get(index)?.kill("SIGSTOP");
  }

  thaw(index: number): void {
    this.#running.get(index)?.kill("SIGCONT");
  }

  /** Resolves when it serves. */
  async restart(index: number): Promise<void> {
    const { environment, ready, words } = this.#program;
    const path = this.logOf(index);
    mkdirSync(this.folderOf(index), { recursive: true });
    const log = openSync(path, "a");
    const said = statSync(path).size;
    const [program = "", ...rest] = this.#place.atReplica(index, words(index, this.folderOf(index)));
    const child = spawn(program, rest, {
      stdio: ["ignore", log, log, ...(ready === "message" ? ["ipc" as const] : [])],
      ...(environment === undefined ? {} : { env: environment }),
    });
    closeSync(log);
    this.#running.set(index, child);
    const why = await Promise.race([
      ready === "message" ? saidSo(child) : foundIn(child, path, said, ready),
      once(child, "exit").then(([code, signal]) => `ended with ${code ?? signal}`, String),
      after(READY_MS, `is not ready after ${READY_MS} ms`, { ref: false }),
    ]);
    if (why === undefined) return;
    const last = readFileSync(path, "utf8").split("\n").slice(-8).join("\n");
    throw new Error(`${nameOf(index)} ${why}; the end of its log:\n${last}`);
  }

  pidOf(index: number): number {
    const pid = this.#running.get(index)?.pid;
    if (pid === undefined) throw new Error(`${nameOf(index)} does not run`);
    return pid;
  }

  folderOf(index: number): string {
    return join(this.directory, "cluster", nameOf(index));
  }

  /** Copies what they logged to where `close` does not remove it; answers where that is. */
  keepLogs(): string {
    const kept = mkdtempSync(join(tmpdir(), "quorate-logs-"));
    for (const index of this.#place.members.keys()) cpSync(this.logOf(index), join(kept, `${nameOf(index)}.jsonl`));
    return kept;
  }

  logOf(index: number): string {
    return join(this.folderOf(index), "log.jsonl");
  }

  async close(): Promise<void> {
    const running = [...this.#running.values()];
    // One that is frozen cannot hear that it should stop.
    for (const child of running) child.kill("SIGCONT");
    await Promise.all(running.map((child) => ended(child, "SIGTERM")));
    this.#running.clear();
    process.off("exit", this.#atExit);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export function nameOf(index: number): string {
  return `r${index + 1}`;
}

function saidSo(child: ChildProcess): Promise<undefined> {
  return new Promise((resolve) => {
    child.on("message", ({ kind }: { readonly kind: string }) => {
      if (kind === "ready") resolve(undefined);
    });
  });
}

/** Looks at what it wrote from there on. */
async function foundIn(child: ChildProcess, path: string, from: number, words: RegExp): Promise<undefined> {
  const until = now() + READY_MS;
  while (now() < until && child.exitCode === null && child.signalCode === null) {
    if (words.test(readFileSync(path).toString("utf8", from))) return undefined;
    await pause(LOOK_MS);
  }
  // Whoever waits for the end, or for the time, says what became of it.
  return new Promise(() => {});
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = once(child, "exit");
  child.kill(signal);
  const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await exit;
  clearTimeout(late);
}
