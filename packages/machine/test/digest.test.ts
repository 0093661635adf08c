// Both digesters: a content hash that knows nothing of order or history, and tells every two contents apart.
import { createCipheriv, createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byteString, cryptographicDigester, type Digester, fastDigester } from "../src/index.ts";
import { Driver } from "./drive.ts";

const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();

const text = fc.uint8Array({ maxLength: 12 }).map(byteString);
const entries = fc.uniqueArray(fc.tuple(text, text), { maxLength: 12, selector: ([key]) => key });

describe.each<[string, Digester, number]>([
  ["the fast digester", fastDigester, 8],
  ["the cryptographic digester", cryptographicDigester(sha256), 32],
])("%s", (_, digester, bytes) => {
  const hashOf = (content: readonly (readonly [string, string])[]): string => {
    const hash = digester.content();
    for (const [key, value] of content) hash.add(key, value);
    return hash.value();
  };

  it("gives equal contents equal hashes, whatever the order and what came and went", () => {
    fc.assert(
      fc.property(entries, entries, fc.nat(), (kept, gone, turn) => {
        const hash = digester.content();
        for (const [key, value] of gone) hash.add(key, value);
        const at = turn % (kept.length + 1);
        for (const [key, value] of [...kept.slice(at), ...kept.slice(0, at)]) hash.add(key, value);
        const resumed = digester.content(hash.value());
        for (const [key, value] of gone.toReversed()) resumed.remove(key, value);
        expect(resumed.value()).toBe(hashOf(kept));
      }),
      { numRuns: 60 },
    );
  });

  it("gives different contents different hashes: also where bytes move from key to value", () => {
    fc.assert(
      fc.property(entries, entries, (one, other) => {
        const same = JSON.stringify([...one].sort()) === JSON.stringify([...other].sort());
        expect(hashOf(one) === hashOf(other)).toBe(same);
      }),
      { numRuns: 100 },
    );
    expect(hashOf([["ab", "c"]])).not.toBe(hashOf([["a", "bc"]]));
    expect(
      hashOf([
        ["a", "b"],
        ["c", "d"],
      ]),
    ).not.toBe(
      hashOf([
        ["a", "d"],
        ["c", "b"],
      ]),
    );
    expect(
      hashOf([
        ["a", ""],
        ["a", ""],
      ]),
    ).not.toBe(hashOf([]));
  });

  it("changes with every bit of what it digests", () => {
    const base = "some bytes, more than a block of anything".repeat(3);
    const seen = new Set([digester.digest(base)]);
    for (let at = 0; at < base.length; at++) {
      for (const bit of [1, 128]) {
        const flipped = base.slice(0, at) + String.fromCharCode(base.charCodeAt(at) ^ bit) + base.slice(at + 1);
        seen.add(digester.digest(flipped));
      }
    }
    expect(seen.size).toBe(1 + 2 * base.length);
    expect([...seen].every((digest) => digest.length === bytes)).toBe(true);
  });

  it("lets a snapshot of a machine verify, and no other", () => {
    const driver = new Driver({ digester });
    for (let n = 0; n < 20; n++) driver.run("SADD", `s${n % 3}`, `m${n}`);
    const { pieces, ...head } = driver.snapshot();
    expect(head.digest).toMatch(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
    const target = new Driver({ digester });
    target.machine.restore(pieces, head);
    expect(target.machine.digest).toBe(head.digest);
    const broken = Uint8Array.from(pieces[0]!);
    broken[broken.length - 3]! ^= 4;
    expect(() => new Driver({ digester }).machine.restore([broken], head)).toThrow(/snapshot/);
  });
});

describe("the fast digester", () => {
  it("has no collision among a million small contents", () => {
    const seen = new Set<string>();
    const hash = fastDigester.content();
    for (let n = 0; n < 1_000_000; n++) {
      hash.add(`k${n % 1000}`, `${n}`);
      seen.add(hash.value());
    }
    expect(seen.size).toBe(1_000_000);
  });
});

describe("the cryptographic digester", () => {
  it("spreads an entry's hash by ChaCha20, as Node's own does", () => {
    const hash = cryptographicDigester(sha256).content();
    hash.add("k", "value");
    const key = sha256(Buffer.from("\x01kvalue"));
    const stream = createCipheriv("chacha20", key, Buffer.alloc(16)).update(Buffer.alloc(2048));
    expect(hash.value()).toBe(byteString(stream));
  });
});
