// LPOS: where in a list an element stands.
import type { ByteString } from "../../bytes/byte-string.ts";
import { array, integer, NULL } from "../../reply/reply.ts";
import type { CountedIndex } from "../../state/counted-index.ts";
import { INT64_MIN, int64, rangedInteger, word } from "../arguments.ts";
import { type Arguments, type CommandDefinition, FIRST_KEY } from "../command.ts";
import { CommandError, syntaxError } from "../command-error.ts";

export const lpos: CommandDefinition = {
  name: "LPOS",
  arity: -3,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary:
    "Places of the elements that equal one: of the RANKth match, or with COUNT of that many (0: all) from it on.",
  syntax: "LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
  examples: [
    { run: "RPUSH queue a b c a b", reply: "(integer) 5" },
    { run: "LPOS queue b", reply: "(integer) 1" },
    { run: "LPOS queue b RANK -1", reply: "(integer) 4" },
    { run: "LPOS queue a COUNT 0", reply: "1) (integer) 0\n2) (integer) 3" },
    { run: "LPOS queue x", reply: "(nil)" },
  ],
  run({ keys }, [key, element, ...options]) {
    const search = parseSearch(options);
    const list = keys.readCollection(key!, "list");
    const places = list === undefined ? [] : find(list.index, element!, search);
    if (search.count !== undefined) return array(places.map(integer));
    return places[0] === undefined ? NULL : integer(places[0]);
  },
};

interface Search {
  readonly rank: number;
  /** Undefined: one, and not as an array. 0: all. */
  readonly count: number | undefined;
  /** How many elements to compare; 0: all. */
  readonly lengthMax: number;
}

function parseSearch(options: Arguments): Search {
  let rank = 1;
  let count: number | undefined;
  let lengthMax = 0;
  for (let at = 0; at < options.length; at += 2) {
    const option = word(options[at]);
    const value = options[at + 1];
    if (value === undefined) throw syntaxError();
    if (option === "rank") {
      rank = rankArgument(value);
      if (rank === 0) throw rankIsZero();
    } else if (option === "count") count = rangedInteger(value, 0, Infinity, "ERR COUNT can't be negative");
    else if (option === "maxlen") lengthMax = rangedInteger(value, 0, Infinity, "ERR MAXLEN can't be negative");
    else throw syntaxError();
  }
  return { rank, count, lengthMax };
}

function find(index: CountedIndex, element: ByteString, { rank, count, lengthMax }: Search): number[] {
  const places: number[] = [];
  const reverse = rank < 0;
  const limit = count === undefined ? 1 : count === 0 ? Infinity : count;
  let skip = Math.abs(rank) - 1;
  let compared = 0;
  for (const [, each] of index.walk(reverse ? index.size - 1 : 0, reverse)) {
    if (lengthMax !== 0 && compared === lengthMax) break;
    if (each === element && skip-- <= 0) {
      const place = reverse ? index.size - 1 - compared : compared;
      if (places.push(place) >= limit) break;
    }
    compared++;
  }
  return places;
}

const rankIsZero = (): CommandError =>
  new CommandError(
    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
  );

/** -2^63 has no opposite: Redis 7.0 overflows on it, later ones refuse it with this text. */
function rankArgument(arg: ByteString): number {
  const rank = int64(arg);
  if (rank === INT64_MIN)
    throw new CommandError(`ERR value is out of range, value must between ${INT64_MIN + 1n} and ${-(INT64_MIN + 1n)}`);
  return Number(rank);
}
