// Which members lie where so much stake may: as many as fit, in the order in which they are offered.
import type { AuthorIndex } from "@quorate/core";

export function liarsAmong(
  members: readonly AuthorIndex[],
  stakes: readonly number[],
  most: number,
): readonly AuthorIndex[] {
  let left = most;
  const liars: AuthorIndex[] = [];
  for (const member of members) {
    const stake = stakes[member] ?? 0;
    if (stake > left) continue;
    left -= stake;
    liars.push(member);
  }
  return liars.sort((one, other) => one - other);
}
