// Reader and writer: one number, one form, and no length believed before it is compared.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Reader } from "./reader.ts";
import { varintBytes, Writer } from "./writer.ts";

function written(value: number): Uint8Array {
  const writer = new Writer(1);
  writer.varint(value);
  return writer.finish();
}

const numbers = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(300),
  fc.integer({ min: 0, max: 53 }).map((bits) => Math.min(2 ** bits, Number.MAX_SAFE_INTEGER)),
  fc.integer({ min: 1, max: 53 }).map((bits) => 2 ** bits - 1),
);

describe("varints", () => {
  it("read back as written, in as many bytes as foretold", () => {
    fc.assert(
      fc.property(numbers, (value) => {
        const bytes = written(value);
        const reader = new Reader(bytes);
        expect(reader.varint()).toBe(value);
        reader.end();
        expect(reader.failure).toBeUndefined();
        expect(bytes.length).toBe(varintBytes(value));
      }),
      { numRuns: 2000 },
    );
  });

  it("have no second form: whatever is read is written again as the same bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 10 }), (bytes) => {
        const reader = new Reader(bytes);
        const value = reader.varint();
        if (reader.failure === undefined) expect(written(value)).toEqual(bytes.slice(0, reader.offset));
      }),
      { numRuns: 5000 },
    );
  });

  it("end at 2^53 − 1", () => {
    expect(written(Number.MAX_SAFE_INTEGER)).toEqual(Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 15));
    const above = new Reader(Uint8Array.of(128, 128, 128, 128, 128, 128, 128, 16));
    above.varint();
    expect(above.failure?.code).toBe("bad-number");
    const endless = new Reader(new Uint8Array(20).fill(255));
    endless.varint();
    expect(endless.failure?.code).toBe("bad-number");
  });

  it("are refused in a longer form than needed", () => {
    for (const bytes of [
      [0x80, 0x00],
      [0xff, 0x00],
      [0x80, 0x80, 0x00],
    ]) {
      const reader = new Reader(Uint8Array.from(bytes));
      reader.varint();
      expect(reader.failure?.code).toBe("non-canonical");
    }
  });

  it("that are no whole numbers are our bug when written", () => {
    for (const value of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => written(value)).toThrow("cannot be written");
    }
  });
});

describe("a reader", () => {
  it("keeps its first failure and answers nothing after it", () => {
    const reader = new Reader(Uint8Array.of(0x80, 0x00, 7, 7, 7));
    reader.varint();
    expect(reader.failure?.code).toBe("non-canonical");
    expect([reader.byte(), reader.varint(), reader.take(2).length, reader.hex(1), reader.flag()]).toEqual([
      0,
      0,
      0,
      "",
      false,
    ]);
    reader.end();
    expect(reader.failure?.code).toBe("non-canonical");
  });

  it("grants nothing for a count or a length that the bytes cannot hold", () => {
    fc.assert(
      fc.property(numbers, fc.nat(40), fc.integer({ min: 1, max: 8 }), (claimed, left, entryBytesMin) => {
        const bytes = Uint8Array.from([...written(claimed), ...new Uint8Array(left)]);
        const counting = new Reader(bytes);
        const count = counting.count(Number.MAX_SAFE_INTEGER, entryBytesMin);
        expect(count).toBe(claimed * entryBytesMin <= left ? claimed : 0);
        expect(counting.granted).toBe(count);
        const sizing = new Reader(bytes);
        const taken = sizing.sized(Number.MAX_SAFE_INTEGER);
        expect(taken.length).toBe(claimed <= left ? claimed : 0);
        expect(sizing.granted).toBe(taken.length);
      }),
    );
  });

  it("compares with the limit before it looks at what remains", () => {
    const bytes = Uint8Array.of(5, 1, 2, 3, 4, 5);
    const counting = new Reader(bytes);
    counting.count(4, 1);
    expect(counting.failure?.code).toBe("too-large");
    const sizing = new Reader(bytes);
    sizing.sized(4);
    expect(sizing.failure?.code).toBe("too-large");
    expect(counting.granted + sizing.granted).toBe(0);
  });

  it("hands out views, not copies", () => {
    const bytes = Uint8Array.of(2, 8, 9);
    expect(new Reader(bytes).sized(10).buffer).toBe(bytes.buffer);
  });
});
