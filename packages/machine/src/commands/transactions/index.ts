// Transactions: many commands in one step, under conditions.
import type { CommandFamily } from "../command.ts";
import { txn } from "./txn.ts";
import { txnExec } from "./txn-exec.ts";

export const transactionCommands: CommandFamily = {
  name: "transactions",
  title: "Transactions",
  commands: [txn, txnExec],
};
