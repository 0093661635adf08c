// A cluster of real processes for programs that nobody here wrote: made as `quorate local` makes one, each replica a
// `quorate start` of its own, so that one can be killed with nobody's help and started again when a test says so.
//
// The laws it keeps: a replica comes back at its ports with its disk; nothing outlives the test: every replica holds a
// channel to this process that closes with it, and `close` waits for every process it ever started.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultCrash } from "@quorate/core";
import { type Bundle, copyBundle } from "../../../../bench/cluster/bundle.ts";
import { freePorts } from "../../../../bench/cluster/ports.ts";
import { CONFIG_FILE, makeCluster, type NewMember } from "../../src/config/new-cluster.ts";
import { DoorClient } from "../doors/redis/door-client.ts";

const HOST = "127.0.0.1";
const READY_MS = 60_000;
const STOP_MS = 15_000;

export interface ProgramClusterOptions {
  readonly replicas?: number;
  readonly byzantine?: number;
}

export class ProgramCluster {
  readonly members: readonly NewMember[];
  /** How many were killed so far. */
  kills = 0;
  readonly #directory: string;
  readonly #bundle: Bundle;
  readonly #running = new Map<number, ChildProcess>();

  private constructor(directory: string, bundle: Bundle, members: readonly NewMember[]) {
    this.#directory = directory;
    this.#bundle = bundle;
    this.members = members;
  }

  /** Resolves when all replicas serve. */
  static async start({ replicas = 5, byzantine = 0 }: ProgramClusterOptions = {}): Promise<ProgramCluster> {
    const bundle = await copyBundle();
    const ports = await freePorts(3 * replicas);
    const members = Array.from({ length: replicas }, (_, index): NewMember => {
      const [redis, http, peer] = ports.slice(3 * index, 3 * index + 3).map((port) => ({ host: HOST, port }));
      return { name: `r${index + 1}`, stake: 1, redis: redis!, http: http!, peer: peer! };
    });
    const directory = mkdtempSync(join(tmpdir(), "quorate-programs-"));
    const cluster = new ProgramCluster(directory, bundle, members);
    try {
      const fault = { byzantine, crash: defaultCrash(replicas, byzantine) };
      await makeCluster({ directory: join(directory, "cluster"), members, fault, durability: "fsync" });
      await Promise.all(members.map((_, index) => cluster.restart(index)));
      await Promise.all(members.map((_, index) => knowsItsUsers(cluster.redisPort(index))));
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  get size(): number {
    return this.members.length;
  }

  redisPort(index: number): number {
    return this.members[index]!.redis.port;
  }

  httpUrl(index: number): string {
    return `http://${HOST}:${this.members[index]!.http.port}`;
  }

  /** As a crash: no signal that it could answer, nothing flushed. Resolves when the process is gone. */
  async kill(index: number): Promise<void> {
    const process = this.#running.get(index);
    if (process === undefined) return;
    this.#running.delete(index);
    this.kills++;
    await ended(process, "SIGKILL");
  }

  /** Resolves when it serves again. */
  async restart(index: number): Promise<void> {
    const { name } = this.members[index]!;
    const folder = join(this.#directory, "cluster", name);
    const path = join(folder, "log.jsonl");
    const log = openSync(path, "a");
    const words = [this.#bundle.entry, "start", "--config", join(folder, CONFIG_FILE)];
    const process = spawn(globalThis.process.execPath, words, {
      stdio: ["ignore", log, log, "ipc"],
      env: cleanEnvironment(),
    });
    closeSync(log);
    this.#running.set(index, process);
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => {
        const last = readFileSync(path, "utf8").split("\n").slice(-8).join("\n");
        reject(new Error(`${name} ${why}; the end of its log:\n${last}`));
      };
      const late = setTimeout(() => fail(`is not ready after ${READY_MS} ms`), READY_MS);
      process.on("message", ({ kind }: { readonly kind: string }) => {
        if (kind !== "ready") return;
        clearTimeout(late);
        resolve();
      });
      process.once("exit", (code, signal) => {
        clearTimeout(late);
        fail(`ended with ${code ?? signal}`);
      });
    });
  }

  /** Stops what runs, in order, and leaves nothing behind. */
  async close(): Promise<void> {
    const running = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(running.map((process) => ended(process, "SIGTERM")));
    rmSync(this.#directory, { recursive: true, force: true });
    this.#bundle.remove();
  }
}

/** What is set for these tests is no setting of a replica. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("QUORATE_")));
}

async function ended(process: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const exit = once(process, "exit");
  process.kill(signal);
  const late = setTimeout(() => process.kill("SIGKILL"), STOP_MS);
  await exit;
  clearTimeout(late);
}

/** A replica of a new cluster is ready a moment before it has made sure that there are no users. */
async function knowsItsUsers(port: number): Promise<void> {
  const client = await DoorClient.connect(port);
  while ((await client.run("PING")).startsWith("-LOADING")) await pause(10);
  client.close();
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
