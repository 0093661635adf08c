// How far this member is behind the others, by what they say. Whoever comes back after a while has links to a quorum at
// once, and yet does not serve: it knows no newer rounds than its own, so what it is given goes into blocks of old ones,
// and a block that is more than a horizon behind the others is never ordered.
//
// The law it keeps: members that may lie, by themselves, make nobody look behind.
import type { AuthorIndex, Committee, Limits, Replica } from "@quorate/core";

interface LagOptions {
  readonly core: Replica;
  readonly committee: Committee;
  readonly limits: Limits;
  readonly self: AuthorIndex;
}

/** Why this member is too far behind to serve, or does not know yet whether it is; undefined if it serves. */
export function whyBehind({ core, committee, limits, self }: LagOptions): string | undefined {
  const { appliedIndex } = core.status();
  // Who has committed nothing and who was not heard yet look alike; but a way there and back is measured only with those
  // that were heard. This member itself is always heard.
  const heard = core.members().flatMap(({ claimedIndex, roundTripMs, up }, index) => {
    const isHeard = index === self || (up && (claimedIndex > 0 || roundTripMs !== undefined));
    return isHeard ? [{ claimedIndex, stake: committee.stakes[index] ?? 0 }] : [];
  });
  const stake = heard.reduce((sum, member) => sum + member.stake, 0);
  if (stake < committee.thresholds.parents) return "it has not heard yet from a quorum where the others stand";
  const behind = credibleIndex(heard, committee.fault.byzantine) - appliedIndex;
  // Half a horizon, if each round brings one commit; usually each brings several.
  return behind <= limits.gcDepth / 2 ? undefined : `it takes in what it missed, and is ${behind} commits behind`;
}

/** The last commit that enough members claim to have for an honest one to be among them. */
function credibleIndex(
  heard: readonly { readonly claimedIndex: number; readonly stake: number }[],
  byzantine: number,
): number {
  let stake = 0;
  for (const member of heard.toSorted((left, right) => right.claimedIndex - left.claimedIndex))
    if ((stake += member.stake) > byzantine) return member.claimedIndex;
  return 0;
}
