// A read barrier that asks one member too few. Among three members that leaves the reader alone: its own log is all it
// looks at, while the two others commit behind its back. Among four of which one may lie it leaves the reader with the
// liar, who names an old block while the two others commit. No clock tells it so, for nobody notices that the links stand.

import type { AuthorIndex } from "@quorate/core";
import type { AdversarySpec } from "../adversary/spec.ts";
import { DEFAULT_WORKLOAD } from "../client/workload.ts";
import type { ScenarioRun } from "../run/scenario-run.ts";
import { defineScenario, equalStakes } from "../scenario/scenario.ts";
import type { Canary } from "./canary.ts";
import { restlessLinks } from "./restless-links.ts";

/** Long enough for the others to commit without the one whose turn it is. */
const TURN_MS = 60;

interface Setting {
  readonly name: string;
  readonly about: string;
  readonly members: number;
  readonly fault: { readonly crash: number; readonly byzantine: number };
  readonly adversaries: readonly AdversarySpec[];
  readonly script: (run: ScenarioRun) => void;
}

function canary({ name, about, members, fault, adversaries, script }: Setting): Canary {
  const scenario = defineScenario({
    name,
    about,
    stakes: equalStakes(members),
    fault,
    adversaries,
    delays: { kind: "even", from: 1, to: 6 },
    workload: {
      ...DEFAULT_WORKLOAD,
      clients: 6,
      keys: 1,
      thinkMs: 2,
      mix: { read: 4, write: 2, cas: 0, append: 0, list: 0, txn: 0, lend: 0 },
    },
    chaosMs: [400, 400],
    script,
  });
  return { name, mutation: { readQuorum: -1 }, about, expects: "safety", scenario: () => scenario };
}

/** Each of the honest in turn hears nobody but the liar for a while, and can be heard by all. */
function leftWith(liar: AuthorIndex): (run: ScenarioRun) => void {
  return (run) => {
    const { network } = run.world;
    const honest = run.scenario.stakes.map((_, member) => member).filter((member) => member !== liar);
    const turn = (nth: number): void => {
      for (const from of honest) {
        for (const to of honest) {
          if (from === to) continue;
          if (to === honest[nth % honest.length]) network.hold(from, to);
          else network.release(from, to);
        }
      }
      run.after(TURN_MS, () => run.healedAt === Number.POSITIVE_INFINITY && turn(nth + 1));
    };
    turn(0);
  };
}

export const READ_QUORUM: readonly Canary[] = [
  canary({
    name: "read-quorum-crash",
    about: "a replica answers from its own log while the two others commit a write behind its back",
    members: 3,
    fault: { crash: 1, byzantine: 0 },
    adversaries: [],
    script: restlessLinks({ flowsMs: 30, standsMs: 30 }),
  }),
  canary({
    name: "read-quorum-byzantine",
    about: "a replica takes a liar's word that nothing is new, while the two others commit a write behind its back",
    members: 4,
    fault: { crash: 0, byzantine: 1 },
    adversaries: [{ kind: "crafting", members: [3], behaviours: ["under-report", "stingy"] }],
    script: leftWith(3),
  }),
];
