// A few small clusters to read and write bytes for: both fault models, odd and even sizes, a bitmap of one byte and of
// two, uneven stake, an epoch that is not the first.
import type { BlockContext } from "../../src/codec/block-context.ts";
import { createCommittee } from "../../src/committee/committee.ts";
import type { FaultBounds } from "../../src/committee/quorum.ts";
import { createToyCrypto } from "../../src/crypto-toy.ts";
import { FORMAT_VERSION, type Genesis, genesisHash } from "../../src/genesis.ts";
import type { Limits } from "../../src/limits.ts";

export interface Cluster {
  readonly name: string;
  readonly genesis: Genesis;
  /** By author: the context in which that member signs. All of them read alike. */
  readonly contexts: readonly BlockContext[];
  /** The same members in another cluster. */
  readonly strangers: readonly BlockContext[];
}

/** Small enough that a fuzzer meets each of them often. */
export const SMALL_LIMITS: Limits = {
  gcDepth: 64,
  weakDepth: 24,
  payloadBytesMax: 400,
  commandsPerBlockMax: 12,
  evidencePerBlockMax: 2,
  checkpointCommits: 8,
};

interface Shape {
  readonly name: string;
  readonly stakes: readonly number[];
  readonly fault: FaultBounds;
  readonly epoch?: number;
  readonly limits?: Limits;
}

export function createCluster({ name, stakes, fault, epoch = 0, limits = SMALL_LIMITS }: Shape): Cluster {
  const members = stakes.map((stake, author) => ({ name: `m${author}`, stake, publicKey: new Uint8Array(0) }));
  const committee = createCommittee({ members, fault, epoch });
  const genesis: Genesis = {
    clusterId: "00112233445566778899aabbccddeeff",
    formatVersion: FORMAT_VERSION,
    machineVersion: 1,
    members,
    fault,
    limits,
  };
  const contextsOf = (of: Genesis, seed: number): readonly BlockContext[] =>
    stakes.map((_, self) => {
      const crypto = createToyCrypto({ self, seed });
      return { committee, limits, crypto, genesisHash: genesisHash(of, crypto) };
    });
  return {
    name,
    genesis,
    contexts: contextsOf(genesis, 7),
    strangers: contextsOf({ ...genesis, clusterId: "ff".repeat(16) }, 7),
  };
}

const ones = (count: number): number[] => Array.from({ length: count }, () => 1);

export const CLUSTERS: readonly Cluster[] = [
  createCluster({ name: "n=3 c=1", stakes: ones(3), fault: { crash: 1, byzantine: 0 } }),
  createCluster({ name: "n=5 c=2, epoch 3", stakes: ones(5), fault: { crash: 2, byzantine: 0 }, epoch: 3 }),
  createCluster({ name: "n=9 c=4", stakes: ones(9), fault: { crash: 4, byzantine: 0 } }),
  createCluster({ name: "stakes 3 1 1 1 1, c=3", stakes: [3, 1, 1, 1, 1], fault: { crash: 3, byzantine: 0 } }),
  createCluster({ name: "n=4 f=1", stakes: ones(4), fault: { crash: 0, byzantine: 1 } }),
  createCluster({ name: "n=9 f=2 c=1", stakes: ones(9), fault: { crash: 1, byzantine: 2 } }),
  createCluster({
    name: "stakes 2 2 1 1 1, f=1, epoch 2",
    stakes: [2, 2, 1, 1, 1],
    fault: { crash: 0, byzantine: 1 },
    epoch: 2,
  }),
];

export function isByzantine(cluster: Cluster): boolean {
  return cluster.genesis.fault.byzantine > 0;
}
