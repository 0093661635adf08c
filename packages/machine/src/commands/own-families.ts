// The families whose commands Redis does not have.
import { changeCommands } from "./changes/index.ts";
import type { CommandFamily } from "./command.ts";
import { leaseCommands } from "./leases/index.ts";
import { limitCommands } from "./limits/index.ts";
import { sessionCommands } from "./sessions/index.ts";
import { timerCommands } from "./timers/index.ts";
import { transactionCommands } from "./transactions/index.ts";
import { userCommands } from "./users/index.ts";

export const OWN_FAMILIES: readonly CommandFamily[] = [
  transactionCommands,
  leaseCommands,
  timerCommands,
  limitCommands,
  changeCommands,
  sessionCommands,
  userCommands,
];
