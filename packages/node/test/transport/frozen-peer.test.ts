// Real processes that freeze and die. A killed one is missed at once, because its sockets are closed for it; a frozen one
// only by its silence, and it learns when it wakes that the others have gone on without it.
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { toHex } from "@quorate/core";
import { afterEach, expect, it } from "vitest";
import { TlsCluster } from "./tls-cluster.ts";

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
});

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let waited = 0; !holds(); waited += 10) {
    if (waited > 30_000) throw new Error(`never: ${what}`);
    await sleep(10);
  }
}

/** Member `self` of a pair runs in a process of its own. */
function start(cluster: TlsCluster, self: number, boot: number): { child: ChildProcess; said: string[] } {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const program = fileURLToPath(new URL("speak-until-killed.ts", import.meta.url));
  const options = {
    self,
    boot,
    address: cluster.address(1 - self),
    genesis: {
      clusterId: cluster.genesis.clusterId,
      members: cluster.genesis.members.map(({ name }) => name),
      keys: cluster.genesis.members.map(({ publicKey }) => toHex(publicKey)),
    },
    key: cluster.keys[self]!.privateKey.export({ format: "pem", type: "pkcs8" }),
  };
  const child = spawn(
    process.execPath,
    ["--conditions=@quorate/source", "--import", loader, program, JSON.stringify(options)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  children.add(child);
  const said: string[] = [];
  let rest = "";
  child.stdout!.on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    said.push(...lines);
  });
  return { child, said };
}

it.each([
  ["dials", 0],
  ["is dialled", 1],
])(
  "a peer that %s is missed when it freezes, comes back when it wakes, and is missed at once when it is killed",
  async (_, self) => {
    const cluster = new TlsCluster(2);
    const here = 1 - self;
    const transport = cluster.transport(here);
    const told: string[] = [];
    const frames: string[] = [];
    let port: number | undefined;
    const address = cluster.address.bind(cluster);
    cluster.address = (peer) =>
      peer === here ? address(peer) : port === undefined ? undefined : { host: "127.0.0.1", port };
    await transport.open({
      up: (peer) => told.push(`up ${peer}`),
      down: (peer) => told.push(`down ${peer}`),
      frame: (_from, bytes) => frames.push(Buffer.from(bytes).toString()),
    });
    let { child, said } = start(cluster, self, 1_000);
    const portOf = (lines: readonly string[]): number | undefined => {
      const line = lines.find((text) => text.startsWith("port "));
      return line === undefined ? undefined : Number(line.slice(5));
    };
    await until(() => (port = portOf(said)) !== undefined, "it listens");
    const echo = async (text: string): Promise<void> => {
      await until(() => {
        transport.send(self, "catch-up", Buffer.from(text));
        return frames.includes(text);
      }, `an echo of ${text}`);
    };
    await until(() => told.length === 1, "up");
    await echo("before");

    child.kill("SIGSTOP");
    await until(() => told.length === 2, "down");
    // Its kernel takes connections all the while; nothing comes of them.
    await sleep(2_000);
    expect(told).toEqual([`up ${self}`, `down ${self}`]);
    child.kill("SIGCONT");
    await until(() => told.length === 3, "up again");
    await echo("awake");
    expect(said.filter((text) => !text.startsWith("port"))).toEqual([`up ${here}`, `down ${here}`, `up ${here}`]);

    child.kill("SIGKILL");
    await until(() => told.length === 4, "down at once");
    ({ child, said } = start(cluster, self, 1_001));
    await until(() => (port = portOf(said)) !== undefined, "it listens again");
    await echo("reborn");
    expect(told).toEqual([`up ${self}`, `down ${self}`, `up ${self}`, `down ${self}`, `up ${self}`]);
    const ended = transport.facts().peers[0]?.ended;
    expect(ended?.silent).toBe(1);
    await transport.close();
  },
);
