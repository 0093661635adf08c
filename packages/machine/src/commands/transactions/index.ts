// Transactions: many commands in one step, under conditions.
import type { CommandFamily } from "../command.ts";
import { discard } from "./discard.ts";
import { exec } from "./exec.ts";
import { multi } from "./multi.ts";
import { txn } from "./txn.ts";
import { txnExec } from "./txn-exec.ts";
import { unwatch } from "./unwatch.ts";
import { watch } from "./watch.ts";

export const transactionCommands: CommandFamily = {
  name: "transactions",
  title: "Transactions",
  commands: [multi, exec, discard, watch, unwatch, txn, txnExec],
};
