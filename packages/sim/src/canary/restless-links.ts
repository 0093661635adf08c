// A network at the mercy of nobody's clock: every direction of every link stands still and flows again by itself, each in
// its own rhythm, for spans of several rounds. Nothing is lost, nobody notices, order is kept. Replicas see different
// parts of the DAG for long enough to decide from them alone, which is where a threshold one too low shows.
import type { Millis } from "@quorate/core";
import type { ScenarioRun } from "../run/scenario-run.ts";

export interface Restlessness {
  /** Mean time that a direction flows, and stands still. */
  readonly flowsMs: Millis;
  readonly standsMs: Millis;
}

/** A script for a scenario; it ends when the scenario heals. */
export function restlessLinks({ flowsMs, standsMs }: Restlessness): (run: ScenarioRun) => void {
  return (run) => {
    const { network, rng } = run.world;
    const members = run.scenario.stakes.length;
    const toggle = (from: number, to: number, held: boolean): void => {
      const chance = rng.fork(`rhythm ${from} ${to}`);
      const next = (now: boolean): void => {
        if (run.healedAt !== Number.POSITIVE_INFINITY) return;
        if (now) network.hold(from, to);
        else network.release(from, to);
        run.after(chance.exponential(now ? standsMs : flowsMs), () => next(!now));
      };
      next(held);
    };
    for (let from = 0; from < members; from++) {
      for (let to = 0; to < members; to++) if (from !== to) toggle(from, to, (from + to) % 3 === 0);
    }
  };
}
