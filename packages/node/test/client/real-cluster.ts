// A real cluster with HTTP doors for the client: replicas are stopped and started again on their addresses, cut off, and
// counted on.
import { onTestFinished } from "vitest";
import { createAccess } from "../../src/access/replicated-access.ts";
import type { Door } from "../../src/doors/door.ts";
import { startHttpDoor } from "../../src/doors/http/http-door.ts";
import { createLocalCluster, type LocalCluster, type LocalClusterOptions } from "../../src/local-cluster.ts";
import type { RunningReplica } from "../../src/running-replica.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

export interface RealCluster extends LocalCluster {
  readonly urls: readonly string[];
}

export async function openRealCluster(options: LocalClusterOptions): Promise<RealCluster> {
  const ports = new Map<string, number>();
  const openDoors = async (replica: RunningReplica): Promise<readonly Door[]> => {
    const access = createAccess(replica);
    const metrics = createMetrics({ members: [], commands: replica.commands.keys() });
    const listen = { host: "127.0.0.1", port: ports.get(replica.name) ?? 0 };
    const door = await startHttpDoor({ replica, access, listen, metrics });
    ports.set(replica.name, Number(door.address.split(":").at(-1)));
    return [door];
  };
  const cluster = await createLocalCluster({ ...options, openDoors });
  onTestFinished(() => cluster.close());
  const urls = cluster.genesis.members.map(({ name }) => `http://127.0.0.1:${ports.get(name)}`);
  return Object.assign(cluster, { urls });
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
