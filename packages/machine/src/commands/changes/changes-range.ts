// CHANGES.RANGE: which revisions the change log holds.
import { array, integer } from "../../reply/reply.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";

export const changesRange: CommandDefinition = {
  name: "CHANGES.RANGE",
  arity: 1,
  flags: ["readonly", "fast"],
  keys: NO_KEYS,
  summary: "The first revision that the change log still holds, and the last one given; the next change gets one more.",
  syntax: "CHANGES.RANGE",
  examples: [
    { run: "MSET a 1 b 2", reply: "OK" },
    { run: "CHANGES.RANGE", reply: "1) (integer) 1\n2) (integer) 2" },
  ],
  run: ({ state: { meta } }) => array([integer(meta.firstRevision), integer(meta.revision)]),
};
