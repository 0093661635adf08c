// RANDOMKEY: a key by chance.
import { bulk, NULL } from "../../reply/reply.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { PLACE_MAX } from "./scan.ts";

export const randomkey: CommandDefinition = {
  name: "RANDOMKEY",
  arity: 1,
  flags: ["readonly"],
  keys: NO_KEYS,
  summary: "One of the keys by chance; null if there is none.",
  syntax: "RANDOMKEY",
  examples: [
    { run: "RANDOMKEY", reply: "(nil)" },
    { run: "SET a 1", reply: "OK" },
    { run: "RANDOMKEY", reply: '"a"' },
  ],
  run({ keys, random }) {
    // Keys lie in the order of their hash, so the next one from a random place is nearly as likely as any other.
    let place = random.below(PLACE_MAX);
    let wrapped = false;
    for (;;) {
      const page = keys.scan(place, 1);
      const found = page.keys[0];
      if (found !== undefined) return bulk(found[0]);
      place = page.next;
      if (place !== 0) continue;
      if (wrapped) return NULL;
      wrapped = true;
    }
  },
};
