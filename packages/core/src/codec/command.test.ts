// The envelope of a command: everything that a machine needs survives, and what a door may not send is refused alike
// everywhere.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../bytes.ts";
import type { Command } from "../ports/machine.ts";
import { checkCommand, decodeCommand, encodeCommand, NAME_BYTES_MAX, WORDS_MAX } from "./command.ts";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

const name = fc.string({ unit: "grapheme", maxLength: 12 });
const commands: fc.Arbitrary<Command> = fc.record({
  words: fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 8 }),
  notAfter: fc.maxSafeNat(),
  session: fc.option(fc.record({ id: name, sequence: fc.maxSafeNat(), acknowledgedUpTo: fc.maxSafeNat() }), {
    nil: undefined,
  }),
  user: name,
  clientSignature: fc.option(fc.uint8Array({ minLength: 64, maxLength: 64 }), { nil: undefined }),
});

const SET: Command = {
  words: ["SET", "a", "1"].map(encodeUtf8),
  notAfter: 300,
  session: undefined,
  user: "",
  clientSignature: undefined,
};

describe("a command", () => {
  it("decodes to what was encoded", () => {
    fc.assert(
      fc.property(commands, (command) => {
        expect(checkCommand(command)).toBeUndefined();
        expect(decodeCommand(encodeCommand(command))).toEqual(command);
      }),
    );
  });

  it("has no second encoding", () => {
    fc.assert(
      fc.property(commands, fc.nat(), fc.nat(255), (command, at, byte) => {
        const bytes = encodeCommand(command);
        bytes[at % bytes.length] = byte;
        const read = decodeCommand(bytes);
        if ("words" in read) expect(encodeCommand(read)).toEqual(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it("keeps the bytes of version 1", () => {
    expect(toHex(encodeCommand(SET))).toBe("10ac02" + "03035345540161" + "0131");
    const full: Command = {
      ...SET,
      session: { id: "s", sequence: 2, acknowledgedUpTo: 1 },
      user: "u",
      clientSignature: new Uint8Array(64).fill(7),
    };
    expect(toHex(encodeCommand(full))).toBe(`17ac02${"01730201"}${"0175"}${"07".repeat(64)}${"030353455401610131"}`);
  });

  it("that no envelope can carry is told before it is encoded", () => {
    const long = "x".repeat(NAME_BYTES_MAX + 1);
    const session = { id: "s", sequence: 1, acknowledgedUpTo: 0 };
    const bad: readonly [Partial<Command>, string][] = [
      [{ words: [] }, "bad-number"],
      [{ words: Array.from({ length: WORDS_MAX + 1 }, () => new Uint8Array(0)) }, "too-large"],
      [{ notAfter: -1 }, "bad-number"],
      [{ notAfter: 0.5 }, "bad-number"],
      [{ user: long }, "too-large"],
      [{ session: { ...session, id: long } }, "too-large"],
      [{ session: { ...session, sequence: Number.NaN } }, "bad-number"],
      [{ clientSignature: new Uint8Array(63) }, "bad-signature"],
    ];
    for (const [change, code] of bad) {
      expect(checkCommand({ ...SET, ...change })?.code).toBe(code);
      expect(() => encodeCommand({ ...SET, ...change })).toThrow(code);
    }
  });

  it("in foreign bytes is refused with a reason", () => {
    const refused: readonly [string, string][] = [
      ["", "truncated"],
      ["20ac020100", "bad-version"],
      ["18ac020100", "bad-tag"],
      ["10ac0200", "bad-number"],
      ["10ac02010000", "trailing-bytes"],
      ["12ac02000100", "non-canonical"],
      ["12ac0202c0800100", "non-canonical"],
      ["10ac02ffffffff0f00", "too-large"],
    ];
    for (const [hex, code] of refused) expect(decodeCommand(fromHex(hex)), hex).toMatchObject({ code });
  });
});

describe("UTF-8", () => {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  it("is encoded as every host does, lone surrogates too", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.string({ unit: fc.nat(0xffff).map((c) => String.fromCharCode(c)) }),
        (text, wild) => {
          expect(encodeUtf8(text)).toEqual(new TextEncoder().encode(text));
          expect(encodeUtf8(wild)).toEqual(new TextEncoder().encode(wild));
        },
      ),
    );
  });

  it("is decoded as a strict host does, or not at all", () => {
    const near = fc.array(
      fc.constantFrom(0x41, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xa0, 0xed, 0xef, 0xf0, 0x90, 0xf4, 0x8f, 0xf8),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 8 }),
          near.map((bytes) => Uint8Array.from(bytes)),
        ),
        (bytes) => {
          let expected: string | undefined;
          try {
            expected = strict.decode(bytes);
          } catch {
            expected = undefined;
          }
          expect(decodeUtf8(bytes)).toBe(expected);
        },
      ),
      { numRuns: 10_000 },
    );
  });
});
