// Blocks through bytes: nothing is lost, nothing is said twice, the size is what was promised, and the bytes of this
// version stay as they are.
import { describe, expect, it } from "vitest";
import { CLUSTERS, createCluster, isByzantine, SMALL_LIMITS } from "../../test/codec/clusters.ts";
import { randomContent, randomProof } from "../../test/codec/generate.ts";
import { Rng } from "../../test/codec/rng.ts";
import { spellBlock, wireOf } from "../../test/codec/wire.ts";
import { toHex } from "../bytes.ts";
import type { Block, BlockContent } from "../dag/block.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { isRejection, type Rejection } from "../rejection.ts";
import { blockBytesMax, canonicalParents, decodeBlock, decodeHeader, encodeBlock, signedHeaderOf } from "./block.ts";

const five = createCluster({ name: "five", stakes: [1, 1, 1, 1, 1], fault: { crash: 2, byzantine: 0 } });
const four = createCluster({ name: "four", stakes: [1, 1, 1, 1], fault: { crash: 0, byzantine: 1 } });

function decoded(result: Block | Rejection): Block {
  if (isRejection(result)) throw new Error(`refused: ${result.code} ${JSON.stringify(result.facts)}`);
  return result;
}

function contentAt(round: number, members: number, digest: string): BlockContent {
  const parents = Array.from({ length: members }, (_, author) => ({ author, round: round - 1, digest }));
  return {
    epoch: 0,
    author: 2,
    round,
    parents: canonicalParents(parents, 2),
    timestamp: 1_795_000_000_000,
    recovered: false,
    commitVote: undefined,
    evidence: [],
    payload: [],
  };
}

describe("a block", () => {
  for (const cluster of CLUSTERS) {
    it(`decodes to what was encoded, ${cluster.name}`, () => {
      const rng = new Rng(11);
      const proofs = isByzantine(cluster) ? [randomProof(rng, cluster), randomProof(rng, cluster)] : [];
      for (let run = 0; run < 400; run++) {
        const content = randomContent(rng, cluster, proofs);
        const block = encodeBlock(content, cluster.contexts[content.author]!);
        expect(block).toMatchObject(content);
        // Another member reads it, out of a frame that holds more than the block.
        const frame = new Uint8Array(block.bytes.length + 7);
        frame.set(block.bytes, 3);
        const view = frame.subarray(3, 3 + block.bytes.length);
        const read = decoded(decodeBlock(view, cluster.contexts[(content.author + 1) % 3]!));
        expect(read).toEqual(block);
        expect(read.bytes).toBe(view);
        for (const command of read.payload) expect(command.buffer).toBe(frame.buffer);
      }
    });
  }

  it("takes its parents in one order only: the author's own, then by author", () => {
    const ref = (author: number) => ({ author, round: 4, digest: "" });
    expect(canonicalParents([ref(3), ref(1), ref(4), ref(2)], 2)).toEqual([ref(2), ref(1), ref(3), ref(4)]);
    const content = contentAt(5, 5, "");
    expect(() => encodeBlock({ ...content, parents: content.parents.toReversed() }, five.contexts[2]!)).toThrow(
      "own block is invalid: no-own-parent",
    );
  });

  it("without commands takes tens of bytes where nobody lies", () => {
    const content = contentAt(300, 5, "");
    expect(encodeBlock(content, five.contexts[2]!).bytes.length).toBe(22);
    const voting = { ...content, commitVote: { index: 70_000, digest: "0011223344556677" } };
    expect(encodeBlock(voting, five.contexts[2]!).bytes.length).toBe(33);
  });

  it("is refused by a cluster of another genesis", () => {
    const plain = encodeBlock(contentAt(5, 5, ""), five.contexts[2]!).bytes;
    expect(decodeBlock(plain, five.strangers[0]!)).toMatchObject({ code: "wrong-cluster" });
    const signed = encodeBlock(contentAt(5, 4, "ab".repeat(32)), four.contexts[2]!).bytes;
    expect(decodeBlock(signed, four.strangers[0]!)).toMatchObject({ code: "bad-signature" });
  });

  it("has no bit set beyond the members", () => {
    const wire = wireOf(contentAt(5, 5, ""), five.contexts[0]!);
    expect(decodeBlock(spellBlock(wire, five.contexts), five.contexts[0]!)).toMatchObject({ author: 2 });
    wire.bitmap[0]! |= 1 << 5;
    expect(decodeBlock(spellBlock(wire, five.contexts), five.contexts[0]!)).toMatchObject({ code: "non-canonical" });
  });

  it("is refused by a cluster of the other fault model", () => {
    const plain = encodeBlock(contentAt(5, 5, ""), five.contexts[2]!).bytes;
    expect(decodeBlock(plain, four.contexts[0]!)).toMatchObject({ code: "bad-version" });
  });

  it("is refused before anything is read when it is larger than any block may be", () => {
    const context = five.contexts[0]!;
    const max = blockBytesMax(context);
    expect(decodeBlock(new Uint8Array(max + 1), context)).toMatchObject({ code: "too-large" });
    expect(decodeBlock(new Uint8Array(max), context)).toMatchObject({ code: "bad-version" });
  });

  it("at every limit at once still fits the largest size", () => {
    for (const cluster of [five, four]) {
      const context = cluster.contexts[2]!;
      const { commandsPerBlockMax, payloadBytesMax, evidencePerBlockMax } = SMALL_LIMITS;
      const members = context.committee.members.length;
      const content = contentAt(2 ** 31 - 1, members, isByzantine(cluster) ? "ab".repeat(32) : "");
      const payload = Array.from({ length: commandsPerBlockMax }, () => new Uint8Array(1));
      payload[0] = new Uint8Array(payloadBytesMax - commandsPerBlockMax + 1);
      const evidence = isByzantine(cluster)
        ? Array.from({ length: evidencePerBlockMax }, (_, seed) => randomProof(new Rng(seed), cluster))
        : [];
      const vote = { index: Number.MAX_SAFE_INTEGER, digest: "ff".repeat(isByzantine(cluster) ? 32 : 8) };
      const full = { ...content, timestamp: Number.MAX_SAFE_INTEGER, commitVote: vote, payload, evidence };
      const block = encodeBlock(full, context);
      expect(block.bytes.length).toBeLessThanOrEqual(blockBytesMax(context));
      expect(decoded(decodeBlock(block.bytes, context))).toEqual(block);
    }
  });

  it("has a signed header that travels without its body", () => {
    const content = { ...contentAt(5, 4, "ab".repeat(32)), payload: [Uint8Array.of(1, 2, 3)] };
    const block = encodeBlock(content, four.contexts[2]!);
    const header = decodeHeader(signedHeaderOf(block), four.contexts[0]!);
    if (isRejection(header)) throw new Error(header.code);
    expect(header.digest).toBe(block.ref.digest);
    expect(header.header).toMatchObject({ author: 2, round: 5, hasPayload: true, hasEvidence: false });
    expect(four.contexts[0]!.crypto.verify(2, header.digestBytes, header.signature)).toBe(true);
  });

  it("is named by what it says, not by how it was signed", () => {
    const content = { ...contentAt(5, 4, "ab".repeat(32)), payload: [Uint8Array.of(1, 2, 3)] };
    const other = { ...content, payload: [Uint8Array.of(1, 2, 4)] };
    const block = encodeBlock(content, four.contexts[2]!);
    expect(encodeBlock(other, four.contexts[2]!).ref.digest).not.toBe(block.ref.digest);
    // Signed by another member's key the name stays, and the signature does not verify.
    const forged = encodeBlock(content, four.contexts[1]!);
    expect(forged.ref).toEqual(block.ref);
    expect(decodeBlock(forged.bytes, four.contexts[0]!)).toMatchObject({ code: "bad-signature" });
  });

  it("cannot have its commands exchanged under a signed header", () => {
    const content = { ...contentAt(5, 4, "ab".repeat(32)), payload: [Uint8Array.of(1, 2, 3)] };
    const { bytes } = encodeBlock(content, four.contexts[2]!);
    const exchanged = bytes.slice();
    exchanged[bytes.length - 1]! ^= 1;
    expect(decodeBlock(exchanged, four.contexts[0]!)).toMatchObject({ code: "bad-signature" });
  });

  it("keeps the bytes of version 1", () => {
    const plain: BlockContent = {
      epoch: 0,
      author: 2,
      round: 300,
      parents: [
        { author: 2, round: 297, digest: "" },
        { author: 0, round: 299, digest: "" },
        { author: 1, round: 290, digest: "" },
        { author: 3, round: 299, digest: "" },
        { author: 4, round: 299, digest: "" },
      ],
      timestamp: 1_795_000_000_000,
      recovered: true,
      commitVote: { index: 129, digest: "0123456789abcdef" },
      evidence: [],
      payload: [Uint8Array.of(0xca, 0xfe), new Uint8Array(0)],
    };
    const { bytes } = encodeBlock(plain, five.contexts[2]!);
    expect(toHex(bytes.subarray(0, -8))).toBe(
      // mode, epoch, author, round, own Δ, bitmap, one late parent, timestamp, vote, two commands
      "17" +
        "00" +
        "02" +
        "ac02" +
        "03" +
        "19" +
        "01" +
        "010a" +
        "80bcd9f29e34" +
        "81010123456789abcdef" +
        "0202cafe00",
    );
    const digest = "ab".repeat(32);
    const signed: BlockContent = {
      ...contentAt(2, 4, digest),
      parents: canonicalParents(
        [0, 1, 2].map((author) => ({ author, round: 1, digest: digest.replace("ab", `0${author}`) })),
        2,
      ),
    };
    const header = signedHeaderOf(encodeBlock(signed, four.contexts[2]!)).subarray(0, -64);
    const rest = "ab".repeat(31);
    const parents = ["01", `02${rest}`, "03", `00${rest}`, `01${rest}`, "00"];
    expect(toHex(header)).toBe(["20000202", ...parents, "80bcd9f29e34"].join(""));
  });
});

describe("headers at n = 100", () => {
  it("grow by a bit a parent where nobody lies and by a digest where somebody may", () => {
    const stakes = Array.from({ length: 100 }, () => 1);
    const plain = createCluster({ name: "p", stakes, fault: { crash: 49, byzantine: 0 }, limits: DEFAULT_LIMITS });
    const signed = createCluster({ name: "s", stakes, fault: { crash: 0, byzantine: 33 }, limits: DEFAULT_LIMITS });
    expect(encodeBlock(contentAt(300, 100, ""), plain.contexts[2]!).bytes.length).toBe(34);
    const bytes = encodeBlock(contentAt(300, 100, "ab".repeat(32)), signed.contexts[2]!).bytes.length;
    expect(bytes).toBe(26 + 64 + 100 * 32);
  });
});
