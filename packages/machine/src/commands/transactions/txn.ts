// TXN: compare, then or else, as one step. All of a branch happens or nothing: a command that refuses takes the whole
// transaction with it.
import type { ByteString } from "../../bytes/byte-string.ts";
import { array, integer, type Reply } from "../../reply/reply.ts";
import { holds } from "../../state/leases.ts";
import { rangedInteger, word } from "../arguments.ts";
import type { Arguments, CommandContext, CommandDefinition } from "../command.ts";
import { CommandError, syntaxError } from "../command-error.ts";
import { tokenArgument } from "../leases/lease-steps.ts";
import { checkQueued, type QueuedCommand, readQueued } from "./queued.ts";

export const txn: CommandDefinition = {
  name: "TXN",
  arity: -3,
  flags: ["write", "no-multi"],
  keys: (words) => parse(words.slice(1), true).keyPlaces.map((place) => place + 1),
  summary:
    "If every condition holds runs the commands after THEN, else those after ELSE; answers 1 or 0, and their replies. A command that refuses undoes all.",
  syntax:
    "TXN [IF {VALUE key = | != | < | > value | REVISION key = | != | < | > revision | EXISTS key | MISSING key | FENCE key token} ...] [THEN words command [argument ...] ...] [ELSE words command [argument ...] ...]",
  examples: [
    { run: "MSET from 10 to 0", reply: "OK" },
    {
      run: "TXN IF VALUE from = 10 THEN 3 DECRBY from 4 3 INCRBY to 4 ELSE 2 GET from",
      reply: "1) (integer) 1\n2) 1) (integer) 6\n   2) (integer) 4",
    },
    {
      run: "TXN IF VALUE from = 10 THEN 3 DECRBY from 4 3 INCRBY to 4 ELSE 2 GET from",
      reply: '1) (integer) 0\n2) 1) "6"',
    },
    {
      run: "TXN THEN 2 INCR from 3 LPUSH from x",
      reply: "(error) ABORTED 'lpush': WRONGTYPE Operation against a key holding the wrong kind of value",
    },
    { run: "GET from", reply: '"6"' },
  ],
  within(args) {
    const { whenTrue, whenFalse } = parse(args, true);
    return [...whenTrue, ...whenFalse];
  },
  run(context, args) {
    const { conditions, whenTrue, whenFalse } = parse(args);
    checkQueued(context, [...whenTrue, ...whenFalse]);
    const holdAll = conditions.every((condition) => conditionHolds(context, condition));
    const replies = (holdAll ? whenTrue : whenFalse).map((words) => runOrAbort(context, words));
    return array([integer(holdAll ? 1 : 0), array(replies)]);
  },
};

type Condition =
  | { readonly kind: "value"; readonly key: ByteString; readonly operator: string; readonly value: ByteString }
  | { readonly kind: "revision"; readonly key: ByteString; readonly operator: string; readonly revision: number }
  | { readonly kind: "exists" | "missing"; readonly key: ByteString }
  | { readonly kind: "fence"; readonly key: ByteString; readonly token: number };

interface Parsed {
  readonly conditions: readonly Condition[];
  readonly whenTrue: readonly QueuedCommand[];
  readonly whenFalse: readonly QueuedCommand[];
  /** Places of the keys that conditions name. */
  readonly keyPlaces: readonly number[];
}

/** `lenient` is for finding keys in what may be nonsense: what does not parse ends the search. */
function parse(args: Arguments, lenient = false): Parsed {
  const conditions: Condition[] = [];
  const whenTrue: QueuedCommand[] = [];
  const whenFalse: QueuedCommand[] = [];
  const keyPlaces: number[] = [];
  try {
    let at = 0;
    if (word(args[at]) === "if") {
      at++;
      while (at < args.length && !isBranch(args[at])) {
        const { condition, words } = readCondition(args, at);
        keyPlaces.push(at + 1);
        conditions.push(condition);
        at += words;
      }
    }
    for (const branch of ["then", "else"] as const) {
      if (word(args[at]) !== branch) continue;
      at++;
      while (at < args.length && !(branch === "then" && word(args[at]) === "else")) {
        const { words, next } = readQueued(args, at);
        (branch === "then" ? whenTrue : whenFalse).push(words);
        at = next;
      }
    }
    if (at !== args.length || args.length === 0) throw syntaxError();
  } catch (error) {
    if (!lenient) throw error;
  }
  return { conditions, whenTrue, whenFalse, keyPlaces };
}

const isBranch = (arg: ByteString | undefined): boolean => word(arg) === "then" || word(arg) === "else";

/** Reads the condition at a place, and how many words it has. By place: a copy of the rest for each would be quadratic. */
function readCondition(args: Arguments, at: number): { readonly condition: Condition; readonly words: number } {
  const [name, key, first, second] = [word(args[at]), args[at + 1], args[at + 2], args[at + 3]];
  if (key === undefined) throw syntaxError();
  if (name === "exists" || name === "missing") return { condition: { kind: name, key }, words: 2 };
  if (name === "fence" && first !== undefined)
    return { condition: { kind: name, key, token: tokenArgument(first) }, words: 3 };
  if ((name !== "value" && name !== "revision") || second === undefined) throw syntaxError();
  const operator = first!;
  if (!["=", "!=", "<", ">"].includes(operator)) throw syntaxError();
  if (name === "value") return { condition: { kind: name, key, operator, value: second }, words: 4 };
  const revision = rangedInteger(second, 0, 2 ** 48 - 1, "ERR a revision is an integer from 0");
  return { condition: { kind: name, key, operator, revision }, words: 4 };
}

function conditionHolds({ keys, state }: CommandContext, condition: Condition): boolean {
  const { key } = condition;
  switch (condition.kind) {
    case "value": {
      // A missing key has no value: it is not equal to any, and neither below nor above one.
      const value = keys.readString(key);
      if (value === undefined) return condition.operator === "!=";
      return compares(value, condition.operator, condition.value);
    }
    case "revision":
      return compares(keys.read(key)?.revision ?? 0, condition.operator, condition.revision);
    case "fence":
      return holds(state, key, condition.token);
    default:
      return (keys.read(key) !== undefined) === (condition.kind === "exists");
  }
}

function compares<T extends string | number>(left: T, operator: string, right: T): boolean {
  if (operator === "=") return left === right;
  if (operator === "!=") return left !== right;
  return operator === "<" ? left < right : left > right;
}

function runOrAbort(context: CommandContext, words: QueuedCommand): Reply {
  const reply = context.call(words);
  if (reply.kind === "error") throw new CommandError(`ABORTED '${word(words[0])}': ${reply.text}`);
  return reply;
}
