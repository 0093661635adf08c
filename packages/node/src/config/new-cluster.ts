// Makes a new cluster: a key for each member, the genesis that names them all, and for each member a folder with all that
// its machine needs. The only place beside tests where data directories come to be, so that nothing else can ever start a
// second history.
//
// The laws it keeps: nothing is overwritten; `genesis.json` in the root is written last, so a folder that has it is whole.
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommitteeOptions, createCommittee, type FaultBounds, type Genesis, genesisHash } from "@quorate/core";
import { type KeyPair, makeKeyPair, writePrivateKey } from "../crypto/keys.ts";
import { createNodeCrypto } from "../crypto/node-crypto.ts";
import { createDataDirectory, type Durability } from "../storage/data-directory.ts";
import { type Address, isLoopback, printAddress } from "./address.ts";
import { newGenesis, printGenesis } from "./genesis-file.ts";
import { ConfigProblems } from "./problem.ts";

export interface NewMember {
  readonly name: string;
  readonly stake: number;
  /** Where the others reach it. */
  readonly peer: Address;
  readonly redis: Address;
  readonly http: Address;
}

export interface NewClusterOptions {
  readonly directory: string;
  readonly members: readonly NewMember[];
  readonly fault: FaultBounds;
  readonly durability: Durability;
}

/** Writes everything and answers the genesis; refuses a directory that holds anything. */
export async function makeCluster(options: NewClusterOptions): Promise<Genesis> {
  const { directory, members, fault } = options;
  const keyed = members.map((member) => ({ ...member, key: makeKeyPair() }));
  // Whatever cannot work is refused before anything is written.
  const committee: Pick<CommitteeOptions, "members" | "fault"> = {
    members: keyed.map(({ name, stake, key }) => ({ name, stake, publicKey: key.publicKey })),
    fault,
  };
  createCommittee(committee);
  await mkdir(directory, { recursive: true });
  const found = await readdir(directory);
  if (found.length > 0) {
    const what = `the folder holds ${found.slice(0, 3).join(", ")}${found.length > 3 ? " and more" : ""}; nothing is ever overwritten: name a new folder with --dir`;
    throw new ConfigProblems([{ key: "", where: directory, what }]);
  }
  const genesis = newGenesis(committee);
  for (const member of keyed) await writeMember(member, genesis, options);
  await writeFile(join(directory, GENESIS_FILE), printGenesis(genesis), { flag: "wx" });
  return genesis;
}

export const GENESIS_FILE = "genesis.json";
export const CONFIG_FILE = "quorate.yaml";

async function writeMember(
  member: NewMember & { readonly key: KeyPair },
  genesis: Genesis,
  { directory, members, durability }: NewClusterOptions,
): Promise<void> {
  const folder = join(directory, member.name);
  await mkdir(folder, { mode: 0o700 });
  await writePrivateKey(join(folder, "key.pem"), member.key.privateKey);
  await writeFile(join(folder, GENESIS_FILE), printGenesis(genesis), { flag: "wx" });
  await writeFile(join(folder, CONFIG_FILE), printConfigFile(member, { members, durability, genesis }), { flag: "wx" });
  await createDataDirectory({
    directory: join(folder, "data"),
    clusterId: genesis.clusterId,
    genesisHash: genesisHash(genesis, createNodeCrypto({ publicKeys: [] })),
  });
}

interface Surroundings {
  readonly members: readonly NewMember[];
  readonly durability: Durability;
  readonly genesis: Genesis;
}

function printConfigFile(member: NewMember, { members, durability, genesis }: Surroundings): string {
  const { peer } = member;
  // Every address of this machine: the member's own name may not even resolve here. Links need its key either way.
  const listen = isLoopback(peer.host) ? peer : { host: "0.0.0.0", port: peer.port };
  return `# Member ${member.name} of cluster ${genesis.clusterId}. docs/configuration.md lists every setting;
# the environment overrides what stands here, flags override both.
member: ${quote(member.name)}
genesis: ${GENESIS_FILE}
key: key.pem
data: data
durability: ${durability}

peers:
  listen: ${quote(printAddress(listen))}
  addresses:
${members.map(({ name, peer }) => `    ${quote(name)}: ${quote(printAddress(peer))}`).join("\n")}

redis:
  listen: ${quote(printAddress(member.redis))}

http:
  listen: ${quote(printAddress(member.http))}
`;
}

/** YAML's own words and numbers are names of members too: `no`, `1`. */
function quote(text: string): string {
  return JSON.stringify(text);
}
