// Replicas as processes of their own, made and started by nothing but the `quorate` command, each behind a link that
// browsers use. One can be killed and comes back at its ports with its disk.
//
// The law it keeps: nothing outlives it: each replica holds a channel to this process that closes with it, and `close`
// waits for every process that it started.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { copyBundle } from "../../../../bench/cluster/bundle.ts";
import { freePorts } from "../../../../bench/cluster/ports.ts";
import { Link } from "./link.ts";

const SAID_CHARS_MAX = 2_000;

export interface ClusterOptions {
  readonly replicas: number;
  readonly byzantine: number;
  /** Origins of pages that are let in. */
  readonly origins: readonly string[];
}

interface Member {
  readonly name: string;
  readonly http: number;
  readonly link: Link;
}

export class ProcessCluster {
  readonly links: readonly Link[];
  readonly #members: readonly Member[];
  readonly #origins: readonly string[];
  readonly #directory: string;
  readonly #command: string;
  readonly #running = new Map<string, ChildProcess>();

  private constructor(members: readonly Member[], origins: readonly string[], command: string) {
    this.#members = members;
    this.links = members.map(({ link }) => link);
    this.#origins = origins;
    this.#command = command;
    this.#directory = mkdtempSync(join(tmpdir(), "quorate-browser-"));
  }

  /** Resolves when all replicas serve. */
  static async start({ replicas, byzantine, origins }: ClusterOptions): Promise<ProcessCluster> {
    const ports = await freePorts(3 * replicas);
    const members = Array.from({ length: replicas }, (_, at): Member => {
      const [http, link] = [ports[3 * at]!, ports[3 * at + 1]!];
      return { name: `r${at + 1}`, http, link: new Link(link, http) };
    });
    const cluster = new ProcessCluster(members, origins, (await copyBundle()).entry);
    try {
      const peers = members.map(({ name }, at) => `${name}=127.0.0.1:${ports[3 * at + 2]}`).join(",");
      const flags = ["--byzantine", String(byzantine), "--durability", "os", "--dir", cluster.#home];
      const init = cluster.#spawn(["init", "--members", peers, ...flags]);
      const [code] = (await once(init, "exit")) as [number];
      if (code !== 0) throw new Error(`quorate init ended with ${code}`);
      await Promise.all(members.map(({ link }) => cluster.start(link)));
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  get urls(): string[] {
    return this.links.map(({ url }) => url);
  }

  get #home(): string {
    return join(this.#directory, "cluster");
  }

  /** As a crash, at once: no signal that it could answer, nothing flushed, and nobody listens any more. */
  kill(link: Link): void {
    const { name } = this.#member(link);
    this.#running.get(name)?.kill("SIGKILL");
    link.close();
  }

  /** Starts the one behind that link, after a kill on what it left. Resolves when it serves. */
  async start(link: Link): Promise<void> {
    const { name, http } = this.#member(link);
    const before = this.#running.get(name);
    if (before !== undefined) await ended(before);
    const config = join(this.#home, name, "quorate.yaml");
    const listen = ["--http-listen", `127.0.0.1:${http}`, "--redis-listen", "off"];
    const started = this.#spawn(["start", "--config", config, ...listen, "--http-origins", this.#origins.join(",")]);
    this.#running.set(name, started);
    let said = "";
    started.stderr!.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-SAID_CHARS_MAX);
    });
    await new Promise<void>((resolve, reject) => {
      started.on("message", ({ kind }: { readonly kind: string }) => kind === "ready" && resolve());
      started.once("exit", (code, signal) =>
        reject(new Error(`${name} ended with ${code ?? signal}; it said:\n${said}`)),
      );
    });
    await link.open();
  }

  async close(): Promise<void> {
    for (const link of this.links) link.close();
    for (const process of this.#running.values()) process.kill("SIGKILL");
    await Promise.all([...this.#running.values()].map(ended));
    rmSync(this.#directory, { recursive: true, force: true });
    rmSync(dirname(this.#command), { recursive: true, force: true });
  }

  #member(link: Link): Member {
    return this.#members.find((member) => member.link === link)!;
  }

  #spawn(words: readonly string[]): ChildProcess {
    // What is set for these tests is no setting of a replica.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("QUORATE_")));
    return spawn(process.execPath, [this.#command, ...words], { stdio: ["ignore", "ignore", "pipe", "ipc"], env });
  }
}

async function ended(process: ChildProcess): Promise<void> {
  if (process.exitCode === null && process.signalCode === null) await once(process, "exit");
}
