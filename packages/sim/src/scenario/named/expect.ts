// Small words for promises: what a run must show beyond what every run must.
import type { ScenarioRun } from "../../run/scenario-run.ts";
import type { Complaint } from "../scenario.ts";

/** A complaint unless the fact holds. */
export function expectThat(fact: boolean, kind: Complaint["kind"], text: string): readonly Complaint[] {
  return fact ? [] : [{ kind, text }];
}

/** A complaint unless a figure that the script noted is there and within bounds. */
export function expectNote(
  run: Pick<ScenarioRun, "notes">,
  name: string,
  {
    least = Number.NEGATIVE_INFINITY,
    most = Number.POSITIVE_INFINITY,
  }: { readonly least?: number; readonly most?: number },
): readonly Complaint[] {
  const value = run.notes.get(name);
  if (value === undefined) return [{ kind: "no-progress", text: `${name}: never came` }];
  return expectThat(
    value >= least && value <= most,
    "no-progress",
    `${name}: ${value}, not within ${least} to ${most}`,
  );
}
