// A data directory for a member of a new cluster, without the command. Made once in the life of a cluster: a replica that
// finds an empty folder instead recovers from the others, so that nothing can found a second history.
import { type Genesis, genesisHash } from "@quorate/core";
import { createNodeCrypto } from "../crypto/index.ts";
import { createDataDirectory } from "../storage/index.ts";

export interface NewDataDirectoryOptions {
  /** Made where it is missing; refused where it holds data. */
  readonly directory: string;
  /** The same for all members. */
  readonly genesis: Genesis;
}

/** Makes the data directory of one member of a new cluster; throws a `StorageError` where there is data already. */
export function newDataDirectory({ directory, genesis }: NewDataDirectoryOptions): Promise<void> {
  const hash = genesisHash(genesis, createNodeCrypto({ publicKeys: [] }));
  return createDataDirectory({ directory, clusterId: genesis.clusterId, genesisHash: hash });
}
