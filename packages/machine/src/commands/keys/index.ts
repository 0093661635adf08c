// Keys of every type.
import type { CommandFamily } from "../command.ts";
import { del } from "./del.ts";

export const keyCommands: CommandFamily = { name: "generic", title: "Keys", commands: [del] };
