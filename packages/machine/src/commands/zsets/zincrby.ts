// ZINCRBY: adds to the score of a member.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { addMembers } from "./add.ts";

export const zincrby: CommandDefinition = {
  name: "ZINCRBY",
  arity: 4,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Adds to a member's score and answers the new one; a member that is not there starts from 0.",
  syntax: "ZINCRBY key increment member",
  examples: [
    { run: "ZINCRBY board 5 ann", reply: '"5"' },
    { run: "ZINCRBY board -7.5 ann", reply: '"-2.5"' },
  ],
  run: (context, args) => addMembers(context, args, true),
};
