// The toy has what a simulator leans on: it repeats, it spreads, and one member's object does not sign for another.
import { describe, expect, it } from "vitest";
import { Rng } from "../test/codec/rng.ts";
import { toHex } from "./bytes.ts";
import { createToyCrypto } from "./crypto-toy.ts";

const toys = [0, 1, 2].map((self) => createToyCrypto({ self, seed: 42 }));
const [toy, other] = toys as [(typeof toys)[0], (typeof toys)[0]];

describe("the toy", () => {
  it("gives digests of the promised sizes, equal on every platform and for every member", () => {
    const text = Uint8Array.from({ length: 100 }, (_, index) => index);
    expect(toy.hash(text)).toEqual(other.hash(text));
    expect(toHex(toy.hash(text))).toMatchInlineSnapshot(
      `"9b86b33c8f4cb36fe0a46421975c76a45bafc40204356fef65b9d17a55c52047"`,
    );
    expect(toHex(toy.checksum(text))).toMatchInlineSnapshot(`"177aef47711ddc59"`);
    expect(toy.sign(text).length).toBe(64);
  });

  it("never gave two short texts, or two that differ in a few bits, the same hash or checksum", () => {
    const rng = new Rng(1);
    const texts = new Map<string, Uint8Array>();
    const add = (text: Uint8Array): unknown => texts.set(toHex(text), text);
    for (let length = 0; length < 70; length++) add(new Uint8Array(length));
    for (let first = 0; first < 256; first++) {
      add(Uint8Array.of(first));
      for (let second = 0; second < 256; second++) add(Uint8Array.of(first, second));
    }
    for (const length of [16, 33, 80]) {
      const base = rng.bytes(length);
      for (let left = 0; left < 8 * length; left++) {
        for (let right = left; right < Math.min(8 * length, left + 70); right++) {
          const text = base.slice();
          text[left >> 3]! ^= 1 << (left & 7);
          text[right >> 3]! ^= 1 << (right & 7);
          add(text);
        }
      }
    }
    const all = [...texts.values()];
    expect(new Set(all.map((text) => toHex(toy.hash(text)))).size).toBe(all.length);
    expect(new Set(all.map((text) => toHex(toy.checksum(text)))).size).toBe(all.length);
  });

  it("flips about half of the bits when one bit of the text flips", () => {
    const rng = new Rng(2);
    for (const length of [1, 15, 16, 17, 60]) {
      let flipped = 0;
      let runs = 0;
      for (let run = 0; run < 200; run++) {
        const text = rng.bytes(length);
        const near = text.slice();
        near[rng.below(length)]! ^= 1 << rng.below(8);
        const [left, right] = [toy.hash(text), toy.hash(near)];
        for (let at = 0; at < 32; at++) flipped += (left[at]! ^ right[at]!).toString(2).replaceAll("0", "").length;
        runs += 1;
      }
      expect(flipped / runs).toBeGreaterThan(120);
      expect(flipped / runs).toBeLessThan(136);
    }
  });

  it("signs for itself only", () => {
    const text = Uint8Array.of(1, 2, 3);
    const signature = toy.sign(text);
    for (const judge of toys) {
      expect(judge.verify(0, text, signature)).toBe(true);
      expect(judge.verify(1, text, signature)).toBe(false);
      expect(judge.verify(0, Uint8Array.of(1, 2, 4), signature)).toBe(false);
      expect(judge.verify(0, text, signature.subarray(1))).toBe(false);
    }
    expect(createToyCrypto({ self: 0, seed: 43 }).verify(0, text, signature)).toBe(false);
  });
});
