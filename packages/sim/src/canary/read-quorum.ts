// A read barrier that asks one member too few. Among three members that leaves the reader alone: its own log is all it
// looks at, while the two others commit behind its back. No clock tells it so, for nobody notices that the links stand.
import { DEFAULT_WORKLOAD } from "../client/workload.ts";
import { defineScenario, equalStakes } from "../scenario/scenario.ts";
import type { Canary } from "./canary.ts";
import { restlessLinks } from "./restless-links.ts";

const ABOUT = "a replica answers from its own log while the two others commit a write behind its back";

export const READ_QUORUM: Canary = {
  name: "read-quorum",
  mutation: { readQuorum: -1 },
  about: ABOUT,
  expects: "safety",
  scenario: () =>
    defineScenario({
      name: "read-quorum",
      about: ABOUT,
      stakes: equalStakes(3),
      fault: { crash: 1, byzantine: 0 },
      delays: { kind: "even", from: 1, to: 6 },
      workload: {
        ...DEFAULT_WORKLOAD,
        clients: 6,
        keys: 1,
        thinkMs: 2,
        mix: { read: 4, write: 2, cas: 0, append: 0, list: 0, txn: 0, lend: 0 },
      },
      chaosMs: [400, 400],
      script: restlessLinks({ flowsMs: 30, standsMs: 30 }),
    }),
};
