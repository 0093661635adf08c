// Transactions over commands of every family: what is queued, what cannot be, and what a watched key stops.
import type { Chance } from "./chance.ts";
import type { Generator, Words } from "./compare.ts";

/** A few commands of other families between WATCH, MULTI and EXEC, with the mistakes that people make. */
export function transactions(others: readonly Generator[]): Generator {
  // A flush is taken to change every key, also those that were not there: a stated difference.
  const some = (chance: Chance): Words[] =>
    chance
      .some(0, 3, () => chance.pick(others)(chance))
      .flat()
      .filter(([name]) => !name?.startsWith("FLUSH"));
  const mistake = (chance: Chance): Words[] =>
    chance.once(4)
      ? [
          chance.pick([
            ["MULTI"],
            ["WATCH", "k1"],
            ["EXEC"],
            ["DISCARD"],
            ["GET"],
            ["NOSUCH", "x"],
            ["UNWATCH"],
            ["WATCH"],
            ["EXEC", "x"],
          ]),
        ]
      : [];
  return (chance) => [
    ...(chance.once(2) ? [["WATCH", chance.key(), ...chance.some(0, 2, () => chance.key())]] : []),
    ...(chance.once(2) ? some(chance) : []),
    ...mistake(chance),
    ["MULTI"],
    ...some(chance),
    ...mistake(chance),
    ...some(chance),
    chance.weighted<Words>([8, ["EXEC"]], [1, ["DISCARD"]]),
    ...(chance.once(5) ? [["UNWATCH"]] : []),
  ];
}
