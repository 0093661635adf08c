// Members without a link, and how sentences speak of them.
import type { MemberReport } from "@quorate/core/api";

export function downOf(members: readonly MemberReport[]): readonly MemberReport[] {
  return members.filter(({ self, up }) => !self && !up);
}

export function longestSilence(down: readonly MemberReport[]): number | undefined {
  return down.length === 0 ? undefined : Math.max(...down.map(({ silentMs }) => silentMs));
}

/** In brackets behind an instruction; nothing where there is nobody. */
export function listed(members: readonly MemberReport[]): string {
  return members.length === 0 ? "" : ` (${members.map(({ name }) => name).join(", ")})`;
}

/** `a, b and c`. */
export function join(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
