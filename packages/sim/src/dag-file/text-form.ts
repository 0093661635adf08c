// The text form of a DAG file: a few header lines, then a line a round. It is made to be written and read by people, so it
// says only what is unusual; `*` stands for everything, and a block's own parent need not be named.
//
//   members A B C D            names; stake 1 each unless a line `stake 3 1 1 1` follows
//   fault byzantine=1 crash=0  crash may be left out
//   rule hyb3                  only to name another rule than the bounds do
//   anchors 3: A B             slots of round 3 in rank order; rounds without such a line then have none
//   1: *                       everybody makes a block with every block of the round below
//   2: * -D                    everybody but D
//   3: A B->[A2 B2 C2] C->[-D2] D->[* B1]
//   4: A#1a->[-C3] A#2b->[*]   twins, told apart by their digests; their ids are A4#1a and A4#2b
//   expect A3 commit direct    what a test holds the verdict against; also `expect 1..4 commit`
import { DagFileError } from "./dag-file-error.ts";
import { ANCHOR_ROUND_MAX, type RawBlock, type RawDag, type RawExpectation } from "./raw-dag.ts";

/** Reads the text form. Whether its blocks keep the rules is for `judgeDag` to say. */
export function readTextDag(text: string): RawDag {
  const reader = new TextReader();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const said = line.replace(/(^|\s)#.*$/, "").trim();
    if (said === "") continue;
    try {
      reader.read(said);
    } catch (error) {
      if (error instanceof DagFileError) throw new DagFileError(`line ${index + 1}: ${error.message}`);
      throw error;
    }
  }
  return reader.result();
}

class TextReader {
  #names: readonly string[] = [];
  #stakes: readonly number[] = [];
  #fault: RawDag["fault"] = { crash: undefined, byzantine: 0 };
  #rule: RawDag["rule"];
  #anchors: Map<number, readonly string[]> | undefined;
  readonly #blocks: RawBlock[] = [];
  /** Author by block id. */
  readonly #authors = new Map<string, string>();
  readonly #expectations: RawExpectation[] = [];
  #round = 0;
  /** What may be said once was said: a second line would change the meaning of what was read before. */
  readonly #said = new Set<string>();

  read(line: string): void {
    const round = /^(\d+)\s*:(.*)$/.exec(line);
    if (round !== null) {
      this.#readRound(Number(round[1]), round[2]!);
      return;
    }
    const [word = "", ...rest] = line.split(/\s+/);
    switch (word) {
      case "members":
        this.#once("members");
        for (const name of rest)
          if (!/^[A-Za-z]+$/.test(name)) throw new DagFileError(`a member is named by letters, not ${quoted(name)}`);
        this.#names = rest;
        return;
      case "stake":
        this.#once("stake");
        this.#stakes = rest.map((stake) => whole(stake, "a stake"));
        return;
      case "fault":
        for (const bound of rest) this.#readBound(bound);
        return;
      case "rule": {
        this.#once("rule");
        const rule = rest.join(" ");
        if (rule !== "cft2" && rule !== "hyb3") throw new DagFileError(`rule is cft2 or hyb3, not ${quoted(rule)}`);
        this.#rule = rule;
        return;
      }
      case "anchors":
        this.#readAnchors(line.slice("anchors".length));
        return;
      case "expect":
        this.#readExpectation(rest);
        return;
      default:
        throw new DagFileError(
          `a line begins with members, stake, fault, rule, anchors, expect or a round and a colon, not ${quoted(word)}`,
        );
    }
  }

  result(): RawDag {
    if (this.#stakes.length > 0 && this.#stakes.length !== this.#names.length)
      throw new DagFileError(`stake names ${this.#stakes.length} amounts for ${this.#names.length} members`);
    return {
      members: this.#names.map((name, index) => ({ name, stake: this.#stakes[index] ?? 1 })),
      fault: this.#fault,
      rule: this.#rule,
      anchors: this.#anchors,
      blocks: this.#blocks,
      expectations: this.#expectations,
    };
  }

  #once(what: string): void {
    if (this.#said.has(what)) throw new DagFileError(`${what} is given twice`);
    this.#said.add(what);
  }

  #readBound(bound: string): void {
    const parts = /^(crash|byzantine)=(\d+)$/.exec(bound);
    if (parts === null) throw new DagFileError(`fault takes crash=N and byzantine=N, not ${quoted(bound)}`);
    this.#once(parts[1]!);
    this.#fault = { ...this.#fault, [parts[1]!]: Number(parts[2]) };
  }

  /** `3: A B`, or the same owners for several rounds: `1..6: A B`. */
  #readAnchors(text: string): void {
    const parts = /^\s+(\d+)(?:\.\.(\d+))?\s*:(.*)$/.exec(text);
    if (parts === null) throw new DagFileError("anchors takes a round, a colon and names: anchors 3: A B");
    const owners = parts[3]!.split(/\s+/).filter((name) => name !== "");
    this.#anchors ??= new Map();
    for (const round of roundsOf(parts[1]!, parts[2])) this.#anchors.set(round, owners);
  }

  /** `A3 commit direct A3#1a` in any order behind the slot; `2..5` stands for all slots of these rounds. */
  #readExpectation([place = "", ...words]: readonly string[]): void {
    let verdict: RawExpectation["verdict"] | undefined;
    let how: RawExpectation["how"];
    let block: string | undefined;
    for (const word of words) {
      if (word === "commit" || word === "skip" || word === "undecided") verdict = word;
      else if (word === "direct" || word === "indirect") how = word;
      else block = word;
    }
    if (verdict === undefined) throw new DagFileError("expect says commit, skip or undecided: expect A3 commit direct");
    const said = [verdict, how, block].filter((word) => word !== undefined);
    if (said.length < words.length)
      throw new DagFileError(`expect says one verdict, one way and one block, not ${quoted(words.join(" "))}`);
    const slot = /^([A-Za-z]+)(\d+)$/.exec(place);
    const rounds = /^(\d+)(?:\.\.(\d+))?$/.exec(place);
    if (slot !== null) this.#expectations.push({ round: Number(slot[2]), author: slot[1]!, verdict, how, block });
    else if (rounds !== null)
      for (const round of roundsOf(rounds[1]!, rounds[2]))
        this.#expectations.push({ round, author: undefined, verdict, how, block });
    else throw new DagFileError(`expect names a slot such as A3, or rounds such as 2..5, not ${quoted(place)}`);
  }

  #readRound(round: number, text: string): void {
    if (this.#names.length === 0) throw new DagFileError("members must be named before the first round");
    if (round < this.#round) throw new DagFileError(`round ${round} comes after round ${this.#round}`);
    this.#round = round;
    const words = text.match(/[^\s[\]]+->\s*\[[^\]]*\]|\S+/g) ?? [];
    const left = new Set(words.filter((word) => word.startsWith("-")).map((word) => word.slice(1)));
    for (const name of left)
      if (!this.#names.includes(name)) throw new DagFileError(`there is no member ${quoted(name)} to leave out`);
    const made: RawBlock[] = [];
    for (const word of words) {
      if (word.startsWith("-")) continue;
      if (word === "*") {
        for (const name of this.#names) if (!left.has(name)) made.push(this.#block(name, undefined, round, "*"));
        continue;
      }
      const parts = /^([A-Za-z]+)(?:#([0-9A-Fa-f]+))?(?:->\s*\[([^\]]*)\])?$/.exec(word);
      if (parts === null) throw new DagFileError(`not a block: ${quoted(word)}; write A, A->[B2 C2] or A#1a->[*]`);
      made.push(this.#block(parts[1]!, parts[2], round, parts[3] ?? "*"));
    }
    for (const block of made) {
      this.#blocks.push(block);
      this.#authors.set(block.id, block.author);
    }
  }

  #block(author: string, digest: string | undefined, round: number, written: string): RawBlock {
    const id = `${author}${round}${digest === undefined ? "" : `#${digest}`}`;
    const words = written.split(/[\s,]+/).filter((word) => word !== "");
    const without = words.filter((word) => word.startsWith("-")).map((word) => word.slice(1));
    const all = words.includes("*") || without.length > 0;
    const named = words.filter((word) => word !== "*" && !word.startsWith("-"));
    const below = this.#below(round);
    for (const parent of without)
      if (!below.includes(parent))
        throw new DagFileError(`block ${id}: there is no block ${quoted(parent)} to leave out`);
    const around = all ? below.filter((parent) => !without.includes(parent)) : [];
    const parents = [...new Set([...named, ...around])];
    // The own parent comes first; it is the latest earlier block unless another one is named.
    const isOwn = (parent: string): boolean => parent === `${author}0` || this.#authors.get(parent) === author;
    const own = parents.filter(isOwn);
    if (own.length === 0) own.push(...this.#latest(author, round));
    return { id, author, round, digest, parents: [...own, ...parents.filter((parent) => !isOwn(parent))] };
  }

  /** Ids of all blocks of the round below. */
  #below(round: number): string[] {
    if (round === 1) return this.#names.map((name) => `${name}0`);
    return this.#blocks.filter((block) => block.round === round - 1).map(({ id }) => id);
  }

  /** The author's latest earlier block; all of them if it made twins, which the rules then refuse: one must be named. */
  #latest(author: string, round: number): string[] {
    const earlier = this.#blocks.filter((block) => block.author === author && block.round < round);
    const last = earlier.at(-1);
    return last === undefined
      ? [`${author}0`]
      : earlier.filter((block) => block.round === last.round).map(({ id }) => id);
  }
}

/** The rounds from the first to the last. They are written out, so what is too many is refused before. */
function roundsOf(first: string, last: string = first): readonly number[] {
  const from = whole(first, "a round");
  const to = whole(last, "a round");
  if (from < 1 || to > ANCHOR_ROUND_MAX)
    throw new DagFileError(`a slot lies in a round from 1 to ${ANCHOR_ROUND_MAX}, not ${from < 1 ? first : last}`);
  if (from > to) throw new DagFileError(`${first}..${last} names no round: write the smaller one first`);
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

function whole(text: string, what: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new DagFileError(`${what} is a whole number, not ${quoted(text)}`);
}

function quoted(word: string): string {
  return JSON.stringify(word);
}
