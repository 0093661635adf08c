// From a checked configuration to a running replica: the one place where settings become the options of a replica.
import type { ReplicaConfig } from "../../config/replica-config.ts";
import type { ReplicaFiles } from "../../config/replica-files.ts";
import { createReplica } from "../../create-replica.ts";
import type { RunningReplica } from "../../running-replica.ts";
import type { Log } from "../../telemetry/log.ts";

export interface MemberOptions {
  readonly config: ReplicaConfig;
  readonly files: ReplicaFiles;
  readonly rebuild: boolean;
  readonly log: Log;
}

export function openMember({ config, files, rebuild, log }: MemberOptions): Promise<RunningReplica> {
  const { member, data, durability, peers } = config;
  return createReplica({
    genesis: files.genesis,
    member,
    privateKey: files.privateKey,
    directory: data,
    durability,
    rebuild,
    listen: peers.listen,
    peers: peers.addresses,
    log,
  });
}
