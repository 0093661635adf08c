// Doors for a replica that was opened without them, such as one of a local cluster. `createReplica` opens its own.
import { type DoorsOptions, openDoors as open } from "../create-replica.ts";
import type { Door } from "../doors/door.ts";
import type { RunningReplica } from "../running-replica.ts";
import { type Log, SILENT } from "../telemetry/log.ts";
import { createMetrics } from "../telemetry/metrics.ts";

/**
 * Opens doors; all of them or none.
 *
 * @example
 * const listen = { host: "127.0.0.1", port: 0 };
 * const cluster = await createLocalCluster({ openDoors: (replica) => openDoors(replica, { http: { listen } }) });
 */
export function openDoors(
  replica: RunningReplica,
  { log = SILENT, ...doors }: DoorsOptions & { readonly log?: Log },
): Promise<readonly Door[]> {
  const metrics = createMetrics({
    members: replica.genesis.members.map(({ name }) => name),
    commands: replica.commands.keys(),
  });
  return open(replica, doors, metrics, log);
}
