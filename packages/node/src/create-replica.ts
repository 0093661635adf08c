// A replica as it is deployed: mutual TLS to its peers, doors for its clients, users, metrics. This is where the parts
// are put together; each of them works by itself.
import type { KeyObject } from "node:crypto";
import { genesisHash } from "@quorate/core";
import { commandTable, FAMILIES } from "@quorate/machine";
import { createAccess } from "./access/replicated-access.ts";
import { createNodeCrypto } from "./crypto/index.ts";
import type { DoorTls } from "./doors/certificates.ts";
import type { Door, Listen } from "./doors/door.ts";
import { type HttpDoorOptions, startHttpDoor } from "./doors/http/http-door.ts";
import { type RedisDoorOptions, startRedisDoor } from "./doors/redis/redis-door.ts";
import { type ReplicaOptions as OpenOptions, openReplica } from "./replica.ts";
import type { RunningReplica } from "./running-replica.ts";
import { SILENT } from "./telemetry/log.ts";
import { createMetrics, type Metrics } from "./telemetry/metrics.ts";
import { createTlsTransport, type TlsTransport } from "./transport/index.ts";

export interface DoorsOptions {
  readonly redis?: Pick<RedisDoorOptions, "listen" | "tls" | "limits" | "deadlineMs"> | undefined;
  readonly http?: Pick<HttpDoorOptions, "listen" | "tls" | "hosts" | "origins" | "limits"> | undefined;
  /** Nobody is served before signing in, also while there are no users. */
  readonly signInRequired?: boolean;
}

export interface ReplicaOptions
  extends Pick<
    OpenOptions,
    "genesis" | "member" | "directory" | "durability" | "rebuild" | "modules" | "guard" | "log" | "clock" | "files"
  > {
  readonly privateKey: KeyObject;
  /** Where this replica takes the connections of the other members. */
  readonly listen: Listen;
  /** Where each other member can be reached, by name. Looked at before every attempt, so entries may change. */
  readonly peers: ReadonlyMap<string, Listen>;
  /** Left out: no client comes in but the code that holds the replica. */
  readonly doors?: DoorsOptions;
}

/** A replica with the doors that it was given. */
export interface DeployedReplica extends RunningReplica {
  /**
   * Shows these certificates, by the names of doors, to whoever connects from now on; connections that stand go on.
   * Throws where one cannot be shown, or a door speaks no TLS; that door then keeps the one it has.
   */
  renewCertificates(certificates: Readonly<Record<string, DoorTls>>): void;
}

/** Opens a replica that talks to its peers over TLS, and its doors. */
export async function createReplica(options: ReplicaOptions): Promise<DeployedReplica> {
  const { doors = {}, genesis, listen, log = SILENT, member, modules = [], peers, privateKey, ...rest } = options;
  const metrics = createMetrics({
    members: genesis.members.map(({ name }) => name),
    commands: commandTable([...FAMILIES, ...modules]).keys(),
  });
  let transport: TlsTransport | undefined;
  let opened: readonly Door[] = [];
  const replica = await openReplica({
    ...rest,
    genesis,
    member,
    privateKey,
    modules,
    log,
    observer: metrics.driver,
    openDoors: async (behind) => {
      opened = await openDoors(behind, doors, metrics, log);
      return opened;
    },
    linkProblems: () => {
      const peers = transport?.facts().peers ?? [];
      const problems = peers.flatMap(({ peer, problem }) => {
        return problem === undefined ? [] : [[genesis.members[peer]!.name, problem] as const];
      });
      return Object.fromEntries(problems);
    },
    createTransport(boot) {
      transport = createTlsTransport({
        self: genesis.members.findIndex(({ name }) => name === member),
        genesis,
        genesisHash: genesisHash(genesis, createNodeCrypto({ publicKeys: [] })),
        boot,
        privateKey,
        // A second life of the same replica stays where its peers look for it.
        listen: { host: listen.host, port: transport?.port ?? listen.port },
        addressOf: (peer) => peers.get(genesis.members[peer]!.name),
        log,
      });
      return transport;
    },
  });
  metrics.watch({
    status: () => replica.status(),
    census: () => replica.census(),
    transport: () => transport?.facts(),
    directory: options.directory,
  });
  return Object.assign(replica, {
    renewCertificates(certificates: Readonly<Record<string, DoorTls>>): void {
      for (const [name, tls] of Object.entries(certificates)) {
        const door = opened.find((one) => one.name === name);
        if (door === undefined) throw new TypeError(`there is no door ${name} here`);
        door.renewCertificate(tls);
      }
    },
  });
}

/** All of them, or none: what one cannot open must not leave another one behind. */
export async function openDoors(
  replica: RunningReplica,
  { http, redis, signInRequired = false }: DoorsOptions,
  metrics: Metrics,
  log: NonNullable<ReplicaOptions["log"]>,
): Promise<readonly Door[]> {
  const access = createAccess(replica, { required: signInRequired });
  const opening = await Promise.allSettled([
    ...(redis === undefined ? [] : [startRedisDoor({ ...redis, replica, access, log, observer: metrics })]),
    ...(http === undefined ? [] : [startHttpDoor({ ...http, replica, access, log, metrics })]),
  ]);
  const opened = opening.flatMap((door) => (door.status === "fulfilled" ? [door.value] : []));
  const failed = opening.find((door) => door.status === "rejected");
  if (failed === undefined) return opened;
  await Promise.all(opened.map((door) => door.close()));
  throw failed.reason;
}
