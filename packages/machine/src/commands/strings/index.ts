// Strings: one value a key.
import type { CommandFamily } from "../command.ts";
import { get } from "./get.ts";

export const stringCommands: CommandFamily = { name: "string", title: "Strings", commands: [get] };
