// The change log: what changed, in order, from any revision on.
import type { CommandFamily } from "../command.ts";
import { changesRange } from "./changes-range.ts";
import { changesRead } from "./changes-read.ts";
import { revision } from "./revision.ts";

export const changeCommands: CommandFamily = {
  name: "changes",
  title: "Change log",
  commands: [changesRange, changesRead, revision],
};
