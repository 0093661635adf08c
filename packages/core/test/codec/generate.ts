// Valid things to encode, drawn at random: blocks with early and late parents, full and empty bodies, rounds at both
// ends, every kind of message.

import { encodeBlock, equivocationProof, signedHeaderOf } from "../../src/codec/block.ts";
import { canonicalParents } from "../../src/codec/header.ts";
import { decodeUtf8 } from "../../src/codec/utf8.ts";
import type { Block, BlockContent, EquivocationProof } from "../../src/dag/block.ts";
import { type BlockRef, compareRefs, ROUND_MAX, type Round } from "../../src/ids.ts";
import type { Cursor, Message } from "../../src/message.ts";
import type { Command } from "../../src/ports/machine.ts";
import { type Cluster, isByzantine } from "./clusters.ts";
import type { Rng } from "./rng.ts";

/** Content that keeps every rule. */
export function randomContent(rng: Rng, cluster: Cluster, proofs: readonly EquivocationProof[] = []): BlockContent {
  const author = rng.below(cluster.genesis.members.length);
  return randomContentAt(rng, cluster, { author, round: randomRound(rng) }, proofs);
}

function randomContentAt(
  rng: Rng,
  cluster: Cluster,
  { author, round }: Omit<BlockRef, "digest">,
  proofs: readonly EquivocationProof[] = [],
): BlockContent {
  const { committee, limits } = cluster.contexts[0]!;
  const { commandsPerBlockMax, payloadBytesMax, evidencePerBlockMax } = limits;
  const evidence =
    isByzantine(cluster) && proofs.length > 0 && rng.chance(0.2) ? rng.between(1, evidencePerBlockMax) : 0;
  return {
    epoch: committee.epoch,
    author,
    round,
    parents: randomParents(rng, cluster, { author, round }),
    timestamp: rng.number(53),
    recovered: rng.chance(0.1),
    commitVote: rng.chance(0.5)
      ? { index: 1 + rng.number(40), digest: rng.hex(isByzantine(cluster) ? 32 : 8) }
      : undefined,
    evidence: Array.from({ length: evidence }, () => rng.pick(proofs)),
    payload: randomPayload(rng, commandsPerBlockMax, payloadBytesMax),
  };
}

/** Two signed blocks of one author and round, and what they prove. */
export function randomProof(rng: Rng, cluster: Cluster): EquivocationProof {
  const content = { ...randomContent(rng, cluster), evidence: [] };
  const context = cluster.contexts[content.author]!;
  const twin = { ...content, timestamp: content.timestamp === 0 ? 1 : content.timestamp - 1 };
  return equivocationProof(encodeBlock(content, context), encodeBlock(twin, context));
}

/** Looks like a proof: two headers that are signed, and one thing that is not as it should be. */
export function randomFalseProof(rng: Rng, cluster: Cluster): EquivocationProof {
  const { author, round } = randomContent(rng, cluster);
  const other = (author + 1) % cluster.genesis.members.length;
  const { committee } = cluster.contexts[0]!;
  const block = (change: { by?: number; at?: Round; signer?: number; epoch?: number }): Block => {
    const { by = author, at = round, signer = by, epoch = committee.epoch } = change;
    const content = { ...randomContentAt(rng, cluster, { author: by, round: at }), epoch };
    return encodeBlock(content, { ...cluster.contexts[signer]!, committee: { ...committee, epoch } });
  };
  const later = round === ROUND_MAX ? round - 1 : round + 1;
  const pair = rng.pick<() => readonly [Block, Block]>([
    () => [block({}), block({ at: later })],
    () => [block({}), block({ by: other })],
    () => [block({}), block({ signer: other })],
    () => [block({}), block({ epoch: committee.epoch + 1 })],
    () => [block({ by: other }), block({ by: other })],
  ])();
  const [first, second] = pair.toSorted((left, right) =>
    compareRefs({ ...left.ref, round, author }, { ...right.ref, round, author }),
  );
  return { author, headers: [signedHeaderOf(first!), signedHeaderOf(second!)] };
}

export function randomMessage(rng: Rng, cluster: Cluster, blocks: readonly Uint8Array[]): Message {
  const some = <T>(draw: () => T): T[] => Array.from({ length: rng.below(6) }, draw);
  const rounds = (): Round[] => cluster.genesis.members.map(() => rng.number(31));
  const digest = (): string => rng.hex(rng.pick([0, 8, 32]));
  const head = (): Uint8Array => (rng.chance(0.3) ? new Uint8Array(0) : rng.pick(blocks));
  const from = rng.number(40);
  const total = rng.number(40) + 100;
  const offset = rng.chance(0.5) ? 0 : rng.below(100);
  return rng.pick<() => Message>([
    () => ({ kind: "blocks", blocks: some(() => rng.pick(blocks)) }),
    () => ({ kind: "fetch", refs: some(() => randomRef(rng, cluster, randomRound(rng))) }),
    () => ({
      kind: "heads",
      rounds: rounds(),
      floor: rng.number(31),
      index: from,
      digest: digest(),
      checkpoint: rng.number(40),
      sentAt: rng.number(50),
      echo: rng.number(50),
      wall: rng.number(50),
      needy: rng.chance(0.5),
    }),
    () => ({ kind: "want", rounds: rounds() }),
    () => ({ kind: "frontier-request", id: rng.number(53) }),
    () => ({ kind: "frontier", id: rng.number(53), head: head() }),
    () => ({ kind: "recovery-request", nonce: rng.number(53) }),
    () => ({ kind: "recovery", nonce: rng.number(53), head: head(), rounds: rounds(), floor: rng.number(31) }),
    () => ({ kind: "digest-request", from, to: from + rng.below(1024) }),
    () => ({ kind: "digests", from, digests: some(digest) }),
    () => ({ kind: "snapshot-request", index: from, offset: rng.number(40) }),
    () => ({
      kind: "snapshot",
      index: from,
      offset,
      total,
      cursor: offset === 0 ? rng.bytes(rng.below(60)) : new Uint8Array(0),
      bytes: rng.bytes(rng.below(Math.min(total - offset, 200))),
    }),
  ])();
}

export function randomCursor(rng: Rng, cluster: Cluster): Cursor {
  const refs = Array.from({ length: rng.below(5) }, () => randomRef(rng, cluster, rng.number(31)));
  return {
    epoch: cluster.contexts[0]!.committee.epoch,
    index: rng.number(40),
    anchor: randomRef(rng, cluster, rng.number(31)),
    horizon: rng.number(31),
    time: rng.number(50),
    ordered: rng.hex(32),
    stateDigest: rng.hex(rng.pick([8, 16, 32])),
    covering: refs.filter((ref, index) => refs.findIndex((other) => compareRefs(ref, other) === 0) === index),
  };
}

export function randomCommand(rng: Rng): Command {
  const name = (): string => rng.pick(["a", "session-17", "zażółć", "😀", "\u0000", decodeUtf8(rng.bytes(2)) ?? "b"]);
  return {
    words: Array.from({ length: rng.between(1, 5) }, () => rng.bytes(rng.below(20))),
    notAfter: rng.number(53),
    session: rng.chance(0.6) ? { id: name(), sequence: rng.number(53), acknowledgedUpTo: rng.number(53) } : undefined,
    user: rng.chance(0.5) ? "" : name(),
    clientSignature: rng.chance(0.2) ? rng.bytes(64) : undefined,
  };
}

function randomRound(rng: Rng): Round {
  if (rng.chance(0.5)) return rng.between(1, 60);
  return rng.chance(0.1) ? ROUND_MAX : Math.max(1, rng.number(31));
}

function randomParents(rng: Rng, cluster: Cluster, { author, round }: { author: number; round: Round }): BlockRef[] {
  const { committee, limits } = cluster.contexts[0]!;
  const { stakes, thresholds } = committee;
  const own = rng.chance(0.8) ? round - 1 : rng.chance(0.5) ? rng.below(round) : Math.max(0, round - rng.between(2, 5));
  const strong = new Set(stakes.map((_, member) => member));
  if (own !== round - 1) strong.delete(author);
  const stakeOf = (members: Iterable<number>): number => [...members].reduce((sum, member) => sum + stakes[member]!, 0);
  // The author's own stake may be what a quorum cannot do without.
  if (stakeOf(strong) < thresholds.parents) return randomParents(rng, cluster, { author, round });
  for (let drops = rng.below(stakes.length); drops > 0; drops--) {
    const member = rng.below(stakes.length);
    if (member === author || !strong.has(member)) continue;
    if (stakeOf(strong) - stakes[member]! >= thresholds.parents) strong.delete(member);
  }
  const parents = [namedRef(rng, cluster, author, own)];
  for (let member = 0; member < stakes.length; member++) {
    if (member === author) continue;
    if (strong.has(member)) parents.push(namedRef(rng, cluster, member, round - 1));
    else if (round >= 2 && rng.chance(0.5)) {
      parents.push(namedRef(rng, cluster, member, round - rng.between(2, Math.min(round, limits.weakDepth))));
    }
  }
  return canonicalParents(parents, author);
}

function randomRef(rng: Rng, cluster: Cluster, round: Round): BlockRef {
  return namedRef(rng, cluster, rng.below(cluster.genesis.members.length), round);
}

function namedRef(rng: Rng, cluster: Cluster, author: number, round: Round): BlockRef {
  return { author, round, digest: isByzantine(cluster) && round > 0 ? rng.hex(32) : "" };
}

function randomPayload(rng: Rng, countMax: number, bytesMax: number): Uint8Array[] {
  if (rng.chance(0.4)) return [];
  if (rng.chance(0.1)) return [rng.bytes(bytesMax)];
  if (rng.chance(0.1)) return Array.from({ length: countMax }, () => rng.bytes(rng.below(3)));
  return Array.from({ length: rng.between(1, 4) }, () => rng.bytes(rng.below(30)));
}
