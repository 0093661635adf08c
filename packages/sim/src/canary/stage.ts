// What the network does while a liar speaks: it lets a link stand from the moment a member has made its block of some
// round. Nothing is lost and nobody notices; an asynchronous network may do that to anyone, for any time.
import type { AuthorIndex, Round } from "@quorate/core";
import type { ScenarioRun } from "../run/scenario-run.ts";

const LOOK_EVERY_MS = 0.5;
/** What was sent before the moment has arrived by then; what is sent from it on is still on its way. */
const SETTLE_MS = 3;

/** Calls once that member has made its block of that round, while the scenario is not healed. */
export function whenMade(run: ScenarioRun, member: AuthorIndex, round: Round, then: () => void): void {
  if (run.healedAt !== Number.POSITIVE_INFINITY) return;
  const made = run.world.processes[member]?.replica?.status().ownRound ?? 0;
  if (made >= round) run.after(SETTLE_MS, () => run.healedAt === Number.POSITIVE_INFINITY && then());
  else run.after(LOOK_EVERY_MS, () => whenMade(run, member, round, then));
}

/** From its block of that round on, these do not hear from that member until the scenario heals. */
export function silence(run: ScenarioRun, member: AuthorIndex, round: Round, to: readonly AuthorIndex[]): void {
  whenMade(run, member, round, () => {
    for (const peer of to) run.world.network.hold(member, peer);
  });
}
