// From a checked configuration to a running replica: the one place where settings become the options of a replica.
import type { DoorConfig, ReplicaConfig } from "../../config/replica-config.ts";
import type { ReplicaFiles, TlsPair } from "../../config/replica-files.ts";
import { createReplica, type DeployedReplica } from "../../create-replica.ts";
import type { DoorTls } from "../../doors/certificates.ts";
import type { Log } from "../../telemetry/log.ts";

export interface MemberOptions {
  readonly config: ReplicaConfig;
  readonly files: ReplicaFiles;
  readonly rebuild: boolean;
  readonly log: Log;
}

export function openMember({ config, files, rebuild, log }: MemberOptions): Promise<DeployedReplica> {
  const { access, data, durability, http, member, peers, redis } = config;
  return createReplica({
    genesis: files.genesis,
    member,
    privateKey: files.privateKey,
    directory: data,
    durability,
    rebuild,
    listen: peers.listen,
    peers: peers.addresses,
    doors: {
      redis: redis === undefined ? undefined : doorOf(redis, files.tls.redis),
      http:
        http === undefined ? undefined : { ...doorOf(http, files.tls.http), hosts: http.hosts, origins: http.origins },
      signInRequired: access === "users",
    },
    log,
  });
}

function doorOf({ listen }: DoorConfig, tls: TlsPair | undefined) {
  return { listen, tls: tls === undefined ? undefined : tlsOf(tls) };
}

/** What a door is given of a pair of files. */
export function tlsOf({ certificate, key }: TlsPair): DoorTls {
  return { cert: certificate, key };
}
