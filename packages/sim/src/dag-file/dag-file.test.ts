// DAG files: both forms say the same, what breaks a rule is refused by name, and the answer has the agreed shape.
import { describe, expect, it } from "vitest";
import { decideDagFile, unmetExpectations } from "./decide-dag.ts";
import { parseDagFile } from "./parse-dag-file.ts";

interface JsonBlock {
  id: string;
  author: string;
  round: number;
  digest?: string;
  parents: string[];
}

/** Rounds in which everybody references everybody. */
function full(names: readonly string[], rounds: number): JsonBlock[] {
  const blocks: JsonBlock[] = [];
  for (let round = 1; round <= rounds; round++)
    for (const author of names) {
      const below = names.map((name) => `${name}${round - 1}`);
      const own = `${author}${round - 1}`;
      blocks.push({ id: `${author}${round}`, author, round, parents: [own, ...below.filter((id) => id !== own)] });
    }
  return blocks;
}

const NAMES = ["A", "B", "C", "D"];

function json(overrides: Record<string, unknown> = {}): string {
  return JSON.stringify({
    members: NAMES.map((name) => ({ name, stake: 1 })),
    fault: { crash: 0, byzantine: 1 },
    blocks: full(NAMES, 5),
    ...overrides,
  });
}

/** A file of five full rounds in which one block is changed. */
function changed(id: string, change: Partial<JsonBlock>, overrides: Record<string, unknown> = {}): string {
  return json({
    blocks: full(NAMES, 5).map((block) => (block.id === id ? { ...block, ...change } : block)),
    ...overrides,
  });
}

const decideText = (text: string) => decideDagFile(parseDagFile(text)).slots;

describe("the answer to a DAG file", () => {
  it("lists every slot up to the highest round in slot order, and leaves out what does not apply", () => {
    const slots = decideText(json());
    expect(slots.map(({ slot }) => `${slot.author}${slot.round}`).join(" ")).toBe(
      "A1 B1 C1 D1 A2 B2 C2 D2 B3 C3 D3 A3 B4 C4 D4 A4 B5 C5 D5 A5",
    );
    expect(slots[0]).toEqual({
      slot: { round: 1, author: "A" },
      verdict: "commit",
      block: "A1",
      how: "direct",
      because: "A1 has votes of stake 4 in round 2, and 4 commit",
    });
    expect(slots.at(-1)).toEqual({
      slot: { round: 5, author: "A" },
      verdict: "undecided",
      because: "0 of 4 votes, 0 of 3 certificates, 0 of 4 blames; no slot of round 8 or later can be its anchor yet",
    });
  });

  it("does not depend on the order of blocks", () => {
    expect(decideText(json({ blocks: full(NAMES, 5).toReversed() }))).toEqual(decideText(json()));
  });

  it("has slots only where anchors names them, in the order that it names", () => {
    const slots = decideText(json({ anchors: { "4": ["D", "A"], "2": ["C"], "7": ["B"] } }));
    expect(slots.map(({ slot, verdict }) => `${slot.author}${slot.round} ${verdict}`)).toEqual([
      "C2 commit",
      "D4 commit",
      "A4 commit",
      "B7 undecided",
    ]);
    expect(decideText(json({ anchors: {} }))).toEqual(decideText(json()));
  });

  it("takes the rule from the bounds unless the file names one", () => {
    expect(parseDagFile(json({ fault: { crash: 1, byzantine: 0 } })).committee.thresholds.rule).toBe("cft2");
    expect(parseDagFile(json({ fault: { crash: 1, byzantine: 0 }, rule: "hyb3" })).committee.thresholds).toMatchObject({
      rule: "hyb3",
      byzantine: 0,
      slack: 1,
    });
  });

  it("goes as far as a file may name a slot", () => {
    const slots = decideText("members A B C\nfault crash=1\nanchors 1..200000: A\n1: *\n2: *");
    expect(slots).toHaveLength(200_000);
    expect(slots[0]).toMatchObject({ verdict: "commit" });
  });

  it("may begin with a byte order mark", () => {
    expect(decideText(`\uFEFF${json()}`)).toEqual(decideText(json()));
    expect(decideText("\uFEFFmembers A\n1: *")).toHaveLength(1);
  });

  it("allows listed blocks of round 0 and fields that it does not know", () => {
    const genesis = NAMES.map((name) => ({ id: `${name}0`, author: name, round: 0, parents: [] }));
    const blocks = [...genesis, ...full(NAMES, 5).map((block) => ({ ...block, colour: "red" }))];
    expect(decideText(json({ blocks, comment: "…" }))).toEqual(decideText(json()));
  });

  it("settles ties between twins by digest, and by id where there is none", () => {
    const twins = (first: string | undefined, second: string | undefined): string => {
      const names = ["A", "B", "C", "D", "E", "F"];
      const blocks = full(names, 5);
      const twin = { ...blocks[0]!, id: "A1x" };
      if (first !== undefined) blocks[0] = { ...blocks[0]!, digest: first };
      if (second !== undefined) twin.digest = second;
      for (const block of blocks)
        if (block.round === 2 && "DEF".includes(block.author))
          block.parents = block.parents.map((id) => (id === "A1" ? "A1x" : id));
      const members = names.map((name) => ({ name, stake: 1 }));
      const slots = decideText(json({ members, blocks: [...blocks, twin], anchors: { "1": ["A"], "4": ["B"] } }));
      return slots[0]!.block!;
    };
    expect(twins("ff", "00")).toBe("A1x");
    expect(twins("00", "ff")).toBe("A1");
    expect(twins("0A", "0b")).toBe("A1");
    expect(twins("00ff", "00")).toBe("A1x");
    expect(twins(undefined, undefined)).toBe("A1");
  });

  it("says when a file holds more liars than the rule survives", () => {
    const text = `
      members A B C D
      fault byzantine=1
      anchors 1: A
      1: A#0a->[*] A#0b->[*] B C D
      2: A#0a->[-A1#0b] B#0a->[-A1#0b] C#0a->[-A1#0b] D#0a->[-A1#0b]
      2: A#0b->[-A1#0a] B#0b->[-A1#0a] C#0b->[-A1#0a] D#0b->[-A1#0a]`;
    expect(() => decideText(text)).toThrow("A1 has two direct verdicts: more members lie than the fault bound allows");
  });
});

describe("the text form", () => {
  it("says the same as JSON", () => {
    const text = `
      # A comment, and an empty line below.

      members A B C D
      fault crash=0 byzantine=1   # Another one.
      1: *
      2: *
      3: A B C D
      4: A->[*] B->[A3 B3 C3 D3] C D->[D3 A3
      5: *`.replace("D3 A3\n", "D3 A3 C3 B3]\n");
    expect(decideText(text)).toEqual(decideText(json()));
  });

  it("leaves out authors and parents, names twins, and puts the own parent first", () => {
    const { blocks } = parseDagFile(`
      members A B C D E
      stake 1 1 1 1 2
      fault byzantine=1
      1: * -D
      2: A#1a->[*] A#2b->[-C1] B->[E1 C1 A1] C E
      3: B->[-A2#2b D0]
      3: E->[* -A2#1a]`);
    const parents = Object.fromEntries(
      blocks.map(({ id, parents }) => [id, parents.map((parent) => parent.id).join(" ")]),
    );
    expect(parents).toEqual({
      A1: "A0 B0 C0 D0 E0",
      B1: "B0 A0 C0 D0 E0",
      C1: "C0 A0 B0 D0 E0",
      E1: "E0 A0 B0 C0 D0",
      "A2#1a": "A1 B1 C1 E1",
      "A2#2b": "A1 B1 E1",
      B2: "B1 E1 C1 A1",
      C2: "C1 A1 B1 E1",
      E2: "E1 A1 B1 C1",
      B3: "B2 D0 A2#1a C2 E2",
      E3: "E2 A2#2b B2 C2",
    });
  });

  it("holds expectations against the answer", () => {
    const unmet = (expected: string): readonly string[] => {
      const file = parseDagFile(`members A B C\nfault crash=1\nanchors 1..2: A B\n1: *\n2: *\n${expected}`);
      return unmetExpectations(file, decideDagFile(file));
    };
    expect(unmet("expect 1 commit direct\nexpect A1 commit A1\nexpect 2 undecided")).toEqual([]);
    expect(unmet("expect A1 skip")).toEqual([
      "A1: expected skip, found commit A1 direct: A1 has votes of stake 3 in round 2, and 2 commit",
    ]);
    expect(unmet("expect A1 commit indirect")).toHaveLength(1);
    expect(unmet("expect A1 commit B1")).toHaveLength(1);
    expect(unmet("expect C1 commit")).toEqual(["C1: expected commit, but it is not a slot"]);
    expect(unmet("expect 1..2 commit")).toHaveLength(2);
    expect(unmet("expect 3 commit")).toEqual(["round 3: expected commit, but it has no slot"]);
    expect(unmet("expect 2..4 undecided")).toEqual([
      "round 3: expected undecided, but it has no slot",
      "round 4: expected undecided, but it has no slot",
    ]);
    expect(unmet("anchors 1..2:\nexpect 1 commit")).toHaveLength(1);
  });

  it.each([
    ["1: *", "line 1: members must be named before the first round"],
    ["members A B\n2: *\n1: *", "line 3: round 1 comes after round 2"],
    ["members A1", 'line 1: a member is named by letters, not "A1"'],
    ["members A B\nstake 1", "stake names 1 amounts for 2 members"],
    ["members A\nfault crash=x", 'line 2: fault takes crash=N and byzantine=N, not "crash=x"'],
    ["members A\nrule raft", 'line 2: rule is cft2 or hyb3, not "raft"'],
    ["members A\nanchors A", "line 2: anchors takes a round, a colon and names: anchors 3: A B"],
    ["members A\nslots 3", "line 2: a line begins with members, stake, fault, rule, anchors, expect or a round"],
    ["members A\n1: A->B", 'line 2: not a block: "A->B"'],
    ["members A\n1: * -B", 'line 2: there is no member "B" to leave out'],
    ["members A\n1: A->[-B0]", 'line 2: block A1: there is no block "B0" to leave out'],
    ["members A\nexpect A1", "line 2: expect says commit, skip or undecided"],
    ["members A\nexpect 1A commit", "line 2: expect names a slot such as A3, or rounds such as 2..5"],
    ["members A\nexpect A1 commit skip", 'line 2: expect says one verdict, one way and one block, not "commit skip"'],
    ["members A\nexpect 1..99999999999 commit", "line 2: a slot lies in a round from 1 to 1000000, not 99999999999"],
    ["members A\nexpect 5..2 commit", "line 2: 5..2 names no round: write the smaller one first"],
    ["members A\nanchors 1..99999999999: A", "line 2: a slot lies in a round from 1 to 1000000, not 99999999999"],
    ["members A\nanchors 0..3: A", "line 2: a slot lies in a round from 1 to 1000000, not 0"],
    ["members A\nanchors 5..2: A", "line 2: 5..2 names no round: write the smaller one first"],
    ["members A B\n1: *\nmembers A B C", "line 3: members is given twice"],
    ["members A\nstake 1\nstake 2", "line 3: stake is given twice"],
    ["members A\nfault crash=0 crash=1", "line 2: crash is given twice"],
    ["members A\nrule cft2 hyb3", 'line 2: rule is cft2 or hyb3, not "cft2 hyb3"'],
    ["members A\nrule cft2\nrule hyb3", "line 3: rule is given twice"],
    ["members A B C\n1: *\nexpect D1 skip", 'expect: there is no member "D"'],
  ])("refuses %j", (text, message) => {
    expect(() => parseDagFile(text)).toThrow(message);
  });
});

describe("a DAG file that breaks a rule", () => {
  it.each([
    ["V1", changed("C3", { author: "X" }), 'block C3: V1 there is no member "X"'],
    ["V1, round 0", changed("C3", { round: 0 }), "block C3: V1 the blocks of round 0 are implicit"],
    [
      "V2",
      changed("C3", { parents: ["C2", "A2"] }),
      "block C3: V2 its parents of round 2 hold stake 2, and the parent quorum is 3",
    ],
    ["V2 in round 1", changed("C1", { parents: ["C0"] }), "block C1: V2 its parents of round 0 hold stake 1"],
    [
      "V2 by a late parent",
      changed("C3", { parents: ["C2", "A2", "B1"] }),
      "block C3: V2 its parents of round 2 hold stake 2",
    ],
    [
      "V3, first",
      changed("C3", { parents: ["A2", "C2", "B2"] }),
      "block C3: V3 its first parent must be C's own latest earlier block, of round 2",
    ],
    ["V3, none", changed("C3", { parents: ["A2", "B2", "D2"] }), "block C3: V3 its first parent must be C's own"],
    ["V3, no parents", changed("C3", { parents: [] }), "block C3: V3 its first parent must be C's own"],
    [
      "V3, not the latest",
      changed("C3", { parents: ["C1", "A2", "B2", "D2"] }),
      "block C3: V3 its first parent C1 is of round 1, but C's own latest earlier block is of round 2",
    ],
    ["V4", changed("C3", { parents: ["C2", "A2", "B2", "A1"] }), "block C3: V4 it has two parents of A, A2 and A1"],
    [
      "V4, the same twice",
      changed("C3", { parents: ["C2", "A2", "A2", "B2"] }),
      "block C3: V4 it has two parents of A, A2 and A2",
    ],
    [
      "V5, same round",
      changed("C3", { parents: ["C2", "A2", "B3"] }),
      "block C3: V5 its parent B3 of round 3 is not older",
    ],
    ["V5, later", changed("C3", { parents: ["C2", "A2", "B4"] }), "block C3: V5 its parent B4 of round 4 is not older"],
    [
      "V5, itself",
      changed("C3", { parents: ["C2", "A2", "B2", "C3"] }),
      "block C3: V5 its parent C3 of round 3 is not older",
    ],
    [
      "an unknown parent",
      changed("C3", { parents: ["C2", "A2", "B2", "Z2"] }),
      "block C3: its parent Z2 is not in the file",
    ],
    ["a repeated id", json({ blocks: [...full(NAMES, 2), full(NAMES, 1)[0]] }), "block A1: the id is given twice"],
    ["the id of round 0", changed("C3", { id: "A0" }), "block A0: the id belongs to a block of round 0"],
    [
      "a digest that is not hexadecimal",
      changed("C3", { digest: "xy" }),
      'block C3: its digest "xy" is not hexadecimal',
    ],
    [
      "V10",
      json({ fault: { crash: 1, byzantine: 0 }, blocks: [...full(NAMES, 2), { ...full(NAMES, 2)[4], id: "A2x" }] }),
      "block A2x: V10 A has two blocks of round 2, and nobody may lie",
    ],
  ])("is refused by name: %s", (_, text, message) => {
    expect(() => parseDagFile(text)).toThrow(message);
  });

  it.each([
    [
      "bounds that no rule carries",
      json({ fault: { crash: 1, byzantine: 1 } }),
      "rule hyb3 needs total stake n ≥ 3f + 2c + 1 = 6, but n = 4",
    ],
    ["a rule that survives no lie", json({ rule: "cft2" }), "rule cft2 survives no lie"],
    ["a rule that does not exist", json({ rule: "raft" }), 'rule must be "cft2" or "hyb3", not "raft"'],
    [
      "a rule that is no word",
      `{"members": [], "rule": ${"[".repeat(9_000)}${"]".repeat(9_000)}}`,
      "rule must be a text",
    ],
    ["a stake that is none", json({ members: [{ name: "A", stake: 0 }] }), "stake 0"],
    ["two members of one name", json({ members: [{ name: "A" }, { name: "A" }] }), "two members are called A"],
    ["no members", json({ members: [] }), "a committee needs at least one member"],
    ["an anchor that is no member", json({ anchors: { "1": ["X"] } }), 'anchors of round 1: there is no member "X"'],
    ["two slots of one member", json({ anchors: { "1": ["A", "A"] } }), "anchors of round 1: a member owns one slot"],
    ["anchors in no round", json({ anchors: { first: ["A"] } }), 'anchors: "first" is not a round from 1'],
    ["anchors out of reach", json({ anchors: { "2000000000": ["A"] } }), "a slot lies in a round from 1 to 1000000"],
    [
      "a round that is no number",
      json({ blocks: [{ id: "A1", author: "A", round: "1", parents: [] }] }),
      "block A1: round must be a whole number from 0",
    ],
    [
      "parents that are no list",
      json({ blocks: [{ id: "A1", author: "A", round: 1 }] }),
      "block A1: parents must be a list",
    ],
    ["blocks that are no list", json({ blocks: {} }), "blocks must be a list"],
    ["broken JSON", '{"members": [', "not JSON"],
    ["a list", "[]", "the file must be an object"],
  ])("is refused for %s", (_, text, message) => {
    expect(() => parseDagFile(text)).toThrow(message);
  });
});
