// The arguments of LMPOP and ZMPOP: `numkeys key [key ...] <which end> [COUNT count]`.
import type { ByteString } from "../../bytes/byte-string.ts";
import { rangedInteger, word } from "../arguments.ts";
import type { Arguments } from "../command.ts";
import { syntaxError } from "../command-error.ts";

export interface MultiPop<End> {
  readonly keys: readonly ByteString[];
  readonly end: End;
  readonly count: number;
}

/** `parseEnd` reads the word for an end, or refuses it. */
export function multiPopArguments<End>(args: Arguments, parseEnd: (arg: ByteString) => End): MultiPop<End> {
  const keyCount = rangedInteger(args[0]!, 1, Infinity, "ERR numkeys should be greater than 0");
  const [endWord, option, wanted, ...rest] = args.slice(1 + keyCount);
  if (endWord === undefined) throw syntaxError();
  const keys = args.slice(1, 1 + keyCount);
  const end = parseEnd(endWord);
  if (option === undefined) return { keys, end, count: 1 };
  if (word(option) !== "count" || wanted === undefined) throw syntaxError();
  const count = rangedInteger(wanted, 1, Infinity, "ERR count should be greater than 0");
  if (rest.length > 0) throw syntaxError();
  return { keys, end, count };
}
