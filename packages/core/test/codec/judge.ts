// A second opinion on blocks: slow, plain, and written from the rules of validity alone. It shares no line with the
// codec and the validator that it judges.
import type { BlockContext } from "../../src/codec/block-context.ts";
import type { Block, BlockContent } from "../../src/dag/block.ts";
import type { BlockRef } from "../../src/ids.ts";
import { join, letters, sameBytes, spellBlock, unhex, wireOf } from "./wire.ts";

/** Everything that is wrong with some content; empty for content that every replica must accept. */
export function faultsOf(content: BlockContent, context: BlockContext): string[] {
  const { committee, limits } = context;
  const signed = committee.fault.byzantine > 0;
  const { epoch, author, round, parents, payload, evidence, commitVote, timestamp } = content;
  const faults: string[] = [];
  const claim = (fact: boolean, fault: string): void => {
    if (!fact) faults.push(fault);
  };
  const isMember = (index: number): boolean => committee.members.some((_, member) => member === index);
  const isNatural = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < 2 ** 53;
  const isNamed = (ref: BlockRef): boolean =>
    new RegExp(`^[0-9a-f]{${signed && ref.round > 0 ? 64 : 0}}$`).test(ref.digest);

  claim(epoch === committee.epoch, "V1: another epoch");
  claim(isMember(author), "V1: the author is no member");
  claim(isNatural(round) && round >= 1 && round < 2 ** 31, "V1: no such round");

  const justBelow = new Set(parents.filter((parent) => parent.round === round - 1).map((parent) => parent.author));
  const stake = [...justBelow].reduce((sum, member) => sum + (committee.members[member]?.stake ?? 0), 0);
  const { total, crash, byzantine } = committee.thresholds;
  claim(stake >= total - crash - byzantine, "V2: no quorum of parents");

  claim(parents.length > 0 && parents[0]!.author === author, "V3: the first parent is not the author's own");

  claim(new Set(parents.map((parent) => parent.author)).size === parents.length, "V4: two parents of one author");
  const others = parents.slice(1).map((parent) => parent.author);
  claim(String(others) === String([...others].sort((left, right) => left - right)), "V4: parents are not in order");

  parents.forEach((parent, position) => {
    claim(isMember(parent.author), "a parent's author is no member");
    claim(isNatural(parent.round) && parent.round < round, "V5: a parent is not older");
    claim(position === 0 || parent.round >= round - limits.weakDepth, "V5: a parent is too old");
    claim(isNamed(parent), "a parent is not named as this mode names blocks");
  });

  claim(payload.length <= limits.commandsPerBlockMax, "V7: too many commands");
  const commandBytes = payload.map((command) => command.length).reduce((sum, length) => sum + length, 0);
  claim(commandBytes <= limits.payloadBytesMax, "V7: too many bytes of commands");
  claim(evidence.length <= (signed ? limits.evidencePerBlockMax : 0), "V7: too many proofs");

  for (const proof of evidence) faults.push(...faultsOfProof(proof, context));

  claim(isNatural(timestamp), "a timestamp that cannot be written");
  if (commitVote !== undefined) {
    claim(isNatural(commitVote.index) && commitVote.index > 0, "a vote for no commit");
    claim(new RegExp(`^[0-9a-f]{${signed ? 64 : 16}}$`).test(commitVote.digest), "a vote of another size");
  }
  return faults;
}

/** Everything that is wrong with a decoded block: its content, its names, and bytes that are not its only ones. */
export function faultsOfBlock(block: Block, bytes: Uint8Array, contexts: readonly BlockContext[]): string[] {
  const context = contexts[0]!;
  const { crypto, genesisHash } = context;
  const signed = context.committee.fault.byzantine > 0;
  const faults = faultsOf(block, context);
  if (faults.length > 0) return faults;
  const claim = (fact: boolean, fault: string): void => {
    if (!fact) faults.push(fault);
  };
  claim(block.ref.author === block.author && block.ref.round === block.round, "the ref is of another block");
  claim(block.payloadBytes === join(...block.payload).length, "payloadBytes is wrong");
  claim(sameBytes(block.bytes, bytes), "the block holds other bytes than it came from");

  const respelled = spellBlock(wireOf(block, context), contexts);
  claim(sameBytes(respelled, bytes), "the block has a second encoding");

  if (signed) {
    const { header, signature } = splitSigned(block, bytes);
    const digest = crypto.hash(join(letters("quorate block header 1"), [0], genesisHash, header));
    claim(sameBytes(unhex(block.ref.digest), digest), "the name is not the header's digest");
    claim(block.contentDigest === block.ref.digest, "the content's digest is not the name");
    claim(crypto.verify(block.author, digest, signature), "V8: the signature is not the author's");
  } else {
    const content = bytes.slice(0, -8);
    const checksum = crypto.checksum(join(genesisHash, content));
    claim(sameBytes(bytes.slice(-8), checksum), "the checksum is another cluster's");
    claim(sameBytes(unhex(block.contentDigest), checksum), "contentDigest is not the checksum");
    claim(block.ref.digest === "", "a digest in a name where nobody lies");
  }
  return faults;
}

function faultsOfProof(proof: BlockContent["evidence"][number], context: BlockContext): string[] {
  const heads = proof.headers.map((bytes) => readHead(bytes, context));
  const [first, second] = heads;
  if (first === undefined || second === undefined) return ["V8: a proof holds something that is no header"];
  const faults: string[] = [];
  for (const head of [first, second]) {
    if (head.author !== proof.author) faults.push("V8: a proof accuses another than the one who signed");
    if (head.epoch !== context.committee.epoch) faults.push("V8: a proof is of another epoch");
    if (!context.crypto.verify(head.author, head.digest, head.signature)) faults.push("V8: a proof is not signed");
  }
  if (first.round !== second.round) faults.push("V8: a proof of two rounds");
  if (!(String(first.hex) < String(second.hex))) faults.push("V8: a proof of one block, or out of order");
  return faults;
}

/** The first three fields of a signed header, and its digest, assuming that the codec read the rest rightly. */
function readHead(bytes: Uint8Array, context: BlockContext) {
  if (bytes.length < 64 + 4) return undefined;
  const header = bytes.slice(0, -64);
  const fields: number[] = [];
  let at = 1;
  while (fields.length < 3) {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = header[at++];
      if (byte === undefined || shift > 56n) return undefined;
      value += BigInt(byte % 128) << shift;
      if (byte < 128) break;
    }
    fields.push(Number(value));
  }
  const digest = context.crypto.hash(join(letters("quorate block header 1"), [0], context.genesisHash, header));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const [epoch, author, round] = fields;
  return { epoch: epoch!, author: author!, round: round!, digest, hex, signature: bytes.slice(-64) };
}

/** Header and signature of a signed block, found from its end: what its content's body must take is cut off. */
function splitSigned(block: Block, bytes: Uint8Array): { header: Uint8Array; signature: Uint8Array } {
  const varint = (value: number): number => (value < 128 ? 1 : 1 + varint(Math.floor(value / 128)));
  const sized = (length: number): number => varint(length) + length;
  let body = 0;
  if (block.evidence.length > 0) body += varint(block.evidence.length);
  for (const { author, headers } of block.evidence) {
    body += varint(author) + sized(headers[0].length) + sized(headers[1].length);
  }
  if (block.payload.length > 0) body += varint(block.payload.length);
  for (const command of block.payload) body += sized(command.length);
  const end = bytes.length - body;
  return { header: bytes.slice(0, end - 64), signature: bytes.slice(end - 64, end) };
}
