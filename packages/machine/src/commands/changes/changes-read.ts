// CHANGES.READ: the change log from a revision on. A reader that was away finds out what happened, or is told that it
// cannot; it is never given less without being told.
import { array, bulk, integer } from "../../reply/reply.ts";
import { rangedInteger, word } from "../arguments.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { CommandError, syntaxError } from "../command-error.ts";

const COUNT_MAX = 10_000;

export const changesRead: CommandDefinition = {
  name: "CHANGES.READ",
  arity: -2,
  flags: ["readonly"],
  keys: NO_KEYS,
  summary:
    "Changes from a revision on: the revision to go on from, and of each its revision, event, key, commit and log time. COMPACTED and GAP are errors.",
  syntax: "CHANGES.READ revision [COUNT count]",
  examples: [
    { run: "SET a 1", reply: "OK" },
    {
      run: "CHANGES.READ 1",
      reply:
        '1) (integer) 2\n2) 1) 1) (integer) 1\n      2) "set"\n      3) "a"\n      4) (integer) 1\n      5) (integer) 1000000',
    },
    { run: "CHANGES.READ 9", reply: "(error) GAP the last revision is 1" },
  ],
  run({ state }, [from, ...rest]) {
    const revision = rangedInteger(from!, 1, 2 ** 48 - 1, "ERR a revision is a positive integer");
    let limit = 100;
    if (rest.length > 0) {
      if (rest.length !== 2 || word(rest[0]) !== "count") throw syntaxError();
      limit = rangedInteger(rest[1]!, 1, COUNT_MAX, `ERR COUNT is from 1 to ${COUNT_MAX}`);
    }
    const page = state.log.read(revision, limit);
    if (page.kind === "compacted") throw new CommandError(`COMPACTED the first revision kept is ${page.first}`);
    if (page.kind === "gap") throw new CommandError(`GAP the last revision is ${page.last}`);
    const changes = page.changes.map((change) =>
      array([
        integer(change.revision),
        bulk(change.event),
        bulk(change.key),
        integer(change.index),
        integer(change.time),
      ]),
    );
    return array([integer(page.next), array(changes)]);
  },
};
