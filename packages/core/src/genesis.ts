// What all members must agree on before the first block. Its hash stands in every handshake, log segment, store and
// snapshot: two clusters can never mix.

import { concatBytes } from "./bytes.ts";
import { domainTag } from "./codec/hashing.ts";
import { Reader } from "./codec/reader.ts";
import { decodeUtf8, encodeUtf8 } from "./codec/utf8.ts";
import { Writer } from "./codec/writer.ts";
import { MEMBERS_MAX, type Member } from "./committee/committee.ts";
import type { FaultBounds } from "./committee/quorum.ts";
import { invariant } from "./invariant.ts";
import type { Limits } from "./limits.ts";
import type { Crypto } from "./ports/crypto.ts";
import { type Rejection, reject } from "./rejection.ts";

/** Version of blocks, messages, cursors, commands and the block log, all together. */
export const FORMAT_VERSION = 1;

export interface Genesis {
  /** Chosen once, at random, by whoever makes the cluster. 16 bytes as hex. */
  readonly clusterId: string;
  /** Versions of the wire and disk formats. */
  readonly formatVersion: number;
  /** Version of the machine's semantics. */
  readonly machineVersion: number;
  readonly members: readonly Member[];
  readonly fault: FaultBounds;
  readonly limits: Limits;
}

const DOMAIN = domainTag("quorate genesis 1");
const CLUSTER_ID_BYTES = 16;
const NAME_BYTES_MAX = 256;
const PUBLIC_KEY_BYTES_MAX = 256;

// The order in which the limits are written. A limit that is missing here is a compile error.
const LIMITS = Object.keys({
  gcDepth: 0,
  weakDepth: 0,
  payloadBytesMax: 0,
  commandsPerBlockMax: 0,
  evidencePerBlockMax: 0,
  checkpointCommits: 0,
} satisfies Record<keyof Limits, 0>) as (keyof Limits)[];

/** The one encoding of a genesis. */
export function encodeGenesis(genesis: Genesis): Uint8Array {
  invariant(genesis.clusterId.length === 2 * CLUSTER_ID_BYTES, "a cluster id is 16 bytes as hex");
  const writer = new Writer(256);
  writer.hex(genesis.clusterId);
  writer.varint(genesis.formatVersion);
  writer.varint(genesis.machineVersion);
  writer.varint(genesis.members.length);
  for (const { name, stake, publicKey } of genesis.members) {
    writer.sized(encodeUtf8(name));
    writer.varint(stake);
    writer.sized(publicKey);
  }
  writer.varint(genesis.fault.crash);
  writer.varint(genesis.fault.byzantine);
  for (const limit of LIMITS) writer.varint(genesis.limits[limit]);
  return writer.finish();
}

/** Reads a genesis; whether its committee and limits hold together is asked by those who build them. Never throws. */
export function decodeGenesis(bytes: Uint8Array): Genesis | Rejection {
  const reader = new Reader(bytes);
  const clusterId = reader.hex(CLUSTER_ID_BYTES);
  const formatVersion = reader.varint();
  // Another version has another layout: nothing after this could be read.
  if (reader.failure === undefined && formatVersion !== FORMAT_VERSION) {
    return reject("bad-version", { formatVersion, expected: FORMAT_VERSION });
  }
  const machineVersion = reader.varint();
  const count = reader.count(MEMBERS_MAX, 3);
  const members: Member[] = [];
  for (let index = 0; index < count && reader.failure === undefined; index++) {
    const name = decodeUtf8(reader.sized(NAME_BYTES_MAX));
    if (name === undefined) reader.fail("non-canonical", { member: index, name: "not UTF-8" });
    members.push({
      name: name ?? "",
      stake: reader.varint(),
      publicKey: reader.sized(PUBLIC_KEY_BYTES_MAX).slice(),
    });
  }
  const fault: FaultBounds = { crash: reader.varint(), byzantine: reader.varint() };
  const limits = Object.fromEntries(LIMITS.map((limit) => [limit, reader.varint()])) as unknown as Limits;
  reader.end();
  return reader.failure ?? { clusterId, formatVersion, machineVersion, members, fault, limits };
}

/** Names a cluster: 32 bytes over everything its members agree on. */
export function genesisHash(genesis: Genesis, crypto: Pick<Crypto, "hash">): Uint8Array {
  return crypto.hash(concatBytes([DOMAIN, encodeGenesis(genesis)]));
}
