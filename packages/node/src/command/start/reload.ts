// What SIGHUP does to a replica that runs: the configuration and the files that it names are read and checked again as at a
// start, and what can change without one does: the log's level, and the certificates that doors show.
//
// The law it keeps: all or nothing. Where anything is wrong, the log says what, and the replica goes on as it was.
import type { ReplicaConfig } from "../../config/replica-config.ts";
import type { ReplicaFiles } from "../../config/replica-files.ts";
import type { DeployedReplica } from "../../create-replica.ts";
import { type DoorTls, validUntil } from "../../doors/certificates.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { tlsOf } from "./open-member.ts";

/** Reads everything again, or throws what is wrong with it. */
export type Reload = () => Promise<{ readonly config: ReplicaConfig; readonly files: ReplicaFiles }>;

const DOORS = ["redis", "http"] as const;

/** `began` is what the replica was started with: a door that spoke plainly then does so until the next start. */
export async function reload(read: Reload, replica: DeployedReplica, began: ReplicaFiles, log: Logger): Promise<void> {
  try {
    const { config, files } = await read();
    const certificates: Record<string, DoorTls> = {};
    for (const door of DOORS) {
      const pair = files.tls[door];
      if (began.tls[door] !== undefined && pair !== undefined) certificates[door] = tlsOf(pair);
    }
    replica.renewCertificates(certificates);
    const { level } = config.log;
    log.setLevel(level);
    const validUntilOf = Object.fromEntries(Object.entries(certificates).map(([door, tls]) => [door, validUntil(tls)]));
    log.info(
      { level, certificates: validUntilOf },
      "configuration read again; log.level and the certificates of doors apply, anything else after a restart",
    );
  } catch (error) {
    log.error(
      { error: error instanceof Error ? error.message : String(error), kept: "log.level, certificates of doors" },
      "the configuration was not read again",
    );
  }
}
