// What somebody who chooses a committee should be told, beyond the numbers that were asked for.
import { type Committee, defaultCrash, recoveryQuorum, type Tolerance } from "@quorate/core";

/** Whole sentences, the gravest first. */
export function notesOn({ members, thresholds }: Committee, survives: Tolerance): readonly string[] {
  const { rule, total, crash, byzantine, parents, commit, skip } = thresholds;
  const names = (list: readonly number[]) => list.map((member) => members[member]!.name).join(", ");
  const notes: string[] = [];
  if (survives.critical.length > 0) {
    const single = survives.critical.length === 1;
    notes.push(
      `Nothing commits without ${names(survives.critical)}: ${single ? "it is" : "each of them is"} in every quorum.`,
    );
  }
  const lost = members.flatMap(({ stake }, member) => (total - stake < recoveryQuorum(thresholds) ? [member] : []));
  if (lost.length > 0) {
    notes.push(`A lost disk of ${names(lost)} cannot be made good by the others: they hold too little stake.`);
  }
  if (survives.powerless !== undefined && survives.powerless.length > 0) {
    notes.push(`The votes of ${names(survives.powerless)} never make a difference: every quorum is one without them.`);
  }
  const most = defaultCrash(total, byzantine);
  if (crash < most) {
    notes.push(
      `The stake allows a crash bound of ${most}; ${crash} gives larger quorums and skips that need fewer blames.`,
    );
  }
  // With c stopped there are n − c left: skipping a slot of a stopped member directly needs more of them than that.
  if (rule === "cft2" && crash > 0 && skip > parents) {
    notes.push(
      `With ${crash} stopped, ${parents} are left and skipping takes ${skip} blames: slots of stopped members wait for a ` +
        "later anchor until their owners lose their slots.",
    );
  }
  if (rule === "hyb3" && commit === total) {
    notes.push("The fast path needs everybody: one stopped member moves all commits to the slow path.");
  }
  if (rule === "cft2" && total === 2 * crash + 2 && members.length === total) {
    notes.push(
      `One member less would survive as many stopped members: ${total - 1} are enough for a crash bound of ${crash}.`,
    );
  }
  return notes;
}
