// Durable timers: commands that run at a log time, once.
import type { CommandFamily } from "../command.ts";
import { timerAt } from "./timer-at.ts";
import { timerCancel } from "./timer-cancel.ts";
import { timerGet } from "./timer-get.ts";
import { timerSet } from "./timer-set.ts";

export const timerCommands: CommandFamily = {
  name: "timer",
  title: "Timers",
  commands: [timerAt, timerCancel, timerGet, timerSet],
};
