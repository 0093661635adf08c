// Carries out what log time has reached, at the start of each commit, before its commands. What the budget leaves over is
// carried out by later commits; keys and leases are gone for every command all the same, timers and sessions wait.
import type { Millis } from "@quorate/core";
import { settleDue } from "./leases.ts";
import type { State } from "./state.ts";
import { type RunTimer, timerDue } from "./timers.ts";

/** Carries out due deadlines in order, up to the budget. What is left over is due again in the next commit. */
export function carryOutDeadlines(state: State, budget: number, run: RunTimer): void {
  state.mark();
  for (const { kind, ident, at } of state.deadlines.due(state.meta.time, budget)) {
    if (kind === "k") state.keys.expireDue(ident, at);
    else if (kind === "s") state.sessions.due(ident, at);
    else if (kind === "l") settleDue(state, ident, at);
    else if (kind === "t") timerDue(state, run, ident, at);
  }
  state.mark();
}

/** What the replica is told to wait for. While due deadlines are left over, that is the very next moment. */
export function nextDeadline(state: State): Millis | undefined {
  const first = state.deadlines.first();
  return first === undefined ? undefined : Math.max(first.at, state.meta.time + 1);
}
