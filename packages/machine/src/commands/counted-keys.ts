// Commands that say how many keys follow: `LMPOP numkeys key …`, `ZUNIONSTORE destination numkeys key …`.
import type { Arguments, KeySpec } from "./command.ts";

/** The keys after the number at place `at`, and those at fixed places before it. None when the number is no number. */
export function countedKeys(at: number, ...fixed: readonly number[]): KeySpec {
  return (words: Arguments): readonly number[] => {
    const count = /^[0-9]{1,7}$/.test(words[at] ?? "") ? Number(words[at]) : 0;
    const places = [...fixed];
    for (let place = at + 1; place <= at + count && place < words.length; place++) places.push(place);
    return places;
  };
}
