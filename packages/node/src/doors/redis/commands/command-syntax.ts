// The arguments of a command as COMMAND DOCS tells them, read off its syntax line. redis-cli makes its hints of them.
// The line's grammar: words in capitals and signs stand for themselves, others are arguments; [optional], {one | of},
// and `...` behind what may be repeated.
import type { Reply } from "@quorate/machine";
import { array, bulk, map, set } from "../replies.ts";

interface Argument {
  readonly name: string;
  readonly type: "string" | "integer" | "key" | "pattern" | "pure-token" | "oneof" | "block";
  readonly token?: string;
  readonly arguments?: readonly Argument[];
  readonly isOptional?: boolean;
  readonly isMultiple?: boolean;
}

/** The arguments of `NAME argument [OPTION value]`, as a reply. */
export function argumentsOf(syntax: string): Reply {
  const tokens = (syntax.match(/\.\.\.|[[\]{}|]|[^\s[\]{}|]+/g) ?? []).slice(1);
  const { found } = sequence(tokens, 0);
  return array(found.map(toReply));
}

interface Read {
  readonly found: Argument[];
  readonly next: number;
}

/** Reads up to what ends the group; alternatives between bars become one argument. */
function sequence(tokens: readonly string[], from: number): Read {
  const alternatives: Argument[][] = [[]];
  let at = from;
  for (; at < tokens.length && tokens[at] !== "]" && tokens[at] !== "}"; at++) {
    const token = tokens[at]!;
    const current = alternatives.at(-1)!;
    if (token === "|") alternatives.push([]);
    else if (token === "...") {
      const last = current.pop();
      if (last !== undefined) current.push({ ...last, isMultiple: true });
    } else if (token === "[" || token === "{") {
      const { found, next } = sequence(tokens, at + 1);
      const group = grouped(found);
      if (group !== undefined) current.push(token === "[" ? { ...group, isOptional: true } : group);
      at = next;
    } else {
      const last = current.at(-1);
      // A word in capitals belongs to the argument behind it.
      if (last?.type === "pure-token" && last.isOptional === undefined && !isLiteral(token)) {
        current[current.length - 1] = { ...argument(token), token: last.token! };
      } else current.push(argument(token));
    }
  }
  if (alternatives.length === 1) return { found: alternatives[0]!, next: at };
  const choices = alternatives.flatMap((found) => grouped(found) ?? []);
  return { found: [{ name: nameOf(choices), type: "oneof", arguments: choices }], next: at };
}

const isLiteral = (word: string): boolean => /^[A-Z0-9.!=<>*~-]+$/.test(word);

function argument(word: string): Argument {
  if (isLiteral(word)) return { name: word.toLowerCase(), type: "pure-token", token: word };
  if (word === "key" || word.endsWith("key")) return { name: word, type: "key" };
  if (word === "pattern") return { name: word, type: "pattern" };
  return { name: word, type: /count|index|number|seconds|milliseconds|cursor/.test(word) ? "integer" : "string" };
}

function grouped(found: readonly Argument[]): Argument | undefined {
  if (found.length <= 1) return found[0];
  return { name: nameOf(found), type: "block", arguments: found };
}

const nameOf = (found: readonly Argument[]): string =>
  found
    .map(({ name }) => name)
    .join("-")
    .slice(0, 64);

function toReply({ name, type, token, arguments: inner, isOptional, isMultiple }: Argument): Reply {
  const flags = [...(isOptional ? ["optional"] : []), ...(isMultiple ? ["multiple"] : [])];
  return map({
    name: bulk(name),
    type: bulk(type),
    ...(token === undefined ? undefined : { token: bulk(token) }),
    ...(type === "oneof" || type === "block" ? undefined : { display_text: bulk(name) }),
    ...(flags.length === 0 ? undefined : { flags: set(flags.map((text) => ({ kind: "simple", text }) as const)) }),
    ...(inner === undefined ? undefined : { arguments: array(inner.map(toReply)) }),
  });
}
