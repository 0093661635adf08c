// Values that expire: by log time only, also when nothing else happens and when clocks disagree.
import { DEFAULT_WORKLOAD } from "../../client/workload.ts";
import type { ScenarioRun } from "../../run/scenario-run.ts";
import { toyWords } from "../../toy/toy-reply.ts";
import { defineScenario, type Scenario } from "../scenario.ts";
import { expectNote } from "./expect.ts";

const DELTA_MS = 10;
const TTL_MS = 2_000;
const NO_CLIENTS = { ...DEFAULT_WORKLOAD, clients: 0 };

/** Whether a member's state holds the key, whatever any clock says. */
function holds(run: ScenarioRun, member: number, key: string): boolean {
  const answer = run.world.processes[member]?.machine.query(toyWords(["read", key]), 0);
  return answer !== undefined && "reply" in answer && answer.reply.text !== "null";
}

/** Notes when each member let go of the key, counted from its writing. */
function watch(run: ScenarioRun, key: string, from: number): void {
  const gone = new Set<number>();
  const look = (): void => {
    for (const { self } of run.replicas) {
      if (gone.has(self) || holds(run, self, key)) continue;
      gone.add(self);
      run.note(`${key} left replica ${self} after`, run.now - from);
    }
    if (gone.size < run.replicas.length) run.after(5, look);
  };
  look();
}

const idleExpiry: Scenario = defineScenario({
  name: "idle-expiry",
  about:
    "a value expires on every member of a cluster that does nothing else: never early, and half a second late at most",
  workload: NO_CLIENTS,
  chaosMs: [6_000, 6_000],
  script: (run) =>
    run.after(1_000, () => {
      const from = run.now;
      run.submit(1, toyWords(["lend", "lease", 1, TTL_MS]), () =>
        run.after(3 * DELTA_MS, () => watch(run, "lease", from)),
      );
    }),
  promise: (run) =>
    run.replicas.flatMap(({ self }) =>
      expectNote(run, `lease left replica ${self} after`, { least: TTL_MS, most: TTL_MS + 500 + 10 * DELTA_MS }),
    ),
});

const SKEW_MS = 400;

const skewedReaders: Scenario = defineScenario({
  name: "skewed-readers",
  about: "one value read through members whose clocks disagree: once gone it stays gone, whoever is asked",
  workload: NO_CLIENTS,
  chaosMs: [6_000, 6_000],
  faults: [
    { at: 100, fault: { verb: "jump", member: 0, by: SKEW_MS } },
    { at: 100, fault: { verb: "jump", member: 2, by: -SKEW_MS } },
  ],
  script: (run) =>
    run.after(1_000, () => {
      const from = run.now;
      run.submit(1, toyWords(["lend", "lease", 1, TTL_MS]), () => {
        let gone = false;
        const ask = (nth: number): void => {
          const member = [0, 2][nth % 2] ?? 0;
          run.world.processes[member]?.read(toyWords(["read", "lease"]), (answer) => {
            if (answer.kind === "reply") {
              const there = answer.reply.text !== "null";
              if (gone && there) run.note("came back", run.now - from);
              if (!there && !gone) run.note("gone after", run.now - from);
              gone ||= !there;
              run.note("reads", (run.notes.get("reads") ?? 0) + 1);
            }
            if (run.now < run.clientsAt + 5_500) run.after(7, () => ask(nth + 1));
          });
        };
        ask(0);
      });
    }),
  promise: (run) => [
    ...expectNote(run, "gone after", { least: TTL_MS - SKEW_MS, most: TTL_MS + SKEW_MS + 500 + 10 * DELTA_MS }),
    ...expectNote(run, "reads", { least: 50 }),
    ...(run.notes.has("came back") ? [{ kind: "safety" as const, text: "the value came back after it was gone" }] : []),
  ],
});

export const EXPIRY: readonly Scenario[] = [idleExpiry, skewedReaders];
