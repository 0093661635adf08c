// Every exercise of the built-in machine. Append only: the place in the list is what a seed's chance picks.
import type { ExerciseFactory } from "../exercise.ts";
import { accounts } from "./accounts.ts";
import { changes } from "./changes.ts";
import { elections, locks, semaphores } from "./leases.ts";
import { lent } from "./lent.ts";
import { limits } from "./limits.ts";
import { lists } from "./lists.ts";
import { once } from "./once.ts";
import { queues } from "./queues.ts";
import { registers } from "./registers.ts";
import { timers } from "./timers.ts";
import { transactions } from "./transactions.ts";

export const EXERCISES: readonly ExerciseFactory[] = [
  registers,
  lists,
  transactions,
  accounts,
  once,
  queues,
  lent,
  timers,
  limits,
  changes,
  locks,
  elections,
  semaphores,
];
