// A proof of equivocation convinces everybody, and cannot be made against somebody who said one thing.
import { describe, expect, it } from "vitest";
import { CLUSTERS, isByzantine } from "../../test/codec/clusters.ts";
import { randomContent } from "../../test/codec/generate.ts";
import { Rng } from "../../test/codec/rng.ts";
import type { Block, BlockContent, EquivocationProof } from "../dag/block.ts";
import { isRejection } from "../rejection.ts";
import { decodeBlock, encodeBlock, equivocationProof, signedHeaderOf, verifyEquivocation } from "./block.ts";

const cluster = CLUSTERS.find(isByzantine)!;
const judge = cluster.contexts[0]!;

function signedBy(author: number, content: BlockContent): Block {
  return encodeBlock(content, cluster.contexts[author]!);
}

function twins(seed: number): readonly [Block, Block] {
  const content = randomContent(new Rng(seed), cluster);
  return [signedBy(content.author, content), signedBy(content.author, { ...content, recovered: !content.recovered })];
}

function whyNot(proof: EquivocationProof): unknown {
  return verifyEquivocation(proof, judge)?.facts["why"];
}

describe("a proof of equivocation", () => {
  it("holds for any two twins, in one form whatever their order", () => {
    for (let seed = 0; seed < 100; seed++) {
      const [left, right] = twins(seed);
      const proof = equivocationProof(left, right);
      expect(equivocationProof(right, left)).toEqual(proof);
      expect(verifyEquivocation(proof, judge)).toBeUndefined();
    }
  });

  it("proves nothing of one block, of two rounds, of two authors or of somebody else", () => {
    const [left, right] = twins(1);
    const proof = equivocationProof(left, right);
    const [first, second] = proof.headers;
    expect(whyNot({ ...proof, headers: [first, first] })).toBe("both headers are the same");
    expect(whyNot({ ...proof, headers: [second, first] })).toBe("the headers are not in order of their digests");
    expect(whyNot({ ...proof, author: (proof.author + 1) % 4 })).toBe("a header is by another author");
    const later = signedBy(left.author, {
      ...left,
      round: left.round + 1,
      parents: left.parents.map((parent) => ({ ...parent, round: left.round, digest: "ab".repeat(32) })),
    });
    expect(whyNot({ ...proof, headers: [first, signedHeaderOf(later)] })).toBe("the rounds differ");
  });

  it("proves nothing of two epochs, in each of which one block is honest", () => {
    const content = randomContent(new Rng(6), cluster);
    const context = cluster.contexts[content.author]!;
    const committee = { ...context.committee, epoch: content.epoch + 1 };
    const next = encodeBlock({ ...content, epoch: content.epoch + 1 }, { ...context, committee });
    expect(whyNot(equivocationProof(signedBy(content.author, content), next))).toMatch("header: wrong-epoch");
  });

  it("proves nothing when a third party signed one of the headers", () => {
    const [left, right] = twins(2);
    const forger = (left.author + 1) % 4;
    const forged = signedBy(forger, right);
    expect(whyNot(equivocationProof(left, forged))).toBe("a signature is bad");
  });

  it("proves nothing of what is no header", () => {
    const [left, right] = twins(3);
    const { author, headers } = equivocationProof(left, right);
    for (const bad of [
      new Uint8Array(0),
      headers[0].subarray(1),
      headers[0].subarray(0, -1),
      left.bytes.slice(0, 40),
    ]) {
      expect(verifyEquivocation({ author, headers: [bad, headers[1]] }, judge)?.code).toBe("bad-evidence");
      expect(verifyEquivocation({ author, headers: [headers[0], bad] }, judge)?.code).toBe("bad-evidence");
    }
  });

  it("travels in a block and is refused there when it is false", () => {
    const [left, right] = twins(4);
    const proof = equivocationProof(left, right);
    const carrier = randomContent(new Rng(9), cluster);
    const block = signedBy(carrier.author, { ...carrier, evidence: [proof] });
    const read = decodeBlock(block.bytes, judge);
    expect(isRejection(read)).toBe(false);
    expect((read as Block).evidence).toEqual([proof]);
    expect(() => signedBy(carrier.author, { ...carrier, evidence: [{ ...proof, author: 9 }] })).toThrow("bad-evidence");
  });

  it("does not nest: the header of a block with evidence is as small as that of any other", () => {
    const [left, right] = twins(5);
    const proof = equivocationProof(left, right);
    const carrier = { ...randomContent(new Rng(9), cluster), payload: [] };
    const bare = signedBy(carrier.author, carrier);
    const loaded = signedBy(carrier.author, { ...carrier, evidence: [proof] });
    expect(signedHeaderOf(loaded).length).toBe(signedHeaderOf(bare).length + 32);
    expect(verifyEquivocation(equivocationProof(bare, loaded), judge)).toBeUndefined();
  });
});
