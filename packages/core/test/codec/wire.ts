// Blocks spelled byte by byte, from the description of the format and from nothing in src/codec: the judge compares the
// codec's bytes with these, and the fuzzer bends a `BlockWire` before it is spelled, so that a lie about one field
// arrives under a checksum or signature that is in order.
import type { BlockContext } from "../../src/codec/block-context.ts";
import type { BlockContent } from "../../src/dag/block.ts";

/** Some bytes, in whatever holds them. */
export type Bytes = ArrayLike<number>;

/** A number to be written as a varint, or bytes that stand in its place. */
export type Field = number | Bytes;

export interface WireParent {
  author: Field;
  delta: Field;
  digest: Bytes;
}

export interface WireProof {
  author: Field;
  headers: [Bytes, Bytes];
}

/** Every field of a block as it stands in its bytes; counts are fields too, so that they can lie. */
export interface BlockWire {
  signed: boolean;
  mode: number;
  epoch: Field;
  author: Field;
  round: Field;
  ownDelta: Field;
  ownDigest: Bytes;
  bitmap: number[];
  strongDigests: Bytes[];
  lateCount: Field;
  late: WireParent[];
  timestamp: Field;
  vote: { index: Field; digest: Bytes } | undefined;
  /** Bytes that no header has. */
  stray: Bytes;
  evidenceCount: Field;
  evidence: WireProof[];
  payloadCount: Field;
  payload: { length: Field; bytes: Bytes }[];
  /** Whose toy key signs; honest blocks are signed by their author. */
  signer: number;
}

/** The fields of a block's content. */
export function wireOf(content: BlockContent, context: BlockContext): BlockWire {
  const signed = context.committee.fault.byzantine > 0;
  const { author, round, parents, commitVote, evidence, payload } = content;
  const [own, ...others] = parents;
  const strong = others.filter((parent) => parent.round === round - 1);
  const late = others.filter((parent) => parent.round !== round - 1);
  const bitmap = new Array<number>(Math.ceil(context.committee.members.length / 8)).fill(0);
  for (const parent of strong) bitmap[Math.floor(parent.author / 8)]! += 2 ** (parent.author % 8);
  const flags = [content.recovered, commitVote !== undefined, payload.length > 0, evidence.length > 0];
  return {
    signed,
    mode: (signed ? 32 : 16) + flags.reduce((sum, flag, bit) => sum + (flag ? 2 ** bit : 0), 0),
    epoch: content.epoch,
    author,
    round,
    ownDelta: round - own!.round,
    ownDigest: unhex(own!.digest),
    bitmap,
    strongDigests: strong.map((parent) => unhex(parent.digest)),
    lateCount: late.length,
    late: late.map((parent) => ({
      author: parent.author,
      delta: round - parent.round,
      digest: unhex(parent.digest),
    })),
    timestamp: content.timestamp,
    vote: commitVote && { index: commitVote.index, digest: unhex(commitVote.digest) },
    stray: [],
    evidenceCount: evidence.length,
    evidence: evidence.map((proof) => ({
      author: proof.author,
      headers: [proof.headers[0], proof.headers[1]],
    })),
    payloadCount: payload.length,
    payload: payload.map((command) => ({ length: command.length, bytes: command })),
    signer: author,
  };
}

/** A wire as the block's bytes, sealed by the signer's key or by the checksum. */
export function spellBlock(wire: BlockWire, contexts: readonly BlockContext[]): Uint8Array {
  const context = contexts[wire.signer % contexts.length]!;
  const { crypto, genesisHash } = context;
  const hasPayload = (wire.mode & 4) !== 0;
  const hasEvidence = (wire.mode & 8) !== 0;
  const payload = hasPayload
    ? join(spell(wire.payloadCount), ...wire.payload.flatMap(({ length, bytes }) => [spell(length), bytes]))
    : [];
  const evidence = hasEvidence
    ? join(
        spell(wire.evidenceCount),
        ...wire.evidence.flatMap(({ author, headers: [first, second] }) => [
          spell(author),
          spell(first.length),
          first,
          spell(second.length),
          second,
        ]),
      )
    : [];
  const header = join(
    [wire.mode],
    spell(wire.epoch),
    spell(wire.author),
    spell(wire.round),
    spell(wire.ownDelta),
    wire.ownDigest,
    wire.bitmap,
    ...wire.strongDigests,
    spell(wire.lateCount),
    ...wire.late.flatMap(({ author, delta, digest }) => [spell(author), spell(delta), digest]),
    spell(wire.timestamp),
    ...(wire.vote === undefined ? [] : [spell(wire.vote.index), wire.vote.digest]),
    wire.stray,
  );
  if (!wire.signed) {
    const content = join(header, payload);
    return join(content, crypto.checksum(join(genesisHash, content)));
  }
  const hash = (words: string, bytes: Bytes): Uint8Array => crypto.hash(join(letters(words), [0], genesisHash, bytes));
  const signedHeader = join(
    header,
    hasEvidence ? hash("quorate block evidence 1", evidence) : [],
    hasPayload ? hash("quorate block payload 1", payload) : [],
  );
  return join(signedHeader, crypto.sign(hash("quorate block header 1", signedHeader)), evidence, payload);
}

/** A field as its bytes. */
export function spell(field: Field): Bytes {
  if (typeof field !== "number") return field;
  const bytes: number[] = [];
  let rest = field;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

/** Bytes one after the other. */
export function join(...parts: readonly Bytes[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function sameBytes(left: Bytes, right: Bytes): boolean {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false;
  return true;
}

export function unhex(text: string): number[] {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 2) bytes.push(Number.parseInt(text.slice(at, at + 2), 16));
  return bytes;
}

export function letters(words: string): number[] {
  return [...words].map((letter) => letter.charCodeAt(0));
}
