// One slot whose owner lies, in every situation that a small committee can be in.
//
// Members of one stake are interchangeable, so situations are counted by how many members do what:
//
//   votes         of the honest members, how many vote for twin X, for twin Y, blame, or stay silent; every liar has a
//                 vote for each twin and a blame, and shows each replica what it likes
//   certificates  of the honest members, how many certify X, certify Y, certify neither, or stay silent; every liar has
//                 every certificate that can be made
//   anchors       what the history of an anchor can show: the blocks of a parent quorum of the certificate round, with
//                 their own parents and any more votes
//
// A direct verdict is monotone: the replica that holds everything has it if anyone has. So agreement means that this
// verdict, if there is one, is also what every anchor says that is possible in the situation; and that an anchor says the
// same whichever twin arrived first. Both are asked of the decider itself, with a DAG made for each class.
//
// More is allowed here than members can do (an honest block need not follow its author's own vote), which only makes the
// claim stronger. Situations with fewer liars, an honest owner or more than two twins are part of these.
import { Decider, InvariantError, type Thresholds } from "@quorate/core";
import type { TestBlock } from "./random-dag.ts";

export interface ByzantineReport {
  /** Assignments of votes times assignments of certificates. */
  readonly situations: number;
  readonly directCommits: number;
  readonly directSkips: number;
  /** Histories that an anchor can have, and how many of them commit and choose between two linked twins. */
  readonly anchors: number;
  readonly anchorCommits: number;
  readonly ties: number;
  /** Situations with a direct verdict, times the anchors that are possible in them. */
  readonly pairs: number;
  /** The first disagreement. */
  readonly breach: string | undefined;
}

type Said = "X" | "Y" | "blame";
type Outcome = "X" | "Y" | "skip" | "undecided" | "clash";

/** How many honest members do what; the rest is silent. */
interface Honest {
  readonly x: number;
  readonly y: number;
  readonly neither: number;
}

/** The votes in a history: of the honest members, and of each liar any of its blocks. */
interface Shown extends Honest {
  readonly liars: readonly (readonly Said[])[];
}

/** What an anchor's history shows, and what it says of the slot. */
interface Anchor {
  readonly votes: Shown;
  /** Which twins it shows a certificate for. */
  readonly certified: readonly ("X" | "Y")[];
  /** Whether a block of the certificate round can have a parent quorum of these votes and certify neither. */
  readonly quiet: boolean;
  readonly outcome: Outcome;
}

export function runExhaustiveByzantine(
  thresholds: Thresholds,
  tieBreak: "digest" | "arrival" = "digest",
): ByzantineReport {
  const { total, byzantine, certificate, link, parents } = thresholds;
  const honestCount = total - byzantine;
  const report = { situations: 0, directCommits: 0, directSkips: 0, anchors: 0, anchorCommits: 0, ties: 0, pairs: 0 };
  const breaches: string[] = [];

  const anchors: Anchor[] = [];
  for (const votes of shownVotes(honestCount, thresholds)) {
    const quiet = canAvoidCertificate(votes, thresholds);
    for (const certified of [[], ["X"], ["Y"], ["X", "Y"]] as const) {
      if (certified.some((twin) => votesFor(votes, twin) < certificate)) continue;
      if (certified.length === 0 && !quiet) continue;
      const outcome = judgeAnchor(votes, certified, { thresholds, tieBreak });
      anchors.push({ votes, certified, quiet, outcome });
      report.anchors++;
      if (outcome === "X" || outcome === "Y") report.anchorCommits++;
      if (certified.length === 0 && Math.min(votesFor(votes, "X"), votesFor(votes, "Y")) >= link) report.ties++;
      if (outcome === "clash" || outcome === "undecided") breaches.push(`${outcome} at ${print(votes, certified)}`);
    }
  }

  for (const votes of splits(honestCount, byzantine > 0)) {
    if (votes.x + votes.y + votes.neither + byzantine < parents) continue;
    const everything: Shown = { ...votes, liars: new Array<readonly Said[]>(byzantine).fill(["X", "Y", "blame"]) };
    const possible = anchors.filter(
      (anchor) => anchor.votes.x <= votes.x && anchor.votes.y <= votes.y && anchor.votes.neither <= votes.neither,
    );
    for (const certificates of splits(honestCount, byzantine > 0)) {
      if (certificates.x > 0 && votesFor(everything, "X") < certificate) continue;
      if (certificates.y > 0 && votesFor(everything, "Y") < certificate) continue;
      if (certificates.neither > 0 && !canAvoidCertificate(everything, thresholds)) continue;
      report.situations++;
      const direct = judgeDirectly(everything, certificates, thresholds);
      if (direct === "clash") breaches.push(`two direct verdicts at ${print(votes, certificates)}`);
      if (direct === "clash" || direct === "undecided") continue;
      if (direct === "skip") report.directSkips++;
      else report.directCommits++;
      for (const anchor of possible) {
        if (!canShow(anchor, certificates, thresholds)) continue;
        report.pairs++;
        if (anchor.outcome !== direct)
          breaches.push(`${direct} directly at ${print(votes, certificates)}, but ${print(anchor)}`);
      }
    }
  }
  return { ...report, breach: breaches[0] };
}

/** All ways for honest members to be split in three, with any number silent. Without liars nobody makes twins. */
function splits(count: number, twins: boolean): Honest[] {
  const found: Honest[] = [];
  for (let x = 0; x <= count; x++)
    for (let y = 0; y <= (twins ? count - x : 0); y++)
      for (let neither = 0; x + y + neither <= count; neither++) found.push({ x, y, neither });
  return found;
}

const LIAR_SHOWS: readonly (readonly Said[])[] = [
  [],
  ["X"],
  ["Y"],
  ["blame"],
  ["X", "Y"],
  ["X", "blame"],
  ["Y", "blame"],
  ["X", "Y", "blame"],
];

/** All votes that a history can show: those of a parent quorum at least. */
function shownVotes(honestCount: number, { byzantine, parents }: Thresholds): Shown[] {
  const liars = liarsShow(byzantine, 0);
  return splits(honestCount, byzantine > 0)
    .flatMap((honest) => liars.map((shown): Shown => ({ ...honest, liars: shown })))
    .filter(({ x, y, neither, liars }) => x + y + neither + liars.filter((said) => said.length > 0).length >= parents);
}

/** What `count` interchangeable liars show, from the choice `from` on. */
function liarsShow(count: number, from: number): (readonly Said[])[][] {
  if (count === 0) return [[]];
  return LIAR_SHOWS.flatMap((said, choice) =>
    choice < from ? [] : liarsShow(count - 1, choice).map((rest) => [said, ...rest]),
  );
}

function votesFor(votes: Shown, twin: "X" | "Y"): number {
  return (twin === "X" ? votes.x : votes.y) + votes.liars.filter((said) => said.includes(twin)).length;
}

/** Whether a parent quorum can be chosen among these votes, one per author, that certifies neither twin. */
function canAvoidCertificate(votes: Shown, { certificate, parents }: Thresholds): boolean {
  const kinds = (test: (said: readonly Said[]) => boolean): number => votes.liars.filter(test).length;
  const x = votes.x + kinds((said) => said.length === 1 && said[0] === "X");
  const y = votes.y + kinds((said) => said.length === 1 && said[0] === "Y");
  const either = kinds((said) => said.length === 2 && !said.includes("blame"));
  const blames = votes.neither + kinds((said) => said.includes("blame"));
  const low = certificate - 1;
  const most = (asX: number): number => Math.min(x + asX, low) + Math.min(y + either - asX, low) + blames;
  return Array.from({ length: either + 1 }, (_, asX) => most(asX)).some((count) => count >= parents);
}

/** Whether a parent quorum of this certificate round can be one that shows just what the anchor shows. */
function canShow({ certified, quiet }: Anchor, certificates: Honest, { byzantine, parents }: Thresholds): boolean {
  const ofX = certified.includes("X") ? certificates.x : 0;
  const ofY = certified.includes("Y") ? certificates.y : 0;
  // Without liars, a certificate that is shown is somebody's.
  if (byzantine === 0 && certified.length > 0 && ofX + ofY === 0) return false;
  return ofX + ofY + (quiet ? certificates.neither : 0) + byzantine >= parents;
}

/** The verdict of whoever holds every block of a situation. */
function judgeDirectly(votes: Shown, certificates: Honest, thresholds: Thresholds): Outcome {
  const dag = new SlotDag(thresholds);
  const made = dag.vote(votes);
  for (let count = 0; count < certificates.x; count++) dag.certify("X", made);
  for (let count = 0; count < certificates.y; count++) dag.certify("Y", made);
  const liarsFrom = thresholds.total - thresholds.byzantine;
  for (let liar = liarsFrom; liar < thresholds.total; liar++)
    for (const twin of ["X", "Y"] as const)
      if (votesFor(votes, twin) >= thresholds.certificate) dag.certify(twin, made, liar);
  return dag.judge("digest", false);
}

/** The verdict by an anchor whose history shows this; a clash if it depends on the order of arrival. */
function judgeAnchor(
  votes: Shown,
  certified: readonly ("X" | "Y")[],
  { thresholds, tieBreak }: { readonly thresholds: Thresholds; readonly tieBreak: "digest" | "arrival" },
): Outcome {
  const dag = new SlotDag(thresholds);
  const made = dag.vote(votes);
  for (const twin of certified) dag.certify(twin, made);
  dag.commitAnchorAbove(made);
  const outcome = dag.judge(tieBreak, false);
  return dag.judge(tieBreak, true) === outcome ? outcome : "clash";
}

/** Twins X and Y in round 1, votes in round 2, certificates in round 3; an anchor in round 4 that reaches all of it. */
class SlotDag {
  readonly #thresholds: Thresholds;
  readonly #twins: readonly [TestBlock, TestBlock];
  readonly #above: TestBlock[] = [];
  #certifierCount = 0;

  constructor(thresholds: Thresholds) {
    this.#thresholds = thresholds;
    const [x, y] = [block("X", 0, 1, []), block("Y", 0, 1, [])];
    this.#twins = [x, y];
  }

  /** Makes the votes; honest members come first. */
  vote({ x, y, neither, liars }: Shown): TestBlock[] {
    const said: (readonly Said[])[] = [];
    for (const [count, what] of [
      [x, "X"],
      [y, "Y"],
      [neither, "blame"],
    ] as const)
      for (let author = 0; author < count; author++) said.push([what]);
    while (said.length < this.#thresholds.total - liars.length) said.push([]);
    const made = [...said, ...liars].flatMap((shown, author) =>
      shown.map((what) => {
        const parents = what === "blame" ? [] : [this.#twins[what === "X" ? 0 : 1]];
        return block(`${author} says ${what}`, author, 2, parents);
      }),
    );
    this.#above.push(...made);
    return made;
  }

  /** A block that certifies a twin, with just the votes that it takes. */
  certify(twin: "X" | "Y", votes: readonly TestBlock[], author: number = this.#certifierCount++): void {
    const wanted = this.#twins[twin === "X" ? 0 : 1];
    const parents = votes.filter((vote) => vote.parents.includes(wanted)).slice(0, this.#thresholds.certificate);
    this.#above.push(block(`${author} certifies ${twin}`, author, 3, parents));
  }

  commitAnchorAbove(votes: readonly TestBlock[]): void {
    const certificates = this.#above.filter(({ round }) => round === 3);
    const anchor = block("anchor", 0, 4, [...certificates, ...votes]);
    this.#above.push(anchor);
    for (let author = 0; author < this.#thresholds.total; author++)
      this.#above.push(block(`${author} votes`, author, 5, [anchor]));
  }

  judge(tieBreak: "digest" | "arrival", yFirst: boolean): Outcome {
    const { total, byzantine } = this.#thresholds;
    const decider = new Decider<TestBlock>({
      thresholds: this.#thresholds,
      stakes: new Array<number>(total).fill(1),
      schedule: (round) => (round === 1 || round === 4 ? [0] : []),
      tieBreak,
    });
    const twins = byzantine === 0 ? [this.#twins[0]] : yFirst ? this.#twins.toReversed() : this.#twins;
    try {
      for (const each of [...twins, ...this.#above]) decider.accept(each);
    } catch (error) {
      if (error instanceof InvariantError) return "clash";
      throw error;
    }
    const verdict = decider.verdict({ round: 1, author: 0 })!;
    return verdict.kind === "commit" ? (verdict.block === this.#twins[0] ? "X" : "Y") : verdict.kind;
  }
}

function block(id: string, author: number, round: number, parents: readonly TestBlock[]): TestBlock {
  return { id, author, round, digest: id, parents };
}

function print(...facts: unknown[]): string {
  return facts.map((fact) => JSON.stringify(fact)).join(" ");
}
