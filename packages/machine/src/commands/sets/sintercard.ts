// SINTERCARD: how many members several sets share, counted no further than asked.
import { integer } from "../../reply/reply.ts";
import { rangedInteger, word } from "../arguments.ts";
import type { Arguments, CommandDefinition } from "../command.ts";
import { CommandError, syntaxError } from "../command-error.ts";
import { countedKeys } from "../counted-keys.ts";
import { intersection, openSets } from "./algebra.ts";

export const sintercard: CommandDefinition = {
  name: "SINTERCARD",
  arity: -3,
  flags: ["readonly"],
  keys: countedKeys(1),
  summary: "How many members all of the sets have; counting stops at the limit, if there is one.",
  syntax: "SINTERCARD numkeys key [key ...] [LIMIT limit]",
  examples: [
    { run: "SADD a x y z", reply: "(integer) 3" },
    { run: "SADD b y z", reply: "(integer) 2" },
    { run: "SINTERCARD 2 a b", reply: "(integer) 2" },
    { run: "SINTERCARD 2 a b LIMIT 1", reply: "(integer) 1" },
  ],
  run(context, [number, ...words]) {
    const count = rangedInteger(number!, 1, Infinity, "ERR numkeys should be greater than 0");
    if (count > words.length) throw new CommandError("ERR Number of keys can't be greater than number of args");
    const limit = limitOf(words.slice(count));
    let shared = 0;
    for (const _ of intersection(openSets(context, words.slice(0, count)))) {
      shared++;
      if (shared === limit) break;
    }
    return integer(shared);
  },
};

/** 0: none. */
function limitOf(options: Arguments): number {
  let limit = 0;
  for (let at = 0; at < options.length; at += 2) {
    const value = options[at + 1];
    if (word(options[at]) !== "limit" || value === undefined) throw syntaxError();
    limit = rangedInteger(value, 0, Infinity, "ERR LIMIT can't be negative");
  }
  return limit;
}
