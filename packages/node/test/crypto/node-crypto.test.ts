// The core's port over node:crypto: hashes against the standard's own examples, signatures against each other, and the
// encoding of real signed blocks.
import { createHash } from "node:crypto";
import { fromHex, toHex } from "@quorate/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeKeyPair } from "../../src/crypto/keys.ts";
import { createNodeCrypto } from "../../src/crypto/node-crypto.ts";

const members = Array.from({ length: 3 }, () => makeKeyPair());
const publicKeys = members.map(({ publicKey }) => publicKey);
const cryptoOf = (index: number) => createNodeCrypto({ privateKey: members[index]!.privateKey, publicKeys });
const text = (words: string): Uint8Array => Uint8Array.from(Buffer.from(words));

describe("node crypto", () => {
  it("hashes as the standard says", () => {
    // FIPS 180-4, the examples of one and of no block.
    expect(toHex(cryptoOf(0).hash(text("abc")))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    expect(toHex(cryptoOf(0).hash(text("")))).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });

  it("hashes and checksums views of larger buffers by their own bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), (bytes, offset) => {
        const around = new Uint8Array(bytes.length + 40).fill(7);
        around.set(bytes, offset);
        const view = around.subarray(offset, offset + bytes.length);
        const expected = createHash("sha256").update(bytes).digest("hex");
        expect(toHex(cryptoOf(0).hash(view))).toBe(expected);
        expect(toHex(cryptoOf(0).checksum(view))).toBe(expected.slice(0, 16));
      }),
    );
  });

  it("hands out plain arrays, whose slices are copies", () => {
    const crypto = cryptoOf(0);
    for (const bytes of [crypto.hash(text("a")), crypto.checksum(text("a")), crypto.sign(text("a"))]) {
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
    }
  });

  it("signs as RFC 8032 says", () => {
    // Section 7.1, test 2.
    const publicKey = fromHex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    const signature = fromHex(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
    expect(createNodeCrypto({ publicKeys: [publicKey] }).verify(0, Uint8Array.of(0x72), signature)).toBe(true);
    expect(createNodeCrypto({ publicKeys: [publicKey] }).verify(0, Uint8Array.of(0x73), signature)).toBe(false);
  });

  it("verifies what a member signed, under that member only, and nothing that was touched", () => {
    fc.assert(
      fc.property(fc.nat(2), fc.uint8Array({ maxLength: 80 }), fc.nat(511), (author, bytes, bit) => {
        const signature = cryptoOf(author).sign(bytes);
        const crypto = createNodeCrypto({ publicKeys });
        for (let other = 0; other < 3; other++) expect(crypto.verify(other, bytes, signature)).toBe(other === author);
        const touched = signature.slice();
        touched[bit >> 3]! ^= 1 << (bit & 7);
        expect(crypto.verify(author, bytes, touched)).toBe(false);
        expect(crypto.verify(author, Uint8Array.of(...bytes, 0), signature)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it("says no to authors without a key and to signatures of another length", () => {
    const crypto = createNodeCrypto({ publicKeys: [publicKeys[0]!, new Uint8Array(0)] });
    const signature = cryptoOf(0).sign(text("a"));
    expect(crypto.verify(1, text("a"), signature)).toBe(false);
    expect(crypto.verify(7, text("a"), signature)).toBe(false);
    for (const length of [0, 63]) expect(crypto.verify(0, text("a"), signature.subarray(0, length))).toBe(false);
    expect(crypto.verify(0, text("a"), Uint8Array.of(...signature, 0))).toBe(false);
  });

  it("refuses to sign without a key, and keys of another length", () => {
    expect(() => createNodeCrypto({ publicKeys }).sign(text("a"))).toThrow("without a private key");
    expect(() => createNodeCrypto({ publicKeys: [new Uint8Array(31)] })).toThrow("32 bytes, not 31");
  });
});
