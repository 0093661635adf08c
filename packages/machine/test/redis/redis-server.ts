// Starts a real Redis of the test's own: on a free loopback port, without persistence, in a directory of its own that
// goes with it. Nothing is assumed to run already, and nothing is left running.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../../../../bench/cluster/ports.ts";
import { RespClient } from "./resp-client.ts";

/** The version of the installed redis-server, or undefined where there is none. */
export function redisVersion(): string | undefined {
  const { stdout } = spawnSync("redis-server", ["--version"], { encoding: "utf8" });
  return /v=(\S+)/.exec(stdout ?? "")?.[1];
}

const MEMORY_KIB_MAX = 4 * 1024 * 1024;

export class RedisServer {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #directory: string;

  private constructor(port: number, child: ChildProcess, directory: string) {
    this.port = port;
    this.#process = child;
    this.#directory = directory;
  }

  static async start(): Promise<RedisServer> {
    const [port = 0] = await freePorts(1);
    const directory = mkdtempSync(join(tmpdir(), "quorate-redis-"));
    const options = { port, bind: "127.0.0.1", dir: directory, save: "", appendonly: "no", databases: 1 };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    // A hostile argument must not cost the machine its memory: the server that would try dies instead, and the test tells.
    const bounded = `ulimit -v ${MEMORY_KIB_MAX}; exec redis-server "$@"`;
    const child = spawn("sh", ["-c", bounded, "redis-server", ...args], { stdio: "ignore" });
    const server = new RedisServer(port, child, directory);
    for (let attempt = 0; ; attempt++) {
      try {
        const client = await RespClient.connect(port);
        await client.send([["PING"]]);
        client.close();
        return server;
      } catch (error) {
        if (attempt === 200) {
          await server.stop();
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = new Promise((resolve) => this.#process.once("exit", resolve));
      this.#process.kill("SIGKILL");
      await ended;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
