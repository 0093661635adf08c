// Throws hostile bytes at every decoder and hostile content at the validator. Nothing may escape as an exception, no
// length may cost more than the frame that claims it, and what is accepted must satisfy a judge that shares no code with
// the codec and must be written again as the very same bytes.
//
// At least half of the frames are valid ones that were spoiled, because random bytes hardly pass the first check; many
// of them are sealed again after that, as only a member could.
import { equalBytes } from "../src/bytes.ts";
import { decodeBlockFrom, encodeBlock } from "../src/codec/block.ts";
import { blockBytesMax } from "../src/codec/body.ts";
import { decodeCommandFrom, encodeCommand } from "../src/codec/command.ts";
import { decodeCursorFrom, encodeCursor } from "../src/codec/cursor.ts";
import { decodeMessageFrom, encodeMessage } from "../src/codec/message.ts";
import { Reader } from "../src/codec/reader.ts";
import type { Block, BlockContent, EquivocationProof } from "../src/dag/block.ts";
import { checkBlock } from "../src/dag/validity.ts";
import { decodeGenesis, encodeGenesis } from "../src/genesis.ts";
import { FRAME_BYTES_MAX } from "../src/limits.ts";
import type { Message } from "../src/message.ts";
import { isRejection, type Rejection } from "../src/rejection.ts";
import { CLUSTERS, type Cluster, isByzantine } from "./codec/clusters.ts";
import {
  randomCommand,
  randomContent,
  randomCursor,
  randomFalseProof,
  randomMessage,
  randomProof,
} from "./codec/generate.ts";
import { faultsOf, faultsOfBlock } from "./codec/judge.ts";
import { mutateBytes, mutateContent, mutateWire } from "./codec/mutate.ts";
import { Rng } from "./codec/rng.ts";
import { join, letters, spellBlock, wireOf } from "./codec/wire.ts";

export interface CodecFuzzOptions {
  readonly seed: number;
  /** How many frames and contents to try. */
  readonly count: number;
  /** Replaces a decoder or the validator by a broken one, to prove that the campaign notices. */
  readonly subject?: Partial<CodecSubject>;
}

export interface CodecFuzzReport {
  readonly seed: number;
  readonly count: number;
  readonly accepted: number;
  /** Frames that were valid before they were spoiled. */
  readonly spoiled: number;
  /** How often each code of refusal came. */
  readonly refused: Readonly<Record<string, number>>;
  /** What was allowed to be allocated, at most, for each byte of a frame above the committee's own share. */
  readonly grantedPerByteMax: number;
  /** What broke a law: with the bytes, to be tried again. Empty is good; at most ten are told. */
  readonly problems: readonly string[];
}

export interface CodecSubject {
  readonly decodeBlock: typeof decodeBlockFrom;
  readonly decodeMessage: typeof decodeMessageFrom;
  readonly decodeCursor: typeof decodeCursorFrom;
  readonly decodeCommand: typeof decodeCommandFrom;
  readonly checkBlock: typeof checkBlock;
}

const SUBJECT: CodecSubject = {
  decodeBlock: decodeBlockFrom,
  decodeMessage: decodeMessageFrom,
  decodeCursor: decodeCursorFrom,
  decodeCommand: decodeCommandFrom,
  checkBlock,
};

/** Valid things of one cluster, to be spoiled. */
interface Pool {
  readonly cluster: Cluster;
  readonly contents: readonly BlockContent[];
  readonly blocks: readonly Block[];
  readonly falseProofs: readonly EquivocationProof[];
  readonly frames: Readonly<Record<"message" | "cursor" | "command" | "genesis", readonly Uint8Array[]>>;
}

/** How often a pool is filled with new things. */
const POOL_TURNS = 20_000;
const PROBLEMS_MAX = 10;

export function runCodecFuzz({ seed, count, subject = {} }: CodecFuzzOptions): CodecFuzzReport {
  const campaign = new Campaign(new Rng(seed), { ...SUBJECT, ...subject });
  let pools: readonly Pool[] = [];
  for (let turn = 0; turn < count; turn++) {
    if (turn % POOL_TURNS === 0) pools = CLUSTERS.map((cluster) => campaign.fillPool(cluster));
    campaign.step(campaign.rng.pick(pools), turn);
  }
  const { accepted, spoiled, grantedPerByteMax, problems } = campaign;
  const refused = Object.fromEntries([...campaign.refused].sort(([left], [right]) => (left < right ? -1 : 1)));
  return { seed, count, accepted, spoiled, refused, grantedPerByteMax, problems };
}

class Campaign {
  readonly rng: Rng;
  readonly #subject: CodecSubject;
  readonly refused = new Map<string, number>();
  readonly problems: string[] = [];
  accepted = 0;
  spoiled = 0;
  grantedPerByteMax = 0;

  constructor(rng: Rng, subject: CodecSubject) {
    this.rng = rng;
    this.#subject = subject;
  }

  fillPool(cluster: Cluster): Pool {
    const { rng } = this;
    const draw = <T>(size: number, one: () => T): T[] => Array.from({ length: size }, one);
    const proofs: EquivocationProof[] = isByzantine(cluster) ? draw(4, () => randomProof(rng, cluster)) : [];
    const contents = draw(32, () => randomContent(rng, cluster, proofs));
    const blocks = contents.map((content) => encodeBlock(content, cluster.contexts[content.author]!));
    const bytes = blocks.map((block) => block.bytes);
    const context = cluster.contexts[0]!;
    return {
      cluster,
      contents,
      blocks,
      falseProofs: isByzantine(cluster) ? draw(12, () => randomFalseProof(rng, cluster)) : [],
      frames: {
        message: draw(32, () => encodeMessage(randomMessage(rng, cluster, bytes), context)),
        cursor: draw(8, () => encodeCursor(randomCursor(rng, cluster), context)),
        command: draw(8, () => encodeCommand(randomCommand(rng))),
        genesis: [encodeGenesis(cluster.genesis)],
      },
    };
  }

  step(pool: Pool, turn: number): void {
    const { rng } = this;
    const share = rng.below(100);
    const where = `turn ${turn}, ${pool.cluster.name}`;
    try {
      if (share < 10) this.#tryContent(pool, where);
      else if (share < 65) this.#tryBlock(pool, where);
      else
        this.#tryFrame(
          pool,
          share < 85 ? "message" : share < 91 ? "cursor" : share < 97 ? "command" : "genesis",
          where,
        );
    } catch (error) {
      this.#tell(`${where}: threw ${error instanceof Error ? error.stack : error}`);
    }
  }

  /** The validator and the judge must agree both ways on content of any origin. */
  #tryContent({ cluster, contents, falseProofs }: Pool, where: string): void {
    const content = mutateContent(this.rng, this.rng.pick(contents), cluster, falseProofs);
    const context = cluster.contexts[0]!;
    const refused = this.#subject.checkBlock(content, context);
    this.#count(refused);
    const faults = faultsOf(content, context);
    if ((refused === undefined) !== (faults.length === 0)) {
      this.#tell(`${where}: validator says ${refused?.code ?? "valid"}, judge ${faults[0] ?? "valid"}`);
    }
  }

  #tryBlock(pool: Pool, where: string): void {
    const { contexts } = pool.cluster;
    const { bytes, pristine } = this.#hostileBlock(pool);
    const reader = new Reader(bytes);
    const decoded = this.#subject.decodeBlock(reader, contexts[0]!);
    this.#count(decoded);
    this.#measure(reader, decoded, contexts.length, where);
    if (isRejection(decoded)) {
      if (pristine) this.#tell(`${where}: a valid block was refused, ${decoded.code}: ${hex(bytes)}`);
      return;
    }
    const faults = faultsOfBlock(decoded, bytes, contexts);
    if (faults.length > 0) this.#tell(`${where}: accepted with ${faults.join("; ")}: ${hex(bytes)}`);
    else if (!equalBytes(encodeBlock(decoded, contexts[decoded.author]!).bytes, bytes)) {
      this.#tell(`${where}: accepted, but written again as other bytes: ${hex(bytes)}`);
    }
  }

  #hostileBlock(pool: Pool): { readonly bytes: Uint8Array; readonly pristine: boolean } {
    const { rng } = this;
    const { cluster } = pool;
    const at = rng.below(pool.blocks.length);
    const content = pool.contents[at]!;
    const { bytes } = pool.blocks[at]!;
    const other = rng.pick(pool.blocks).bytes;
    const share = rng.below(100);
    if (share < 3) return { bytes, pristine: true };
    if (share < 10) return { bytes: rng.bytes(rng.below(1 + rng.number(9))), pristine: false };
    if (share < 11) {
      // Bytes after the end, up to just past the largest block.
      const room = blockBytesMax(cluster.contexts[0]!) + 1 - bytes.length;
      return { bytes: padded(bytes, rng.chance(0.3) ? room : rng.between(1, 9)), pristine: false };
    }
    this.spoiled += 1;
    if (share < 18) return { bytes: bytes.subarray(0, rng.below(bytes.length)), pristine: false };
    if (share < 40) return { bytes: mutateBytes(rng, bytes, other), pristine: false };
    if (share < 55) return { bytes: this.#sealedAgain(pool, at, other), pristine: false };
    if (share < 60) return { bytes: this.#withSealOf(pool, at), pristine: false };
    const wire = wireOf(content, cluster.contexts[0]!);
    if (share < 65) return { bytes: spellBlock(wire, cluster.strangers), pristine: false };
    for (let bends = rng.chance(0.8) ? 1 : 3; bends > 0; bends--) mutateWire(rng, wire, cluster, pool.falseProofs);
    return { bytes: spellBlock(wire, cluster.contexts), pristine: false };
  }

  /** Spoils the part that the seal covers, then seals it: where blocks are signed, with the author's own key. */
  #sealedAgain({ cluster, blocks }: Pool, at: number, other: Uint8Array): Uint8Array {
    const block = blocks[at]!;
    const { crypto, genesisHash } = cluster.contexts[block.author]!;
    if (!isByzantine(cluster)) {
      const content = mutateBytes(this.rng, block.bytes.subarray(0, -8), other);
      return join(content, crypto.checksum(join(genesisHash, content)));
    }
    const end = sealEnd(block);
    const header = mutateBytes(this.rng, block.bytes.subarray(0, end - 64), other);
    const digest = crypto.hash(join(letters("quorate block header 1"), [0], genesisHash, header));
    return join(header, crypto.sign(digest), block.bytes.subarray(end));
  }

  /** A valid block under the seal of another. */
  #withSealOf({ cluster, blocks }: Pool, at: number): Uint8Array {
    const block = blocks[at]!;
    const other = this.rng.pick(blocks);
    if (!isByzantine(cluster)) {
      return join(block.bytes.subarray(0, -8), other.bytes.subarray(-8));
    }
    const end = sealEnd(block);
    const seal = other.bytes.subarray(sealEnd(other) - 64, sealEnd(other));
    return join(block.bytes.subarray(0, end - 64), seal, block.bytes.subarray(end));
  }

  #tryFrame(pool: Pool, kind: keyof Pool["frames"], where: string): void {
    const { rng } = this;
    const { cluster, frames } = pool;
    const context = cluster.contexts[0]!;
    const valid = rng.pick(frames[kind]);
    const share = rng.below(100);
    const bytes =
      share < 5
        ? valid
        : share < 20
          ? rng.bytes(rng.below(1 + rng.number(8)))
          : share < 30
            ? valid.subarray(0, rng.below(valid.length))
            : share < 35
              ? padded(valid, rng.between(1, 9))
              : mutateBytes(rng, valid, rng.pick(frames[kind]));
    if (share >= 20) this.spoiled += 1;
    const reader = new Reader(bytes);
    const again = this.#decodeFrame(kind, reader, cluster);
    this.#count(again.decoded);
    this.#measure(reader, again.decoded, context.committee.members.length, where);
    if (isRejection(again.decoded)) {
      if (share < 5) this.#tell(`${where}: a valid ${kind} was refused, ${again.decoded.code}: ${hex(bytes)}`);
    } else if (!equalBytes(again.bytes(), bytes)) {
      this.#tell(`${where}: a ${kind} was accepted, but is written again as other bytes: ${hex(bytes)}`);
    }
  }

  #decodeFrame(kind: keyof Pool["frames"], reader: Reader, cluster: Cluster) {
    const context = cluster.contexts[0]!;
    switch (kind) {
      case "message": {
        const decoded = this.#subject.decodeMessage(reader, context);
        if (!isRejection(decoded)) this.#judgeMessage(decoded, cluster, reader.bytes);
        return { decoded, bytes: () => encodeMessage(decoded as Message, context) };
      }
      case "cursor": {
        const decoded = this.#subject.decodeCursor(reader, context);
        return { decoded, bytes: () => encodeCursor(accepted(decoded), context) };
      }
      case "command": {
        const decoded = this.#subject.decodeCommand(reader);
        return { decoded, bytes: () => encodeCommand(accepted(decoded)) };
      }
      case "genesis": {
        const decoded = decodeGenesis(reader.bytes);
        return { decoded, bytes: () => encodeGenesis(accepted(decoded)) };
      }
    }
  }

  /** What a message must keep whatever its bytes were. */
  #judgeMessage(message: Message, { genesis }: Cluster, bytes: Uint8Array): void {
    const sound = (round: number): boolean => Number.isInteger(round) && round >= 0 && round < 2 ** 31;
    const facts: boolean[] = [bytes.length <= FRAME_BYTES_MAX];
    if ("rounds" in message) facts.push(message.rounds.length === genesis.members.length, message.rounds.every(sound));
    if ("floor" in message) facts.push(sound(message.floor));
    if (message.kind === "fetch") {
      facts.push(message.refs.length <= 1024);
      for (const { author, round, digest } of message.refs) {
        facts.push(author < genesis.members.length, sound(round), round > 0);
        facts.push(digest.length === (genesis.fault.byzantine > 0 ? 64 : 0));
      }
    }
    if (message.kind === "digests") facts.push(message.digests.every((digest) => digest.length <= 128));
    if (message.kind === "digest-request") facts.push(message.from <= message.to && message.to < message.from + 1024);
    if (message.kind === "snapshot") {
      facts.push(message.offset + message.bytes.length <= message.total);
      facts.push(message.offset === 0 || message.cursor.length === 0);
    }
    if (facts.includes(false)) this.#tell(`a ${message.kind} breaks fact ${facts.indexOf(false)}: ${hex(bytes)}`);
  }

  /** Room that was granted, and room that the result takes, must both be a small multiple of the frame. */
  #measure(reader: Reader, decoded: unknown, memberCount: number, where: string): void {
    const size = reader.bytes.length;
    const share = (reader.granted - 2 * memberCount) / (size + 1);
    if (share > this.grantedPerByteMax) this.grantedPerByteMax = share;
    if (share > 4) this.#tell(`${where}: granted ${reader.granted} for ${size} bytes: ${hex(reader.bytes)}`);
    if (isRejection(decoded)) return;
    const taken = footprint(decoded);
    if (taken > 10 * size + 16 * memberCount + 64) {
      this.#tell(`${where}: ${size} bytes became ${taken}: ${hex(reader.bytes)}`);
    }
  }

  #count(decoded: unknown): void {
    if (!isRejection(decoded)) {
      this.accepted += 1;
      return;
    }
    this.refused.set(decoded.code, (this.refused.get(decoded.code) ?? 0) + 1);
  }

  #tell(problem: string): void {
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(problem);
  }
}

/** Where the seal of a signed block ends and its body begins: right behind the signature of its header. */
function sealEnd(block: Block): number {
  const varint = (value: number): number => (value < 128 ? 1 : 1 + varint(Math.floor(value / 128)));
  const sized = (bytes: Uint8Array): number => varint(bytes.length) + bytes.length;
  let body = block.payload.length === 0 ? 0 : varint(block.payload.length);
  for (const command of block.payload) body += sized(command);
  if (block.evidence.length > 0) body += varint(block.evidence.length);
  for (const { author, headers } of block.evidence) body += varint(author) + sized(headers[0]) + sized(headers[1]);
  return block.bytes.length - body;
}

function padded(bytes: Uint8Array, by: number): Uint8Array {
  const longer = new Uint8Array(bytes.length + by);
  longer.set(bytes);
  return longer;
}

/** Bytes, characters and entries that a value is made of. */
function footprint(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 1;
  let total = 1;
  for (const entry of Object.values(value)) total += footprint(entry);
  return total;
}

function accepted<T>(decoded: T | Rejection): T {
  if (isRejection(decoded)) throw new Error("asked for a value that was refused");
  return decoded;
}

function hex(bytes: Uint8Array): string {
  return [...bytes.subarray(0, 400)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
