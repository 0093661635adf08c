// A local cluster in one process: the same replicas, the same disks and links, without processes to kill.
import { loadConfig } from "../../config/load-config.ts";
import { readReplicaFiles } from "../../config/replica-files.ts";
import type { RunningReplica } from "../../running-replica.ts";
import { createLogger, type Logger } from "../../telemetry/logger.ts";
import type { Io } from "../verb.ts";
import type { LocalClusterFiles } from "./open-local-cluster.ts";
import type { StopEvents } from "./stop-events.ts";

export interface InProcessOptions {
  readonly io: Io;
  readonly events: StopEvents;
  readonly show: (pids: ReadonlyMap<string, number>) => void;
}

const LOOK_MS = 10;

/** Resolves when all have stopped; throws what stopped one of them by itself. */
export async function runInProcess(cluster: LocalClusterFiles, { io, events, show }: InProcessOptions): Promise<void> {
  const { openMember } = await import("../start/open-member.ts");
  const replicas: RunningReplica[] = [];
  const logs: Logger[] = [];
  try {
    for (const { config: file, flags, name } of cluster.members) {
      const loaded = await loadConfig({ file, env: {}, flags, directory: cluster.directory });
      const files = await readReplicaFiles(loaded);
      const log = createLogger({ level: "warn", member: name, write: io.stderr });
      logs.push(log);
      replicas.push(await openMember({ config: loaded.config, files, rebuild: false, log }));
    }
    while (!replicas.every((replica) => replica.ready().ready))
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    show(new Map());
    const failed = Promise.race(replicas.map(({ stopped }) => stopped));
    const end = await Promise.race([events.stop, failed]);
    if (typeof end !== "string" && end.failure !== undefined) throw end.failure;
    io.stderr("quorate: stopping\n");
  } finally {
    // That links go down is what stopping means.
    for (const log of logs) log.setLevel("error");
    await Promise.race([Promise.all(replicas.map((replica) => replica.close())), events.hurry]);
  }
}
