// Rate limits and bounded counters, without scripts.
import type { CommandFamily } from "../command.ts";
import { counterAdd } from "./counter-add.ts";
import { rateTake } from "./rate-take.ts";

export const limitCommands: CommandFamily = {
  name: "limits",
  title: "Limits and counters",
  commands: [counterAdd, rateTake],
};
