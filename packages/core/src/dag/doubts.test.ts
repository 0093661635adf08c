// Which members a replica leaves out after it came back, against a model that says it in a sentence: somebody is in doubt
// whose chain has a block from just above the base in its history that chains of no more than f stake have in theirs.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCommittee } from "../committee/committee.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { AcceptedBlock, traverse } from "./accepted-block.ts";
import type { Block } from "./block.ts";
import { Dag } from "./dag.ts";
import { Doubts } from "./doubts.ts";

const STAKES = [2, 1, 1, 2, 1];
const BASE = 20;
const LIMITS = { ...DEFAULT_LIMITS, gcDepth: 16 };
/** Twice an eighth of the depth above the base. */
const DOUBTFUL_UP_TO = BASE + 4;

interface Plan {
  readonly author: number;
  /** Rounds above the block that it goes on from: the author's last one, or for a twin the one before. */
  readonly ahead: number;
  readonly twin: boolean;
  /** Whose newest blocks it references. */
  readonly others: readonly number[];
}

const member = fc.nat({ max: STAKES.length - 1 });
const plan: fc.Arbitrary<Plan> = fc.record({
  author: member,
  ahead: fc.integer({ min: 1, max: 2 }),
  twin: fc.boolean(),
  others: fc.uniqueArray(member, { maxLength: STAKES.length }),
});
const horizon = fc.integer({ min: BASE, max: DOUBTFUL_UP_TO + LIMITS.gcDepth + 1 });
const step = fc.oneof({ weight: 19, arbitrary: plan }, { weight: 1, arbitrary: horizon });
const story = fc.array(step, { minLength: 20, maxLength: 60, size: "max" });

class Setting {
  readonly #byzantine: number;
  readonly #dag: Dag;
  readonly #doubts: Doubts;
  readonly #blocks: AcceptedBlock[] = [];

  constructor({ base, byzantine }: { readonly base: number; readonly byzantine: number }) {
    const members = STAKES.map((stake, author) => ({ name: `m${author}`, stake, publicKey: new Uint8Array(0) }));
    const committee = createCommittee({ members, fault: { crash: byzantine === 0 ? 2 : 0, byzantine } });
    this.#byzantine = byzantine;
    this.#dag = new Dag(committee);
    this.#doubts = new Doubts({ committee, dag: this.#dag, limits: LIMITS, mutations: {} });
    if (base > 0) this.#dag.begin(base);
  }

  /** A block comes, or the horizon rises to a round. */
  take(step: Plan | number): void {
    if (typeof step === "number") {
      this.#dag.raiseHorizon(step);
      this.#doubts.horizonRose();
    } else this.#add(step);
  }

  inDoubt(): boolean[] {
    return STAKES.map((_, author) => this.#doubts.concern(author));
  }

  /** Says the rule again, looking at everything each time. */
  model(): boolean[] {
    const histories = STAKES.map((_, author) =>
      traverse(
        this.#blocks.filter((block) => block.author === author),
        () => true,
      ),
    );
    const doubtful = this.#blocks.filter((block) => {
      if (block.round > DOUBTFUL_UP_TO || block.round <= this.#dag.horizon - LIMITS.gcDepth) return false;
      const stake = STAKES.reduce((sum, own, author) => sum + (histories[author]!.has(block) ? own : 0), 0);
      return stake <= this.#byzantine;
    });
    return histories.map((history) => doubtful.some((block) => history.has(block)));
  }

  #add({ author, ahead, twin, others }: Plan): void {
    const own = this.#blocks.filter((block) => block.author === author).at(twin ? -2 : -1);
    const round = (own?.round ?? BASE) + ahead;
    if (round <= this.#dag.horizon) return;
    const newest = others.map((other) => this.#blocks.findLast((block) => block.author === other));
    // For the model all that is named is linked, as if nothing were below the horizon.
    const parents = [own, ...newest].filter((parent) => parent !== undefined && parent.round < round);
    const ref = { author, round, digest: `${this.#blocks.length}` };
    const refs = parents.map((parent) => parent!.block.ref);
    const block = { author, round, ref, parents: refs, contentDigest: ref.digest } as unknown as Block;
    const accepted = new AcceptedBlock(block, parents as AcceptedBlock[], 0);
    this.#blocks.push(accepted);
    this.#doubts.accepted(accepted);
  }
}

describe("doubts", () => {
  it("concern whoever builds on what no honest member is known to have judged", () => {
    let met = 0;
    let settled = 0;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 }), story, (byzantine, steps) => {
        const setting = new Setting({ base: BASE, byzantine });
        for (const step of steps) {
          const before = setting.inDoubt();
          setting.take(step);
          const now = setting.inDoubt();
          expect(now).toStrictEqual(setting.model());
          if (now.includes(true)) met += 1;
          if (before.some((was, author) => was && !now[author])) settled += 1;
        }
      }),
      { numRuns: 300 },
    );
    expect(met).toBeGreaterThan(1_000);
    expect(settled).toBeGreaterThan(100);
  });

  it("concern nobody where nobody lies, or where the whole log is here", () => {
    fc.assert(
      fc.property(story, (steps) => {
        for (const shape of [
          { base: BASE, byzantine: 0 },
          { base: 0, byzantine: 1 },
        ]) {
          const setting = new Setting(shape);
          for (const step of steps) setting.take(step);
          expect(setting.inDoubt()).not.toContain(true);
        }
      }),
    );
  });
});
