// Ways to spoil what was valid: bytes as a bad link or a stranger would, fields as a member would who holds a key, and
// content as a bug of ours would.
import type { BlockContent, EquivocationProof } from "../../src/dag/block.ts";
import { type BlockRef, ROUND_MAX } from "../../src/ids.ts";
import type { Cluster } from "./clusters.ts";
import type { Rng } from "./rng.ts";
import { type BlockWire, type Bytes, type Field, join, spell, type WireParent } from "./wire.ts";

const TELLING = [0x00, 0x01, 0x7f, 0x80, 0x81, 0xff];

/** Spoils bytes: flips, overwrites, inserts, deletes, repeats a stretch, or splices in one of another frame. */
export function mutateBytes(rng: Rng, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  if (bytes.length === 0) return rng.bytes(rng.below(4));
  const at = rng.below(bytes.length);
  const length = Math.min(rng.between(1, 1 + rng.number(6)), bytes.length - at);
  const stretch = bytes.subarray(at, at + length);
  switch (rng.below(7)) {
    case 0: {
      const flipped = bytes.slice();
      for (let flips = rng.between(1, 4); flips > 0; flips--) {
        const where = rng.below(bytes.length);
        flipped[where] = flipped[where]! ^ (1 << rng.below(8));
      }
      return flipped;
    }
    case 1: {
      const overwritten = bytes.slice();
      overwritten[at] = rng.pick(TELLING);
      return overwritten;
    }
    case 2:
      return join(bytes.subarray(0, at), rng.bytes(length), bytes.subarray(at));
    case 3:
      return join(bytes.subarray(0, at), bytes.subarray(at + length));
    case 4:
      return join(bytes.subarray(0, at), stretch, bytes.subarray(at));
    case 5: {
      const from = rng.below(other.length + 1);
      return join(bytes.subarray(0, at), other.subarray(from));
    }
    // A number made longer than it needs to be, or larger than anybody counts.
    default:
      return join(bytes.subarray(0, at), oddField(rng, bytes[at]!), bytes.subarray(at + 1));
  }
}

/** A number as a liar writes it. */
function oddField(rng: Rng, value: number): Bytes {
  switch (rng.below(5)) {
    case 0: {
      const bytes = Array.from(spell(value));
      bytes[bytes.length - 1]! += 128;
      return [...bytes, 0];
    }
    case 1:
      return [128, 128, 128, 128, 128, 128, 128, 16];
    case 2:
      return [255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
    case 3:
      return spell(Number.MAX_SAFE_INTEGER);
    default:
      return spell(rng.number(40));
  }
}

/** Bends one field of a block that will be sealed afterwards as if nothing had happened. */
export function mutateWire(
  rng: Rng,
  wire: BlockWire,
  cluster: Cluster,
  falseProofs: readonly EquivocationProof[],
): void {
  const memberCount = cluster.genesis.members.length;
  const { weakDepth, commandsPerBlockMax, payloadBytesMax } = cluster.genesis.limits;
  const digest = (): Bytes => (wire.signed ? rng.bytes(32) : []);
  const round = typeof wire.round === "number" ? wire.round : 1;
  const late = (author: Field, delta: Field): WireParent => ({ author, delta, digest: digest() });
  const number = (value: Field): number => (typeof value === "number" ? value : 0);
  const bends: readonly (() => void)[] = [
    () => (wire.mode ^= 1 << rng.below(8)),
    () => (wire.epoch = rng.pick([number(wire.epoch) + 1, rng.number(53)])),
    () => (wire.author = rng.pick([memberCount, rng.below(memberCount), rng.number(53)])),
    () => (wire.round = rng.pick([0, round + 1, ROUND_MAX + 1, rng.number(53)])),
    () => (wire.ownDelta = rng.pick([0, 1, 2, round, round + 1, rng.number(33)])),
    () => (wire.ownDigest = rng.pick([[], digest()])),
    () => (wire.bitmap[rng.below(wire.bitmap.length)]! ^= 1 << rng.below(8)),
    () => toggleStrong(rng, wire, rng.below(8 * wire.bitmap.length), digest()),
    () => toggleStrong(rng, wire, number(wire.author), digest()),
    () => (wire.bitmap = rng.chance(0.5) ? wire.bitmap.slice(1) : [...wire.bitmap, 0]),
    () => wire.strongDigests.reverse(),
    () => (wire.lateCount = rng.pick([number(wire.lateCount) + 1, memberCount + 1, rng.number(53)])),
    () => pushLate(wire, late(rng.below(memberCount), rng.pick([0, 1, 2, weakDepth, weakDepth + 1, rng.number(33)]))),
    () => pushLate(wire, late(rng.pick([memberCount, number(wire.author)]), 2)),
    () => wire.late.length > 0 && pushLate(wire, wire.late[0]!),
    () => wire.late.reverse(),
    () => (wire.timestamp = rng.pick([Number.MAX_SAFE_INTEGER, 0])),
    () => (wire.vote = { index: rng.pick([0, 1]), digest: rng.bytes(rng.pick([8, 32])) }),
    () => (wire.payloadCount = rng.pick([0, wire.payload.length + 1, commandsPerBlockMax + 1, rng.number(53)])),
    () => {
      wire.mode |= 4;
      wire.payload = Array.from({ length: commandsPerBlockMax + rng.between(0, 2) }, () => ({ length: 0, bytes: [] }));
      wire.payloadCount = wire.payload.length;
    },
    () => {
      wire.mode |= 4;
      const bytes = rng.bytes(payloadBytesMax + rng.between(-1, 2));
      wire.payload = [{ length: bytes.length, bytes }];
      wire.payloadCount = 1;
    },
    () => {
      wire.mode |= 4;
      const first = rng.below(payloadBytesMax);
      const sizes = [first, payloadBytesMax - first + rng.below(2)];
      wire.payload = sizes.map((length) => ({ length, bytes: rng.bytes(length) }));
      wire.payloadCount = 2;
    },
    () => {
      const command = wire.payload[0];
      if (command !== undefined) command.length = rng.pick([0, command.bytes.length + 1, rng.number(53)]);
    },
    () => {
      wire.stray = rng.bytes(rng.pick([1, 32]));
      if (rng.chance(0.5)) wire.mode ^= rng.pick([4, 8]);
    },
    () => {
      if (falseProofs.length === 0) return;
      wire.mode |= 8;
      const { author, headers } = rng.pick(falseProofs);
      wire.evidence = [{ author, headers: [...headers] }];
      wire.evidenceCount = 1;
    },
    () => wire.evidence[0]?.headers.reverse(),
    () => {
      const proof = wire.evidence[0];
      if (proof !== undefined) proof.headers[1] = proof.headers[0];
    },
    () => {
      const proof = wire.evidence[0];
      if (proof !== undefined) proof.author = rng.pick([rng.below(memberCount), memberCount, rng.number(53)]);
    },
    () => {
      const proof = wire.evidence[0];
      if (proof === undefined) return;
      const header = Uint8Array.from(proof.headers[0]);
      proof.headers[0] = mutateBytes(rng, header, header);
    },
    () => {
      wire.evidence = [...wire.evidence, ...wire.evidence];
      wire.evidenceCount = wire.evidence.length;
    },
    () => (wire.evidenceCount = rng.pick([0, wire.evidence.length + 1, rng.number(53)])),
    () => (wire.signer = rng.below(memberCount)),
    () => oddlySpelled(rng, wire),
  ];
  rng.pick(bends)();
}

function toggleStrong(rng: Rng, wire: BlockWire, bit: number, digest: Bytes): void {
  const at = bit >> 3;
  if (at >= wire.bitmap.length) return;
  wire.bitmap[at]! ^= 1 << (bit & 7);
  if ((wire.bitmap[at]! & (1 << (bit & 7))) !== 0)
    wire.strongDigests.splice(rng.below(wire.strongDigests.length + 1), 0, digest);
  else wire.strongDigests.pop();
}

function pushLate(wire: BlockWire, parent: WireParent): void {
  wire.late.push(parent);
  wire.lateCount = wire.late.length;
}

/** One of the numbers, written in a form that is not its shortest, or out of bounds. */
function oddlySpelled(rng: Rng, wire: BlockWire): void {
  const field = rng.pick(["epoch", "author", "round", "ownDelta", "lateCount", "timestamp", "payloadCount"] as const);
  const value = wire[field];
  wire[field] = oddField(rng, typeof value === "number" ? value : 0);
}

/** Bends content that never was bytes. What comes out may still be valid. */
export function mutateContent(
  rng: Rng,
  content: BlockContent,
  cluster: Cluster,
  falseProofs: readonly EquivocationProof[],
): BlockContent {
  const memberCount = cluster.genesis.members.length;
  const { commandsPerBlockMax, payloadBytesMax, weakDepth } = cluster.genesis.limits;
  const { author, round, parents } = content;
  const odd = (): number => rng.pick([-1, 0, 1, 1.5, Number.NaN, memberCount, 2 ** 31, 2 ** 53, round, rng.number(33)]);
  const bend = (change: Partial<BlockRef>): readonly BlockRef[] => {
    const at = rng.below(parents.length);
    return parents.map((parent, index) => (index === at ? { ...parent, ...change } : parent));
  };
  const shuffled = [...parents];
  shuffled.sort(() => rng.below(3) - 1);
  return rng.pick<() => BlockContent>([
    () => content,
    () => ({ ...content, epoch: odd() }),
    () => ({ ...content, author: odd() }),
    () => ({ ...content, round: odd() }),
    () => ({ ...content, timestamp: odd() }),
    () => ({ ...content, parents: [] }),
    () => ({ ...content, parents: parents.slice(1) }),
    () => ({ ...content, parents: parents.slice(0, -1) }),
    () => ({ ...content, parents: parents.slice(0, 1) }),
    () => ({ ...content, parents: shuffled }),
    () => ({ ...content, parents: [...parents, rng.pick(parents)] }),
    () => ({ ...content, parents: bend({ round: odd() }) }),
    () => ({ ...content, parents: bend({ round: round - rng.between(0, weakDepth + 2) }) }),
    () => ({ ...content, parents: bend({ author: odd() }) }),
    () => ({ ...content, parents: bend({ author }) }),
    () => ({ ...content, parents: bend({ digest: rng.pick(["", "00", rng.hex(32), "zz".repeat(32)]) }) }),
    () => ({ ...content, commitVote: { index: odd(), digest: rng.hex(rng.pick([8, 32])) } }),
    () => ({ ...content, commitVote: { index: 1, digest: rng.pick(["", rng.hex(7), "Z".repeat(16)]) } }),
    () => ({
      ...content,
      payload: Array.from({ length: commandsPerBlockMax + rng.below(2) }, () => new Uint8Array(0)),
    }),
    () => ({ ...content, payload: [new Uint8Array(payloadBytesMax + rng.below(2))] }),
    () => ({ ...content, evidence: falseProofs.slice(0, 1 + rng.below(falseProofs.length)) }),
    () => ({ ...content, evidence: [...content.evidence, ...content.evidence, ...content.evidence] }),
    () => ({
      ...content,
      evidence: content.evidence.map((proof) => ({ ...proof, author: rng.below(memberCount) })),
    }),
    () => ({
      ...content,
      evidence: content.evidence.map(({ author: accused, headers: [first, second] }) => ({
        author: accused,
        headers: [second, first] as const,
      })),
    }),
    () => ({
      ...content,
      evidence: content.evidence.map(({ author: accused, headers: [first, second] }) => ({
        author: accused,
        headers: [mutateBytes(rng, first, second), second] as const,
      })),
    }),
    () => ({ ...content, evidence: [{ author: 0, headers: [new Uint8Array(0), new Uint8Array(0)] as const }] }),
  ])();
}
