// What a guarded command may not reach: the clock, chance, timers, the locale. It is taken out of the global scope while
// the command runs, and given back while the store below it reads: an adapter may need a timer of its own, and what it
// does with one is no business of the command's.
import { InvariantError } from "@quorate/core";

/** What is taken away: by the object that has it, and the name it has there. */
function forbidden(): [object: object, name: string, label: string][] {
  const globals = [
    "Date",
    "Intl",
    "setTimeout",
    "setInterval",
    "setImmediate",
    "queueMicrotask",
    "performance",
    "crypto",
    "fetch",
    "process",
  ];
  const localised: [object, string][] = [
    [String.prototype, "String.prototype"],
    [Number.prototype, "Number.prototype"],
    [Array.prototype, "Array.prototype"],
    [BigInt.prototype, "BigInt.prototype"],
  ];
  return [
    ...globals.map((name): [object, string, string] => [globalThis, name, name]),
    [Math, "random", "Math.random"],
    [String.prototype, "localeCompare", "localeCompare"],
    [String.prototype, "toLocaleUpperCase", "toLocaleUpperCase"],
    [String.prototype, "toLocaleLowerCase", "toLocaleLowerCase"],
    ...localised.map(([object, label]): [object, string, string] => [
      object,
      "toLocaleString",
      `${label}.toLocaleString`,
    ]),
  ];
}

/** Sets and lifts the traps of the command that runs; undefined while none does. */
let traps: { set(): void; lift(): void } | undefined;

/** Whether a guarded command runs. */
export function isGuarded(): boolean {
  return traps !== undefined;
}

/** Runs what belongs to the store, not to the command, amid a guarded command. */
export function withinReach<T>(run: () => T): T {
  const set = traps;
  set?.lift();
  try {
    return run();
  } finally {
    set?.set();
  }
}

/** Runs with everything forbidden out of reach. A use that the command swallows is still found. */
export function outOfReach<T>(command: string, run: () => T): T {
  // A guarded command that another one runs is within the other one's traps.
  if (traps !== undefined) return run();
  let used: string | undefined;
  const trapped = forbidden().flatMap(([object, name, label]) => {
    const descriptor = Object.getOwnPropertyDescriptor(object, name);
    if (descriptor?.configurable !== true) return [];
    const get = (): never => {
      used ??= label;
      throw new InvariantError(`${command} used ${label}: time, chance and locale are not the same on every replica`);
    };
    return [{ object, name, descriptor, trap: { configurable: true, get } }];
  });
  traps = {
    set: () => {
      for (const { object, name, trap } of trapped) Object.defineProperty(object, name, trap);
    },
    lift: () => {
      for (const { object, name, descriptor } of trapped) Object.defineProperty(object, name, descriptor);
    },
  };
  traps.set();
  try {
    return run();
  } finally {
    traps.lift();
    traps = undefined;
    // biome-ignore lint/correctness/noUnsafeFinally: a forbidden use must not be hidden by the command's own error.
    if (used !== undefined) throw new InvariantError(`${command} used ${used}: take time and chance from its context`);
  }
}
