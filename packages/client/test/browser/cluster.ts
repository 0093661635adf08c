// Replicas as processes of their own, made and started by nothing but the `quorate` command, each behind a link that
// browsers use. One can be killed and comes back at its ports with its disk.
//
// The law it keeps: nothing outlives it: each replica holds a channel to this process that closes with it, and `close`
// waits for every process that it started.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Link } from "./link.ts";

/** Below those that the system gives to outgoing connections, which could take the port of a dead replica. */
const PORTS_FROM = 14_000;
const PORTS_TO = 32_000;
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
    const cluster = new ProcessCluster(members, origins, await ownCommand());
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

/** The command in one piece, so that a start costs little; a copy, which nobody replaces while replicas load from it. */
async function ownCommand(): Promise<string> {
  const root = fileURLToPath(new URL("../../../..", import.meta.url));
  const { bundleCommand } = (await import(pathToFileURL(join(root, "scripts/bundle.mjs")).href)) as {
    bundleCommand(root: string): Promise<string>;
  };
  const made = dirname(await bundleCommand(root));
  const copy = mkdtempSync(`${made}-`);
  cpSync(made, copy, { recursive: true });
  return join(copy, "bin.mjs");
}

/** Ports in a row that nobody listens on. Somebody may take one before we do; then a replica says so. */
async function freePorts(count: number): Promise<readonly number[]> {
  for (;;) {
    const first = PORTS_FROM + Math.floor(Math.random() * (PORTS_TO - PORTS_FROM - count));
    const ports = Array.from({ length: count }, (_, at) => first + at);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return ports;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
