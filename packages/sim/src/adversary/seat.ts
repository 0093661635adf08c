import type { ScenarioRun } from "../run/scenario-run.ts";

export function seatAdversaries(_run: ScenarioRun): void {}
