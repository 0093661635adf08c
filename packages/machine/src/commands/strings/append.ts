// APPEND: adds to the end of a string.
import { integer } from "../../reply/reply.ts";
import { type CommandContext, type CommandDefinition, FIRST_KEY } from "../command.ts";
import { CommandError } from "../command-error.ts";

export const append: CommandDefinition = {
  name: "APPEND",
  arity: 3,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Adds to the end of a string, making it if need be; answers its length.",
  syntax: "APPEND key value",
  examples: [
    { run: "APPEND log one", reply: "(integer) 3" },
    { run: "APPEND log ,two", reply: "(integer) 7" },
    { run: "GET log", reply: '"one,two"' },
  ],
  run(context, [key, value]) {
    const { keys } = context;
    const entry = keys.readAs(key!, "string");
    const before = entry?.body ?? "";
    if (entry !== undefined) checkLength(context, before.length + value!.length);
    keys.writeString(key!, before + value!, "append", entry?.expireAt);
    return integer(before.length + value!.length);
  },
};

/** Refuses a string that would grow too long. */
export function checkLength({ config }: CommandContext, bytes: number): void {
  if (bytes > config.valueBytesMax)
    throw new CommandError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
}
