// KEYS: every key whose name matches a pattern.
import { array, bulk, type Reply } from "../../reply/reply.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { globOf } from "../glob.ts";

const STEP = 1000;

export const keys: CommandDefinition = {
  name: "KEYS",
  arity: 2,
  flags: ["readonly", "dangerous"],
  keys: NO_KEYS,
  summary: "Every key whose name matches a pattern, in no particular order. Looks at all keys: prefer SCAN.",
  syntax: "KEYS pattern",
  examples: [
    { run: "MSET one 1 two 2", reply: "OK" },
    { run: "KEYS t*", reply: '1) "two"' },
  ],
  run(context, [pattern]) {
    const matches = globOf(pattern!);
    const found: Reply[] = [];
    let place = 0;
    do {
      const page = context.keys.scan(place, STEP);
      for (const [key] of page.keys) if (matches(key)) found.push(bulk(key));
      place = page.next;
    } while (place !== 0);
    return array(found);
  },
};
