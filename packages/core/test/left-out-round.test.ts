// Why V8 asks about each parent alone: a committee in which every block obeys both our rule and the papers', and in which
// nobody honest could ever make another block by theirs. The papers let no member leave rounds out; ours may (V3).
import { expect, it } from "vitest";
import { type AcceptedBlock, traverse } from "../src/dag/accepted-block.ts";
import { genesisRef } from "../src/dag/dag.ts";
import type { AuthorIndex, Round } from "../src/ids.ts";
import { createStage, Holdings, makeBlock, type Stage } from "./told-dag.ts";

type Rule = (round: Round, parents: readonly AcceptedBlock[]) => boolean;

function asWeDo({ exposure }: Holdings): Rule {
  return (round, parents) => parents.every((parent) => exposure.mayName(round, parent));
}

/** No parent by an author of whom two blocks of one round are in what all parents reach. */
const asThePapersDo: Rule = (_, parents) => {
  const history = [...traverse(parents, () => true)].filter(({ round }) => round > 0);
  const slots = history.map(({ author, round }) => `${author} ${round}`);
  const caught = new Set(history.filter((_, at) => slots.indexOf(slots[at]!) !== at).map(({ author }) => author));
  return parents.every(({ author }) => !caught.has(author));
};

const LIARS = [0, 1] as const;
const BACK = 2;
const LAST = 3;
const AHEAD = [4, 5, 6] as const;

/**
 * One member comes back and leaves rounds 1 and 2 out, another is last in round 2 and has the liars' other blocks of
 * round 1. The liars say nothing after round 2, and everybody has everything.
 */
function leftOut(stage: Stage): { readonly holdings: Holdings; readonly everything: readonly AcceptedBlock[] } {
  const holdings = new Holdings(stage);
  const genesis = stage.committee.members.map((_, author) => genesisRef(author));
  const make = (author: AuthorIndex, round: Round, parents: readonly AcceptedBlock[], story = 0): AcceptedBlock => {
    const own = parents.some((parent) => parent.author === author) || round === 1 ? [] : [genesisRef(author)];
    const refs = round === 1 ? genesis : parents.map(({ block }) => block.ref);
    return holdings.accept(makeBlock(stage, { author, round, parents: [...own, ...refs], story }));
  };
  const first = [...LIARS, ...AHEAD].map((author) => make(author, 1, []));
  const firstOfLast = make(LAST, 1, []);
  const twins = LIARS.map((author) => make(author, 1, [], 1));
  const honest = first.filter(({ author }) => author === AHEAD[0] || author === AHEAD[1]);
  const second = [...LIARS, ...AHEAD].map((author) => make(author, 2, first));
  const secondOfLast = make(LAST, 2, [firstOfLast, ...honest, ...twins]);
  const third = [...AHEAD, BACK].map((author) => make(author, 3, second));
  return { holdings, everything: [...first, firstOfLast, ...twins, ...second, secondOfLast, ...third] };
}

/**
 * Whose next block, and of which round, a rule allows with any parent quorum that there is. Older parents beside it could
 * only be a hindrance.
 */
function waysOn(stage: Stage, { dag }: Holdings, rule: Rule): (readonly number[])[] {
  const { parents: quorum } = stage.committee.thresholds;
  return [BACK, LAST, ...AHEAD].flatMap((author) => {
    const own = dag.by(author, 3) ?? dag.by(author, 2)!;
    const later = [2, 3, 4].filter((round) => round > own.round);
    return later.flatMap((round) => {
      const others = dag.at(round - 1).filter((block) => block.author !== author);
      const mayPass = subsets(others).some((some) => {
        const votes = own.round === round - 1 ? [own, ...some] : some;
        return votes.length >= quorum && rule(round, [own, ...some]);
      });
      return mayPass ? [[author, round]] : [];
    });
  });
}

function subsets<T>(all: readonly T[]): T[][] {
  return all.reduce<T[][]>((some, one) => some.concat(some.map((each) => [...each, one])), [[]]);
}

it("a round that somebody left out can be passed, and by the papers' rule never could", () => {
  const stage = createStage({ members: 7, liars: 2, lawful: true });
  const { everything, holdings } = leftOut(stage);
  for (const rule of [asWeDo(holdings), asThePapersDo]) {
    for (const block of everything) expect(rule(block.round, block.parents)).toBe(true);
  }
  expect(waysOn(stage, holdings, asWeDo(holdings))).toStrictEqual([[LAST, 3]]);
  expect(waysOn(stage, holdings, asThePapersDo)).toStrictEqual([]);
});
