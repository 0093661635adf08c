// A replica as it is deployed: mutual TLS to its peers, doors for its clients, users, metrics. This is where the parts
// are put together; each of them works by itself.
import type { KeyObject } from "node:crypto";
import { genesisHash } from "@quorate/core";
import { createNodeCrypto } from "./crypto/index.ts";
import type { Listen } from "./doors/door.ts";
import { type ReplicaOptions as OpenOptions, openReplica } from "./replica.ts";
import type { RunningReplica } from "./running-replica.ts";
import { createTlsTransport, type TlsTransport } from "./transport/index.ts";

export interface ReplicaOptions
  extends Pick<
    OpenOptions,
    "genesis" | "member" | "directory" | "durability" | "rebuild" | "modules" | "guard" | "log"
  > {
  readonly privateKey: KeyObject;
  /** Where this replica takes the connections of the other members. */
  readonly listen: Listen;
  /** Where each other member can be reached, by name. Looked at before every attempt, so entries may change. */
  readonly peers: ReadonlyMap<string, Listen>;
}

/** Opens a replica that talks to its peers over TLS. */
export function createReplica(options: ReplicaOptions): Promise<RunningReplica> {
  const { genesis, listen, log, member, peers, privateKey, ...rest } = options;
  let transport: TlsTransport | undefined;
  return openReplica({
    ...rest,
    genesis,
    member,
    privateKey,
    ...(log === undefined ? {} : { log }),
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
        ...(log === undefined ? {} : { log }),
      });
      return transport;
    },
  });
}
