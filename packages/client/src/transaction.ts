// Transactions: several commands as one step of the log, under conditions or none. All of it happens or nothing.
import type { JsonReply } from "@quorate/core/api";
import { type Command, type RepliesOf, type Word, write } from "./command.ts";
import { integer, list, tuple } from "./reply.ts";

/** Something that must hold, made by `check`. */
export interface Condition {
  readonly words: readonly Word[];
}

type Comparison = "=" | "!=" | "<" | ">";

/** Conditions of a transaction. */
export const check: {
  /** Compares a string's bytes. A missing key is unlike every value. */
  value(key: Word, comparison: Comparison, value: Word): Condition;
  /** Compares the revision of a key's last change; 0 if the key is missing. */
  revision(key: Word, comparison: Comparison, revision: number): Condition;
  exists(key: Word): Condition;
  missing(key: Word): Condition;
  /** The token still holds the lock, permit or office. */
  fence(key: Word, token: number): Condition;
} = {
  value: (key, comparison, value) => ({ words: ["VALUE", key, comparison, value] }),
  revision: (key, comparison, revision) => ({ words: ["REVISION", key, comparison, revision] }),
  exists: (key) => ({ words: ["EXISTS", key] }),
  missing: (key) => ({ words: ["MISSING", key] }),
  fence: (key, token) => ({ words: ["FENCE", key, token] }),
};

export interface Transaction<T extends readonly Command[], E extends readonly Command[]> {
  /** All of these must hold; without any, they do. */
  readonly if?: readonly Condition[];
  /** What is done where they do. */
  readonly do?: T;
  /** What is done where a condition does not hold. */
  readonly else?: E;
}

export type TransactionReply<T extends readonly Command[], E extends readonly Command[]> =
  | { readonly held: true; readonly replies: RepliesOf<T> }
  | { readonly held: false; readonly replies: RepliesOf<E> };

/** A transaction as the one command that it is. */
export function transactionCommand<const T extends readonly Command[], const E extends readonly Command[]>(
  transaction: Transaction<T, E>,
): Command<TransactionReply<T, E>> {
  const { if: conditions = [], do: whenTrue = [], else: whenFalse = [] } = transaction;
  const words: Word[] = ["TXN"];
  if (conditions.length > 0) words.push("IF", ...conditions.flatMap((condition) => condition.words));
  words.push("THEN", ...queued(whenTrue));
  if (whenFalse.length > 0) words.push("ELSE", ...queued(whenFalse));
  return write(
    (reply) => {
      const [held, replies] = tuple(reply, 2);
      const commands = integer(held!) === 1 ? whenTrue : whenFalse;
      return { held: commands === whenTrue, replies: decodeAll(commands, replies!) } as TransactionReply<T, E>;
    },
    ...words,
  );
}

/** Commands inside of a command: before each stands the number of its words. */
export function queued(commands: readonly Command[]): Word[] {
  return commands.flatMap(({ words }) => [words.length, ...words]);
}

function decodeAll(commands: readonly Command[], replies: JsonReply): unknown[] {
  const items = list((reply) => reply)(replies);
  return commands.map((command, at) => command.decode(items[at] ?? null));
}
