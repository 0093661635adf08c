// Patterns are held to the plain recursive reading of them, and to texts on which recursion would have no end.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { globOf } from "./glob.ts";

/** The obvious matcher: every `*` tries everything. Exponential, so only for what is short. */
function model(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  if (pattern[0] === "*") return model(pattern.slice(1), text) || (text !== "" && model(pattern, text.slice(1)));
  if (text === "") return false;
  const rest = restAfterOne(pattern, text[0]!);
  return rest !== undefined && model(rest, text.slice(1));
}

/** The pattern after its first symbol, if that takes the character. */
function restAfterOne(pattern: string, character: string): string | undefined {
  if (pattern[0] === "?") return pattern.slice(1);
  if (pattern[0] !== "[") {
    const meant = pattern[0] === "\\" && pattern.length > 1 ? pattern.slice(1) : pattern;
    return meant[0] === character ? meant.slice(1) : undefined;
  }
  const negated = pattern[1] === "^";
  let rest = pattern.slice(negated ? 2 : 1);
  let found = false;
  while (rest !== "" && rest[0] !== "]") {
    if (rest[0] === "\\" && rest.length > 1) {
      found ||= rest[1] === character;
      rest = rest.slice(2);
    } else if (rest[1] === "-" && rest.length > 2) {
      const [low, high] = [rest[0]!, rest[2]!].sort();
      found ||= character >= low! && character <= high!;
      rest = rest.slice(3);
    } else {
      found ||= rest[0] === character;
      rest = rest.slice(1);
    }
  }
  return found === negated ? undefined : rest.slice(1);
}

describe("a pattern", () => {
  it("matches what its plain reading matches, finished or not", () => {
    const words = (symbols: string, maxLength: number): fc.Arbitrary<string> =>
      fc.string({ unit: fc.constantFrom(...symbols), maxLength });
    fc.assert(
      fc.property(words("**??aabc[]^-\\\xff", 10), words("aaabc-]^\\\xff", 8), (pattern, text) => {
        expect(globOf(pattern)(text)).toBe(model(pattern, text));
      }),
      { numRuns: 20_000 },
    );
  });

  it("needs no stack, however many stars it has and however long the text is", () => {
    const text = "a".repeat(100_000);
    const stars = "*a".repeat(512);
    expect(globOf(stars)(text)).toBe(true);
    expect(globOf(`${stars.slice(2)}b`)(text)).toBe(false);
  });

  it("is refused beyond its bound, before anything is matched", () => {
    expect(() => globOf("*".repeat(1025))).toThrow(/at most 1024 bytes/);
  });
});
