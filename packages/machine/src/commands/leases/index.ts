// Leases: locks, elections and semaphores, with fencing tokens that the store enforces.
import type { CommandFamily } from "../command.ts";
import { electionKeep } from "./election-keep.ts";
import { electionResign } from "./election-resign.ts";
import { electionStand } from "./election-stand.ts";
import { electionWinner } from "./election-winner.ts";
import { fence } from "./fence.ts";
import { lockExtend } from "./lock-extend.ts";
import { lockHolder } from "./lock-holder.ts";
import { lockLeave } from "./lock-leave.ts";
import { lockRelease } from "./lock-release.ts";
import { lockTry } from "./lock-try.ts";
import { lockWait } from "./lock-wait.ts";
import { semaphoreExtend } from "./semaphore-extend.ts";
import { semaphoreHolders } from "./semaphore-holders.ts";
import { semaphoreLeave } from "./semaphore-leave.ts";
import { semaphoreRelease } from "./semaphore-release.ts";
import { semaphoreTry } from "./semaphore-try.ts";
import { semaphoreWait } from "./semaphore-wait.ts";

export const leaseCommands: CommandFamily = {
  name: "lease",
  title: "Locks, elections, semaphores",
  commands: [
    fence,
    electionKeep,
    electionResign,
    electionStand,
    electionWinner,
    lockExtend,
    lockHolder,
    lockLeave,
    lockRelease,
    lockTry,
    lockWait,
    semaphoreExtend,
    semaphoreHolders,
    semaphoreLeave,
    semaphoreRelease,
    semaphoreTry,
    semaphoreWait,
  ],
};
