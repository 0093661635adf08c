// Holds the blocks of a DAG file against the structural rules, and makes a DAG of them. The rules are those that replicas
// keep (V1 to V5, and V10 where nobody may lie); a message names the first block that breaks one, the rule, and the facts.
//
// Not asked: V5's lower bound and all limits, which a file does not state, and signatures, which it does not have.
import { type Committee, createCommittee, defaultCrash, ROUND_MAX, totalStake } from "@quorate/core";
import type { DagFile, FileBlock } from "./dag-file.ts";
import { DagFileError } from "./dag-file-error.ts";
import { ANCHOR_ROUND_MAX, type RawBlock, type RawDag } from "./raw-dag.ts";

/** Makes a DAG of what was read, or throws a `DagFileError`. */
export function judgeDag(raw: RawDag): DagFile {
  const committee = committeeOf(raw);
  const authors = new Map(committee.members.map(({ name }, author) => [name, author]));
  const anchors = anchorsOf(raw, authors);
  const blocks = new Judge(committee, authors).judge(raw.blocks);
  let throughRound = blocks.at(-1)?.round ?? 0;
  for (const round of anchors?.keys() ?? []) throughRound = Math.max(throughRound, round);
  return {
    committee,
    schedule: anchors === undefined ? committee.slotsOf : (round: number) => anchors.get(round) ?? [],
    throughRound,
    blocks,
    expectations: raw.expectations.map((expected) => ({
      ...expected,
      author: expected.author === undefined ? undefined : authorOf(authors, expected.author, "expect"),
    })),
  };
}

function committeeOf({ members, fault, rule }: RawDag): Committee {
  const crash = fault.crash ?? defaultCrash(totalStake(members.map(({ stake }) => stake)), fault.byzantine);
  const options = {
    members: members.map(({ name, stake }) => ({ name, stake, publicKey: new Uint8Array(0) })),
    fault: { crash, byzantine: fault.byzantine },
  };
  return createCommittee(rule === undefined ? options : { ...options, rule });
}

function anchorsOf(raw: RawDag, authors: ReadonlyMap<string, number>): Map<number, readonly number[]> | undefined {
  if (raw.anchors === undefined) return undefined;
  const anchors = new Map<number, readonly number[]>();
  for (const [round, names] of raw.anchors) {
    if (round < 1 || round > ANCHOR_ROUND_MAX)
      throw new DagFileError(`anchors: a slot lies in a round from 1 to ${ANCHOR_ROUND_MAX}, not ${round}`);
    const owners = names.map((name) => authorOf(authors, name, `anchors of round ${round}`));
    if (new Set(owners).size < owners.length)
      throw new DagFileError(`anchors of round ${round}: a member owns one slot`);
    anchors.set(round, owners);
  }
  return anchors;
}

function authorOf(authors: ReadonlyMap<string, number>, name: string, place: string): number {
  const author = authors.get(name);
  if (author === undefined) throw new DagFileError(`${place}: there is no member ${JSON.stringify(name)}`);
  return author;
}

class Judge {
  readonly #committee: Committee;
  readonly #authors: ReadonlyMap<string, number>;
  readonly #blocks = new Map<string, FileBlock>();
  /** Rounds of each author's blocks so far, ascending. */
  readonly #rounds: number[][];

  constructor(committee: Committee, authors: ReadonlyMap<string, number>) {
    this.#committee = committee;
    this.#authors = authors;
    this.#rounds = committee.members.map(() => [0]);
    for (const [author, { name }] of committee.members.entries()) {
      const id = `${name}0`;
      this.#blocks.set(id, { id, author, round: 0, digest: "", parents: [] });
    }
  }

  judge(raw: readonly RawBlock[]): FileBlock[] {
    this.#checkNames(raw);
    const known = new Map(raw.map((block) => [block.id, block]));
    // By round, so that parents are there before their children whatever the order in the file.
    const listed = raw.filter(({ round }) => round > 0).toSorted((left, right) => left.round - right.round);
    return listed.map((block) => this.#add(this.#judgeOne(block, known)));
  }

  #checkNames(raw: readonly RawBlock[]): void {
    const seen = new Set<string>();
    for (const { id, author, round, parents } of raw) {
      if (seen.has(id)) throw new DagFileError(`block ${id}: the id is given twice`);
      seen.add(id);
      const genesis = this.#blocks.get(id);
      if (round === 0) {
        if (genesis === undefined || genesis.author !== this.#authors.get(author) || parents.length > 0)
          throw new DagFileError(
            `block ${id}: V1 the blocks of round 0 are implicit: one per member, named ${author}0, without parents`,
          );
      } else if (genesis !== undefined) throw new DagFileError(`block ${id}: the id belongs to a block of round 0`);
    }
  }

  #judgeOne(
    { id, author: name, round, digest, parents: ids }: RawBlock,
    known: ReadonlyMap<string, RawBlock>,
  ): FileBlock {
    const refuse = (why: string): never => {
      throw new DagFileError(`block ${id}: ${why}`);
    };
    const author = this.#authors.get(name) ?? refuse(`V1 there is no member ${JSON.stringify(name)}`);
    if (round > ROUND_MAX) refuse(`V1 round ${round} is above ${ROUND_MAX}`);
    if (digest !== undefined && !/^[0-9a-fA-F]*$/.test(digest))
      refuse(`its digest ${JSON.stringify(digest)} is not hexadecimal`);

    const parents = ids.map((parent) => {
      const parentRound = known.get(parent)?.round ?? this.#blocks.get(parent)?.round;
      if (parentRound === undefined) return refuse(`its parent ${parent} is not in the file`);
      if (parentRound >= round) refuse(`V5 its parent ${parent} of round ${parentRound} is not older`);
      return this.#blocks.get(parent)!;
    });
    const own = parents[0];
    const latest = this.#latestBefore(author, round);
    if (own?.author !== author)
      refuse(`V3 its first parent must be ${name}'s own latest earlier block, of round ${latest}`);
    const byAuthor = new Map<number, FileBlock>();
    for (const parent of parents) {
      const other = byAuthor.get(parent.author);
      if (other !== undefined)
        refuse(`V4 it has two parents of ${this.#name(parent.author)}, ${other.id} and ${parent.id}`);
      byAuthor.set(parent.author, parent);
    }
    if (own!.round !== latest)
      refuse(
        `V3 its first parent ${own!.id} is of round ${own!.round}, but ${name}'s own latest earlier block is of round ${latest}`,
      );
    const { stakes, thresholds } = this.#committee;
    let stake = 0;
    for (const parent of parents) if (parent.round === round - 1) stake += stakes[parent.author]!;
    if (stake < thresholds.parents)
      refuse(
        `V2 its parents of round ${round - 1} hold stake ${stake}, and the parent quorum is ${thresholds.parents}`,
      );
    return { id, author, round, digest: orderOf(digest, id), parents };
  }

  #add(block: FileBlock): FileBlock {
    const { id, author, round } = block;
    const rounds = this.#rounds[author]!;
    if (rounds.at(-1) !== round) rounds.push(round);
    else if (this.#committee.fault.byzantine === 0)
      throw new DagFileError(
        `block ${id}: V10 ${this.#name(author)} has two blocks of round ${round}, and nobody may lie`,
      );
    this.#blocks.set(id, block);
    return block;
  }

  /** Blocks come by round, so only twins can stand between an author's newest block and its latest earlier one. */
  #latestBefore(author: number, round: number): number {
    const rounds = this.#rounds[author]!;
    return rounds.at(-1) === round ? rounds.at(-2)! : rounds.at(-1)!;
  }

  #name(author: number): string {
    return this.#committee.members[author]!.name;
  }
}

/** Orders twins by digest and then by id. The blank keeps a digest below every longer one that it begins. */
function orderOf(digest: string | undefined, id: string): string {
  return `${(digest ?? "").toLowerCase()} ${id}`;
}
