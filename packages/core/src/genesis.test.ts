// The name of a cluster changes with everything that its members must agree on.
import { describe, expect, it } from "vitest";
import { CLUSTERS } from "../test/codec/clusters.ts";
import { toHex } from "./bytes.ts";
import { createToyCrypto } from "./crypto-toy.ts";
import { decodeGenesis, encodeGenesis, FORMAT_VERSION, type Genesis, genesisHash } from "./genesis.ts";

const crypto = createToyCrypto({ self: 0, seed: 1 });
const genesis: Genesis = {
  ...CLUSTERS[0]!.genesis,
  members: CLUSTERS[0]!.genesis.members.map((member, index) => ({
    ...member,
    name: `zoë-${index}`,
    publicKey: new Uint8Array(32).fill(index),
  })),
};

describe("a genesis", () => {
  it("decodes to what was encoded", () => {
    for (const { genesis: other } of CLUSTERS) expect(decodeGenesis(encodeGenesis(other))).toEqual(other);
    expect(decodeGenesis(encodeGenesis(genesis))).toEqual(genesis);
  });

  it("has another hash as soon as anything in it differs", () => {
    const [first, ...rest] = genesis.members;
    const changed: Genesis[] = [
      genesis,
      { ...genesis, clusterId: "11".repeat(16) },
      { ...genesis, formatVersion: 2 },
      { ...genesis, machineVersion: 2 },
      { ...genesis, members: rest },
      { ...genesis, members: [{ ...first!, name: "other" }, ...rest] },
      { ...genesis, members: [{ ...first!, stake: 2 }, ...rest] },
      { ...genesis, members: [{ ...first!, publicKey: new Uint8Array(32).fill(99) }, ...rest] },
      { ...genesis, members: [...rest, first!] },
      { ...genesis, fault: { crash: 0, byzantine: 0 } },
      { ...genesis, fault: { crash: 0, byzantine: 1 } },
    ];
    for (const limit of Object.keys(genesis.limits) as (keyof Genesis["limits"])[]) {
      changed.push({ ...genesis, limits: { ...genesis.limits, [limit]: genesis.limits[limit] + 1 } });
    }
    const hashes = new Set(changed.map((other) => toHex(genesisHash(other, crypto))));
    expect(hashes.size).toBe(changed.length);
  });

  it("has the same hash however its object was put together", () => {
    const { limits, fault, members, machineVersion, formatVersion, clusterId } = genesis;
    const { checkpointCommits, evidencePerBlockMax, commandsPerBlockMax, payloadBytesMax, weakDepth, gcDepth } = limits;
    const turned: Genesis = {
      limits: { checkpointCommits, evidencePerBlockMax, commandsPerBlockMax, payloadBytesMax, weakDepth, gcDepth },
      fault: { byzantine: fault.byzantine, crash: fault.crash },
      members,
      machineVersion,
      formatVersion,
      clusterId,
    };
    expect(encodeGenesis(turned)).toEqual(encodeGenesis(genesis));
  });

  it("of another format version is refused before its layout is guessed at", () => {
    const bytes = encodeGenesis({ ...genesis, formatVersion: FORMAT_VERSION + 1 });
    expect(decodeGenesis(bytes)).toMatchObject({ code: "bad-version" });
  });
});
