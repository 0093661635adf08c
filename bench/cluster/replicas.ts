// The replicas of a run: each a `quorate start` of its own, from the bundle that users run.
//
// The laws it keeps: a replica comes back at its addresses with its disk; a signal goes to the process that was started
// here and to no other; `close` leaves no process and no file.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultCrash } from "@quorate/core";
import { CONFIG_FILE, makeCluster } from "../../packages/node/src/config/new-cluster.ts";
import type { Bundle } from "./bundle.ts";
import type { Place } from "./place.ts";

const READY_MS = 60_000;
const STOP_MS = 10_000;

export class Replicas {
  readonly directory: string;
  readonly #place: Place;
  readonly #bundle: Bundle;
  readonly #running = new Map<number, ChildProcess>();
  readonly #atExit = (): void => {
    for (const child of this.#running.values()) child.kill("SIGKILL");
  };

  private constructor(directory: string, place: Place, bundle: Bundle) {
    this.directory = directory;
    this.#place = place;
    this.#bundle = bundle;
    process.once("exit", this.#atExit);
  }

  /** Resolves when all serve. */
  static async start(place: Place, bundle: Bundle): Promise<Replicas> {
    const replicas = new Replicas(mkdtempSync(join(tmpdir(), "quorate-failover-")), place, bundle);
    try {
      await makeCluster({
        directory: join(replicas.directory, "cluster"),
        members: place.members.map((member, index) => ({ name: nameOf(index), stake: 1, ...member })),
        fault: { byzantine: 0, crash: defaultCrash(place.members.length, 0) },
        durability: "fsync",
      });
      await Promise.all(place.members.map((_, index) => replicas.restart(index)));
    } catch (error) {
      await replicas.close();
      throw error;
    }
    return replicas;
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
    const folder = join(this.directory, "cluster", nameOf(index));
    const path = this.logOf(index);
    const log = openSync(path, "a");
    const config = join(folder, CONFIG_FILE);
    const words = [process.execPath, this.#bundle.entry, "start", "--config", config, ...this.#place.flags];
    const [program = "", ...rest] = this.#place.atReplica(index, words);
    const child = spawn(program, rest, { stdio: ["ignore", log, log, "ipc"] });
    closeSync(log);
    this.#running.set(index, child);
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => {
        const last = readFileSync(path, "utf8").split("\n").slice(-8).join("\n");
        reject(new Error(`${nameOf(index)} ${why}; the end of its log:\n${last}`));
      };
      const late = setTimeout(() => fail(`is not ready after ${READY_MS} ms`), READY_MS);
      child.on("message", ({ kind }: { readonly kind: string }) => {
        if (kind !== "ready") return;
        clearTimeout(late);
        resolve();
      });
      child.once("error", (error) => fail(error.message));
      child.once("exit", (code, signal) => {
        clearTimeout(late);
        fail(`ended with ${code ?? signal}`);
      });
    });
  }

  pidOf(index: number): number {
    const pid = this.#running.get(index)?.pid;
    if (pid === undefined) throw new Error(`${nameOf(index)} does not run`);
    return pid;
  }

  logOf(index: number): string {
    return join(this.directory, "cluster", nameOf(index), "log.jsonl");
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

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = once(child, "exit");
  child.kill(signal);
  const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await exit;
  clearTimeout(late);
}
