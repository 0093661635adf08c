// The codec under fire, in the size that every test run can afford; the soak throws fifty times as much.
import { describe, expect, it } from "vitest";
import { decodeBlockFrom } from "../src/codec/block.ts";
import { decodeCursorFrom } from "../src/codec/cursor.ts";
import { decodeMessageFrom } from "../src/codec/message.ts";
import { Reader } from "../src/codec/reader.ts";
import { checkBlock } from "../src/dag/validity.ts";
import type { RejectionCode } from "../src/rejection.ts";
import { type CodecSubject, runCodecFuzz } from "./fuzz-codec.ts";

/** Every code that bytes or content can earn by themselves; the others need a replica that has seen more. */
const CODES: readonly RejectionCode[] = [
  "truncated",
  "trailing-bytes",
  "bad-tag",
  "bad-version",
  "bad-number",
  "non-canonical",
  "too-large",
  "wrong-cluster",
  "wrong-epoch",
  "unknown-author",
  "bad-round",
  "no-parents",
  "no-own-parent",
  "two-parents-of-one-author",
  "parent-not-older",
  "parent-too-old",
  "no-parent-quorum",
  "bad-signature",
  "bad-evidence",
];

describe("the codec under hostile bytes", () => {
  const report = runCodecFuzz({ seed: 20_261_121, count: 200_000 });

  it("breaks no law", () => {
    expect(report.problems).toEqual([]);
  });

  it("refuses for every reason that it knows, and accepts too", () => {
    expect(Object.keys(report.refused)).toEqual(CODES.toSorted());
    for (const code of CODES) expect(report.refused[code], code).toBeGreaterThan(100);
    expect(report.accepted).toBeGreaterThan(report.count / 10);
  });

  it("is mostly fed with frames that were valid once", () => {
    expect(report.spoiled).toBeGreaterThan(report.count / 2);
  });

  it("is granted room in proportion to a frame, never to what the frame claims", () => {
    expect(report.grantedPerByteMax).toBeLessThanOrEqual(4);
  });

  it("repeats a campaign from its seed", () => {
    expect(runCodecFuzz({ seed: 5, count: 3000 })).toEqual(runCodecFuzz({ seed: 5, count: 3000 }));
  });
});

describe("a broken codec is noticed when it", () => {
  const broken: Readonly<Record<string, Partial<CodecSubject>>> = {
    "takes a smaller quorum of parents": {
      decodeBlock: (reader, context) => {
        const { committee } = context;
        const thresholds = { ...committee.thresholds, parents: committee.thresholds.parents - 1 };
        return decodeBlockFrom(reader, { ...context, committee: { ...committee, thresholds } });
      },
    },
    "takes parents from deeper down": {
      checkBlock: (content, context) =>
        checkBlock(content, { ...context, limits: { ...context.limits, weakDepth: context.limits.weakDepth + 1 } }),
    },
    "refuses the deepest parents": {
      checkBlock: (content, context) =>
        checkBlock(content, { ...context, limits: { ...context.limits, weakDepth: context.limits.weakDepth - 1 } }),
    },
    "takes any signature": {
      decodeBlock: (reader, context) =>
        decodeBlockFrom(reader, { ...context, crypto: { ...context.crypto, verify: () => true } }),
    },
    "takes blocks of another cluster": {
      decodeBlock: (reader, context) => {
        const { crypto } = context;
        const deaf = { ...crypto, checksum: () => reader.bytes.slice(-8), verify: () => true };
        return decodeBlockFrom(reader, { ...context, crypto: deaf });
      },
    },
    "takes more commands than the limit": {
      decodeBlock: (reader, context) =>
        decodeBlockFrom(reader, { ...context, limits: { ...context.limits, commandsPerBlockMax: 13 } }),
    },
    "takes bytes behind the end": {
      decodeCursor: (reader, context) => decodeCursorFrom(new Reader(reader.bytes.subarray(0, -1)), context),
    },
    throws: {
      decodeCommand: () => {
        throw new Error("a decoder let something escape");
      },
    },
    "makes room for what is only claimed": {
      decodeMessage: (reader, context) => {
        reader.granted += 5 * reader.bytes.length + 100;
        return decodeMessageFrom(reader, context);
      },
    },
  };
  for (const [title, subject] of Object.entries(broken)) {
    it(title, () => {
      expect(runCodecFuzz({ seed: 1, count: 20_000, subject }).problems).not.toEqual([]);
    });
  }
});
