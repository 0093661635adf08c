// Every rule of validity, one step on either side of its border. That the validator agrees with an independent judge on
// arbitrary content is the fuzzer's business (test/fuzz-codec.ts).
import { describe, expect, it } from "vitest";
import { createCluster, SMALL_LIMITS } from "../../test/codec/clusters.ts";
import { canonicalParents } from "../codec/header.ts";
import type { BlockRef } from "../ids.ts";
import type { BlockContent } from "./block.ts";
import { checkBlock } from "./validity.ts";

const five = createCluster({ name: "five", stakes: [1, 1, 1, 1, 1], fault: { crash: 2, byzantine: 0 }, epoch: 3 });
const heavy = createCluster({ name: "heavy", stakes: [3, 1, 1, 1, 1], fault: { crash: 3, byzantine: 0 } });
const four = createCluster({ name: "four", stakes: [1, 1, 1, 1], fault: { crash: 0, byzantine: 1 } });
const { weakDepth } = SMALL_LIMITS;
const ROUND = 100;

/** A block of author 1 whose parents are given by author: how many rounds below they are. */
function block(deltas: Readonly<Record<number, number>>, change: Partial<BlockContent> = {}): BlockContent {
  const round = change.round ?? ROUND;
  const parents = Object.entries(deltas).map(
    ([author, delta]): BlockRef => ({ author: Number(author), round: round - delta, digest: "" }),
  );
  return {
    epoch: 3,
    author: 1,
    round,
    parents: canonicalParents(parents, 1),
    timestamp: 1,
    recovered: false,
    commitVote: undefined,
    evidence: [],
    payload: [],
    ...change,
  };
}

function codeOf(content: BlockContent, cluster = five): string {
  return checkBlock(content, cluster.contexts[0]!)?.code ?? "valid";
}

const QUORUM = { 0: 1, 1: 1, 2: 1 };

describe("validity", () => {
  it("V1: epoch, author and round are the committee's", () => {
    expect(codeOf(block(QUORUM))).toBe("valid");
    expect(codeOf(block(QUORUM, { epoch: 2 }))).toBe("wrong-epoch");
    expect(codeOf(block(QUORUM, { author: 5 }))).toBe("unknown-author");
    expect(codeOf(block(QUORUM, { author: -1 }))).toBe("unknown-author");
    expect(codeOf(block({ ...QUORUM, 5: 1 }))).toBe("unknown-author");
    expect(codeOf(block({}, { round: 0 }))).toBe("bad-round");
    expect(codeOf(block(QUORUM, { round: 2 ** 31 - 1 }))).toBe("valid");
    expect(codeOf(block(QUORUM, { round: 2 ** 31 }))).toBe("bad-round");
  });

  it("V2: parents just below hold a quorum of stake, and no others count", () => {
    expect(codeOf(block({ 0: 1, 1: 1 }))).toBe("no-parent-quorum");
    expect(codeOf(block({ 0: 1, 1: 2, 2: 1 }))).toBe("no-parent-quorum");
    expect(codeOf(block({ 0: 1, 1: 2, 2: 1, 4: 1 }))).toBe("valid");
    expect(codeOf(block({ 0: 1, 1: 1, 2: 2, 3: 2, 4: 2 }))).toBe("no-parent-quorum");
  });

  it("V2: counts stake, not heads", () => {
    expect(codeOf(block({ 0: 1, 1: 1 }, { epoch: 0 }), heavy)).toBe("valid");
    expect(codeOf(block({ 1: 1, 2: 1, 3: 1 }, { epoch: 0 }), heavy)).toBe("no-parent-quorum");
    expect(codeOf(block({ 1: 1, 2: 1, 3: 1, 4: 1 }, { epoch: 0 }), heavy)).toBe("valid");
  });

  it("V3: the first parent is the author's own", () => {
    expect(codeOf(block({}))).toBe("no-parents");
    expect(codeOf(block({ 0: 1, 2: 1, 3: 1 }))).toBe("no-own-parent");
  });

  it("V4: an author has one parent, in its place", () => {
    const { parents } = block(QUORUM);
    const ref = (author: number, round: number): BlockRef => ({ author, round, digest: "" });
    expect(codeOf(block(QUORUM, { parents: [...parents, ref(2, 98)] }))).toBe("two-parents-of-one-author");
    expect(codeOf(block(QUORUM, { parents: [...parents, ref(1, 98)] }))).toBe("two-parents-of-one-author");
    const [own, zero, two] = parents as [BlockRef, BlockRef, BlockRef];
    expect(codeOf(block(QUORUM, { parents: [own, two, zero] }))).toBe("non-canonical");
  });

  it("V5: a parent is older, and not older than the weak depth", () => {
    expect(codeOf(block({ ...QUORUM, 3: 0 }))).toBe("parent-not-older");
    expect(codeOf(block({ ...QUORUM, 3: -1 }))).toBe("parent-not-older");
    expect(codeOf(block({ ...QUORUM, 1: 0, 3: 1 }))).toBe("parent-not-older");
    expect(codeOf(block({ ...QUORUM, 3: weakDepth }))).toBe("valid");
    expect(codeOf(block({ ...QUORUM, 3: weakDepth + 1 }))).toBe("parent-too-old");
  });

  it("V5: lets an author who was silent for long name its last block, even genesis", () => {
    for (const delta of [weakDepth, weakDepth + 1, ROUND]) {
      expect(codeOf(block({ 0: 1, 1: delta, 2: 1, 3: 1 }))).toBe("valid");
    }
  });

  it("V5: judges by the block alone, so that time and place of the judge do not matter", () => {
    const content = block({ 0: 1, 1: ROUND, 2: 1, 3: 1 });
    for (const context of five.contexts) expect(checkBlock(content, context)).toBeUndefined();
  });

  it("V7: commands keep their number and their bytes", () => {
    const { commandsPerBlockMax, payloadBytesMax } = SMALL_LIMITS;
    const empty = (count: number): Uint8Array[] => Array.from({ length: count }, () => new Uint8Array(0));
    expect(codeOf(block(QUORUM, { payload: empty(commandsPerBlockMax) }))).toBe("valid");
    expect(codeOf(block(QUORUM, { payload: empty(commandsPerBlockMax + 1) }))).toBe("too-large");
    expect(codeOf(block(QUORUM, { payload: [new Uint8Array(payloadBytesMax)] }))).toBe("valid");
    expect(codeOf(block(QUORUM, { payload: [new Uint8Array(payloadBytesMax), Uint8Array.of(1)] }))).toBe("too-large");
  });

  it("V8: proofs have no place where nobody signs", () => {
    const proof = { author: 0, headers: [new Uint8Array(0), new Uint8Array(0)] as const };
    expect(codeOf(block(QUORUM, { evidence: [proof] }))).toBe("bad-evidence");
  });

  it("V9: no timestamp is a reason to refuse, if it can be written", () => {
    for (const timestamp of [0, Number.MAX_SAFE_INTEGER]) expect(codeOf(block(QUORUM, { timestamp }))).toBe("valid");
    for (const timestamp of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(codeOf(block(QUORUM, { timestamp }))).toBe("bad-number");
    }
  });

  it("names parents by digest where twins may be, and only there", () => {
    const named = (digest: string, round: number): BlockContent => {
      const parents = [0, 1, 2].map((author) => ({ author, round: round - 1, digest }));
      return { ...block({}, { round, epoch: 0 }), parents: canonicalParents(parents, 1) };
    };
    expect(codeOf(named("ab".repeat(32), ROUND), four)).toBe("valid");
    expect(codeOf(named("", ROUND), four)).toBe("bad-number");
    expect(codeOf(named("AB".repeat(32), ROUND), four)).toBe("bad-number");
    expect(codeOf(named("", 1), four)).toBe("valid");
    expect(codeOf(named("ab".repeat(32), 1), four)).toBe("bad-number");
    expect(codeOf({ ...named("ab".repeat(32), ROUND), epoch: 3 }, five)).toBe("bad-number");
  });

  it("takes commit votes of this mode's size, for commits that exist", () => {
    const vote = (index: number, digest: string): BlockContent => block(QUORUM, { commitVote: { index, digest } });
    expect(codeOf(vote(1, "0123456789abcdef"))).toBe("valid");
    expect(codeOf(vote(0, "0123456789abcdef"))).toBe("bad-number");
    expect(codeOf(vote(1, "0123456789abcdef".repeat(4)))).toBe("bad-number");
    expect(codeOf(vote(1, "0123456789ABCDEF"))).toBe("bad-number");
  });
});
