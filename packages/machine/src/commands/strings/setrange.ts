// SETRANGE: overwrites a part of a string.
import { integer } from "../../reply/reply.ts";
import { integerArgument } from "../arguments.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { checkLength } from "./append.ts";

export const setrange: CommandDefinition = {
  name: "SETRANGE",
  arity: 4,
  flags: ["write", "grows"],
  keys: FIRST_KEY,
  summary: "Overwrites a string from a place on, filling with zero bytes up to it; answers its length.",
  syntax: "SETRANGE key offset value",
  examples: [
    { run: "SET greeting hello-world", reply: "OK" },
    { run: "SETRANGE greeting 6 Delft", reply: "(integer) 11" },
    { run: "GET greeting", reply: '"hello-Delft"' },
  ],
  run(context, [key, place, value]) {
    const { keys } = context;
    const offset = integerArgument(place!);
    if (offset < 0) throw new CommandError("ERR offset is out of range");
    const entry = keys.readAs(key!, "string");
    const before = entry?.body ?? "";
    if (value === "") return integer(before.length);
    checkLength(context, offset + value!.length);
    const padded = before.slice(0, offset).padEnd(offset, "\0");
    const after = padded + value! + before.slice(offset + value!.length);
    keys.writeString(key!, after, "setrange", entry?.expireAt);
    return integer(after.length);
  },
};
