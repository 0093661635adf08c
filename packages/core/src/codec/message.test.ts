// Messages and cursors through bytes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CLUSTERS, type Cluster, isByzantine } from "../../test/codec/clusters.ts";
import { randomContent, randomCursor, randomMessage } from "../../test/codec/generate.ts";
import { Rng } from "../../test/codec/rng.ts";
import { equalBytes, toHex } from "../bytes.ts";
import { compareRefs } from "../ids.ts";
import { FRAME_BYTES_MAX } from "../limits.ts";
import type { Cursor, Message } from "../message.ts";
import { encodeBlock } from "./block.ts";
import { chainDigestOf, decodeCursor, encodeCursor } from "./cursor.ts";
import {
  BLOCKS_PER_FRAME_MAX,
  DIGESTS_PER_FRAME_MAX,
  decodeMessage,
  encodeMessage,
  REFS_PER_FETCH_MAX,
  SNAPSHOT_PIECE_BYTES_MAX,
  splitBlocks,
} from "./message.ts";
import { Writer } from "./writer.ts";

const plain = CLUSTERS[0]!;
const signed = CLUSTERS.find(isByzantine)!;

function blocksOf(cluster: Cluster, rng: Rng): Uint8Array[] {
  return Array.from({ length: 5 }, () => {
    const content = randomContent(rng, cluster);
    return encodeBlock(content, cluster.contexts[content.author]!).bytes;
  });
}

function frameOf(tag: number, ...fields: readonly (number | Uint8Array)[]): Uint8Array {
  const writer = new Writer();
  writer.byte(1);
  writer.byte(tag);
  for (const field of fields) {
    if (typeof field === "number") writer.varint(field);
    else writer.raw(field);
  }
  return writer.finish();
}

describe("a message", () => {
  for (const cluster of CLUSTERS) {
    it(`decodes to what was encoded, ${cluster.name}`, () => {
      const rng = new Rng(3);
      const blocks = blocksOf(cluster, rng);
      const kinds = new Set<string>();
      for (let run = 0; run < 500; run++) {
        const message = randomMessage(rng, cluster, blocks);
        const frame = encodeMessage(message, cluster.contexts[0]!);
        expect(decodeMessage(frame, cluster.contexts[1]!)).toEqual(message);
        kinds.add(message.kind);
      }
      expect(kinds.size).toBe(12);
    });
  }

  it("at its bounds passes, and one step further is refused or cannot be made", () => {
    const context = signed.contexts[0]!;
    const ref = { author: 3, round: 7, digest: "ab".repeat(32) };
    const most: readonly Message[] = [
      { kind: "blocks", blocks: Array.from({ length: BLOCKS_PER_FRAME_MAX }, () => new Uint8Array(3)) },
      { kind: "fetch", refs: Array.from({ length: REFS_PER_FETCH_MAX }, () => ref) },
      { kind: "digest-request", from: 1, to: DIGESTS_PER_FRAME_MAX },
      { kind: "digests", from: 1, digests: Array.from({ length: DIGESTS_PER_FRAME_MAX }, () => "ff".repeat(32)) },
      {
        kind: "snapshot",
        index: 1,
        offset: 0,
        total: SNAPSHOT_PIECE_BYTES_MAX,
        cursor: new Uint8Array(0),
        bytes: new Uint8Array(SNAPSHOT_PIECE_BYTES_MAX),
      },
    ];
    for (const message of most) {
      const frame = encodeMessage(message, context);
      const read = decodeMessage(frame, context);
      expect(read, message.kind).toMatchObject({ kind: message.kind });
      expect(equalBytes(encodeMessage(read as Message, context), frame)).toBe(true);
    }
    const more: readonly Message[] = [
      { kind: "blocks", blocks: Array.from({ length: BLOCKS_PER_FRAME_MAX + 1 }, () => new Uint8Array(3)) },
      { kind: "fetch", refs: Array.from({ length: REFS_PER_FETCH_MAX + 1 }, () => ref) },
      { kind: "digest-request", from: 1, to: DIGESTS_PER_FRAME_MAX + 1 },
      { kind: "digests", from: 1, digests: Array.from({ length: DIGESTS_PER_FRAME_MAX + 1 }, () => "") },
    ];
    for (const message of more) expect(() => encodeMessage(message, context)).toThrow();
    expect(decodeMessage(frameOf(1, BLOCKS_PER_FRAME_MAX + 1), context)).toMatchObject({ code: "too-large" });
    expect(decodeMessage(frameOf(2, REFS_PER_FETCH_MAX + 1), context)).toMatchObject({ code: "too-large" });
    expect(decodeMessage(frameOf(9, 1, DIGESTS_PER_FRAME_MAX + 1), context)).toMatchObject({ code: "bad-number" });
    expect(decodeMessage(frameOf(10, 1, DIGESTS_PER_FRAME_MAX + 1), context)).toMatchObject({ code: "too-large" });
  });

  it("carries as many blocks as fit, and splitting loses none", () => {
    const context = plain.contexts[0]!;
    const size = 256 * 1024;
    const large = Array.from({ length: 40 }, (_, index) => new Uint8Array(size - index));
    const small = Array.from({ length: BLOCKS_PER_FRAME_MAX + 1 }, (_, index) => Uint8Array.of(index & 255));
    expect(() => encodeMessage({ kind: "blocks", blocks: large }, context)).toThrow("too large");
    for (const [blocks, frames] of [
      [[], 0],
      [large, 3],
      [small, 2],
    ] as const) {
      const groups = splitBlocks(blocks);
      expect(groups.flat().every((block, index) => block === blocks[index])).toBe(true);
      expect(groups.flat().length).toBe(blocks.length);
      expect(groups.length).toBe(frames);
      for (const group of groups) encodeMessage({ kind: "blocks", blocks: group }, context);
    }
    // A group that fills the frame to its last byte is not split further.
    const exact = FRAME_BYTES_MAX - 5 - 4;
    expect(splitBlocks([new Uint8Array(exact)]).length).toBe(1);
    expect(splitBlocks([new Uint8Array(exact - 3), Uint8Array.of(1), Uint8Array.of(1)]).length).toBe(2);
  });

  it("larger than a frame is refused unread", () => {
    expect(decodeMessage(new Uint8Array(FRAME_BYTES_MAX + 1), plain.contexts[0]!)).toMatchObject({ code: "too-large" });
    expect(decodeMessage(new Uint8Array(FRAME_BYTES_MAX), plain.contexts[0]!)).toMatchObject({ code: "bad-version" });
  });

  it("that lists rounds lists one for every member", () => {
    const context = plain.contexts[0]!;
    expect(decodeMessage(frameOf(4, 1, 2, 3), context)).toEqual({ kind: "want", rounds: [1, 2, 3] });
    expect(decodeMessage(frameOf(4, 1, 2), context)).toMatchObject({ code: "truncated" });
    expect(decodeMessage(frameOf(4, 1, 2, 3, 4), context)).toMatchObject({ code: "trailing-bytes" });
    expect(decodeMessage(frameOf(4, 1, 2, 2 ** 31), context)).toMatchObject({ code: "bad-round" });
  });

  it("fetches blocks that somebody made, by members of this committee", () => {
    const context = plain.contexts[0]!;
    expect(decodeMessage(frameOf(2, 1, 2, 1), context)).toMatchObject({ kind: "fetch" });
    expect(decodeMessage(frameOf(2, 1, 2, 0), context)).toMatchObject({ code: "bad-round" });
    expect(decodeMessage(frameOf(2, 1, 3, 1), context)).toMatchObject({ code: "unknown-author" });
  });

  it("keeps the bytes of version 1", () => {
    const context = plain.contexts[0]!;
    const head = Uint8Array.of(9);
    const frames: readonly [Message, string][] = [
      [{ kind: "blocks", blocks: [head] }, "010101" + "0109"],
      [{ kind: "fetch", refs: [{ author: 2, round: 300, digest: "" }] }, "010201" + "02ac02"],
      [
        {
          kind: "heads",
          rounds: [1, 2, 3],
          floor: 4,
          index: 5,
          digest: "abcd",
          checkpoint: 6,
          sentAt: 7,
          echo: 8,
          wall: 9,
          needy: true,
        },
        "0103010203" + "040502abcd0607080901",
      ],
      [{ kind: "want", rounds: [1, 2, 3] }, "0104010203"],
      [{ kind: "frontier-request", id: 1 }, "010501"],
      [{ kind: "frontier", id: 1, head }, "0106010109"],
      [{ kind: "recovery-request", nonce: 1 }, "010701"],
      [{ kind: "recovery", nonce: 1, head, rounds: [1, 2, 3], floor: 4 }, "0108010109" + "01020304"],
      [{ kind: "digest-request", from: 1, to: 2 }, "01090102"],
      [{ kind: "digests", from: 1, digests: ["ab", ""] }, "010a0102" + "01ab00"],
      [{ kind: "snapshot-request", index: 1, offset: 2 }, "010b0102"],
      [
        { kind: "snapshot", index: 1, offset: 0, total: 9, cursor: head, bytes: Uint8Array.of(1, 2) },
        "010c010009" + "0109020102",
      ],
    ];
    for (const [message, hex] of frames) expect(toHex(encodeMessage(message, context)), message.kind).toBe(hex);
  });
});

describe("a cursor", () => {
  it("decodes to what was encoded, its covering refs in order", () => {
    for (const cluster of CLUSTERS) {
      const rng = new Rng(4);
      for (let run = 0; run < 200; run++) {
        const cursor = randomCursor(rng, cluster);
        const bytes = encodeCursor(cursor, cluster.contexts[0]!);
        const sorted = { ...cursor, covering: cursor.covering.toSorted(compareRefs) };
        expect(decodeCursor(bytes, cluster.contexts[1]!)).toEqual(sorted);
        const turned = { ...cursor, covering: cursor.covering.toReversed() };
        expect(encodeCursor(turned, cluster.contexts[1]!)).toEqual(bytes);
      }
    }
  });

  it("has another chain digest when anything but the state's digest differs, and the same in every order", () => {
    for (const cluster of CLUSTERS) {
      const context = cluster.contexts[0]!;
      const covering = [1, 2].map((author) => ({ author, round: 5, digest: author === 1 ? "ab".repeat(32) : "" }));
      const cursor = { ...randomCursor(new Rng(1), cluster), covering };
      const digest = chainDigestOf(cursor, context);
      const others: Partial<Cursor>[] = [
        { index: cursor.index + 1 },
        { anchor: { ...cursor.anchor, round: cursor.anchor.round + 1 } },
        { anchor: { ...cursor.anchor, author: cursor.anchor.author === 0 ? 1 : 0 } },
        { horizon: cursor.horizon + 1 },
        { time: cursor.time + 1 },
        { ordered: "cd".repeat(32) },
        { covering: covering.slice(1) },
        { covering: [] },
      ];
      for (const other of others) expect(chainDigestOf({ ...cursor, ...other }, context)).not.toBe(digest);
      for (const same of [{ stateDigest: "cd" }, { covering: covering.toReversed() }])
        expect(chainDigestOf({ ...cursor, ...same }, context)).toBe(digest);
    }
  });

  it("of another epoch is refused", () => {
    const cursor = randomCursor(new Rng(1), plain);
    const bytes = encodeCursor({ ...cursor, epoch: 1 }, plain.contexts[0]!);
    expect(decodeCursor(bytes, plain.contexts[0]!)).toMatchObject({ code: "wrong-epoch" });
  });

  it("covers each ref once, in order", () => {
    const covering = [1, 2].map((author) => ({ author, round: 5, digest: "" }));
    const cursor = { ...randomCursor(new Rng(1), plain), covering, stateDigest: "ab" };
    const bytes = encodeCursor(cursor, plain.contexts[0]!);
    const at = bytes.length - 6;
    expect(toHex(bytes.subarray(at))).toBe("0105020501ab");
    for (const spoiled of [Uint8Array.of(2, 5, 1, 5), Uint8Array.of(1, 5, 1, 5)]) {
      const other = bytes.slice();
      other.set(spoiled, at);
      expect(decodeCursor(other, plain.contexts[0]!)).toMatchObject({ code: "non-canonical" });
    }
  });
});

describe("no frame", () => {
  it("makes a decoder throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(plain, signed), (bytes, cluster) => {
        const context = cluster.contexts[0]!;
        decodeMessage(Uint8Array.from([1, ...bytes]), context);
        decodeCursor(Uint8Array.from([1, ...bytes]), context);
      }),
      { numRuns: 2000 },
    );
  });
});
