// Framing and the hello, as functions: whatever the pieces in which bytes come, and whatever the bytes.
import { FORMAT_VERSION, FRAME_BYTES_MAX } from "@quorate/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameReader, Oversize } from "../../src/transport/frame-reader.ts";
import { decodeAnswer, encodeHello, encodeRefusal, HELLO_BYTES_MAX, type Hello } from "../../src/transport/hello.ts";
import { REFUSALS } from "../../src/transport/reasons.ts";
import { framed } from "./raw-peer.ts";

/** Everything that a reader gives for these pieces, frames copied. */
function readAll(reader: FrameReader, pieces: readonly Uint8Array[]): (Uint8Array | Oversize)[] {
  const found: (Uint8Array | Oversize)[] = [];
  for (const piece of pieces) {
    reader.feed(piece);
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
      found.push(frame);
      if (frame instanceof Oversize) return found;
    }
  }
  return found;
}

function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const places = [0, ...at.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return places.slice(1).map((place, index) => bytes.slice(places[index], place));
}

describe("the reader of frames", () => {
  it("gives the same frames however the stream is cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (frames, at) => {
          const pieces = cut(Buffer.concat(frames.map(framed)), at);
          const found = readAll(new FrameReader(300), pieces);
          for (const piece of pieces) piece.fill(0xaa);
          expect(found).toEqual(frames.map((frame) => new Uint8Array(frame)));
          for (const frame of found) expect(Object.getPrototypeOf(frame)).toBe(Uint8Array.prototype);
        },
      ),
    );
  });

  it("goes on where it stopped when it is fed before it was read to the end", () => {
    const frames = [Uint8Array.of(1, 2, 3), Uint8Array.of(4), Uint8Array.of(5, 6)];
    const stream = Buffer.concat(frames.map(framed));
    const reader = new FrameReader(10);
    reader.feed(new Uint8Array(stream.subarray(0, 9)));
    expect(reader.next()).toEqual(frames[0]);
    reader.feed(new Uint8Array(stream.subarray(9)));
    expect([reader.next(), reader.next(), reader.next()]).toEqual([frames[1], frames[2], undefined]);
  });

  it("refuses a length above the bound by its four bytes alone", () => {
    fc.assert(
      fc.property(fc.integer({ min: FRAME_BYTES_MAX + 1, max: 2 ** 32 - 1 }), (length) => {
        const head = Buffer.alloc(4);
        head.writeUInt32BE(length);
        const before = process.memoryUsage().arrayBuffers;
        const [found] = readAll(new FrameReader(FRAME_BYTES_MAX), [head]);
        expect(found).toMatchObject({ length });
        expect(found).toBeInstanceOf(Oversize);
        expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
      }),
      { numRuns: 20 },
    );
  });
});

describe("the hello", () => {
  const home = { clusterId: "0123456789abcdef0123456789abcdef", genesisHash: new Uint8Array(32).fill(3) };
  const hellos: fc.Arbitrary<Hello> = fc.record({
    from: fc.nat(99),
    to: fc.nat(99),
    channel: fc.constantFrom("blocks", "catch-up"),
    boot: fc.nat(2 ** 31 - 1),
    attempt: fc.nat(),
  });

  it("is read as it was written, and fits its bound", () => {
    fc.assert(
      fc.property(hellos, (hello) => {
        const bytes = encodeHello(hello, home);
        expect(bytes.length).toBeLessThanOrEqual(HELLO_BYTES_MAX);
        expect(decodeAnswer(bytes, home)).toEqual(hello);
      }),
    );
  });

  it("is refused for another cluster, genesis or version", () => {
    fc.assert(
      fc.property(hellos, fc.nat(255), (hello, bit) => {
        const genesisHash = home.genesisHash.slice();
        genesisHash[bit >> 3]! ^= 1 << (bit & 7);
        expect(decodeAnswer(encodeHello(hello, { ...home, genesisHash }), home)).toBe("wrong-genesis");
        expect(decodeAnswer(encodeHello(hello, { ...home, clusterId: "f".repeat(32) }), home)).toBe("wrong-cluster");
        const bytes = encodeHello(hello, home);
        const other = bytes.slice();
        other[12] = 9;
        expect(decodeAnswer(other, home)).toBe("wrong-version");
        // The formats' version stands behind the handshake's own and the kind.
        other.set(bytes);
        expect(other[14]).toBe(FORMAT_VERSION);
        other[14] = FORMAT_VERSION + 1;
        expect(decodeAnswer(other, home)).toBe("wrong-version");
      }),
    );
  });

  it("is malformed when a part is missing or added", () => {
    const bytes = encodeHello({ from: 0, to: 1, channel: "blocks", boot: 5, attempt: 1 }, home);
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeAnswer(bytes.subarray(0, length), home)).toBe("malformed");
    }
    expect(decodeAnswer(Uint8Array.of(...bytes, 0), home)).toBe("malformed");
  });

  it("tells every refusal to the other side", () => {
    for (const refused of REFUSALS) expect(decodeAnswer(encodeRefusal(refused), home)).toEqual({ refused });
  });

  it("never throws, whatever the bytes", () => {
    const start = encodeRefusal("tls").subarray(0, 13);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, begun) => {
        decodeAnswer(begun ? Uint8Array.of(...start, ...bytes) : bytes, home);
      }),
      { numRuns: 2_000 },
    );
  });
});
