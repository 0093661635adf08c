// What USER.SET is told to change, as a list: read once here for the machine, which carries it out, and for doors, which
// have to find the plain secrets among the words before these go anywhere.
import type { ByteString } from "../../bytes/byte-string.ts";
import type { User } from "../../state/users.ts";
import { word } from "../arguments.ts";
import type { Arguments } from "../command.ts";
import { CommandError } from "../command-error.ts";

export type UserChange =
  | { readonly kind: "on" | "off" | "reset" | "nopasswords" | "notokens" }
  /** `at` is the place of the option's word among all words of the command. */
  | {
      readonly kind: "password" | "hash" | "token" | "tokenhash" | "revoke" | "allow" | "deny";
      readonly at: number;
      readonly value: ByteString;
    };

const ALONE: ReadonlySet<string> = new Set(["on", "off", "reset", "nopasswords", "notokens"]);
const WITH_VALUE: ReadonlySet<string> = new Set(["password", "hash", "token", "tokenhash", "revoke", "allow", "deny"]);

/** Passwords and tokens of one user: checking a sign-in may take all of them. */
const SECRETS_MAX = 8;

/** Reads the words of USER.SET, its name included. Throws what is wrong with them, without ever repeating a secret. */
export function userChanges(words: Arguments): readonly UserChange[] {
  checkUserName(words[1]!);
  const changes: UserChange[] = [];
  for (let at = 2; at < words.length; at++) {
    const kind = word(words[at]);
    const value = words[at + 1];
    if (ALONE.has(kind)) changes.push({ kind } as UserChange);
    else if (!WITH_VALUE.has(kind)) throw new CommandError(`ERR word ${at + 1} is no option of USER.SET`);
    else if (value === undefined) throw new CommandError(`ERR ${kind.toUpperCase()} needs a word after it`);
    else {
      changes.push({ kind, at, value } as UserChange);
      at++;
    }
  }
  return changes;
}

export function checkUserName(name: ByteString): void {
  if (!/^[A-Za-z0-9._@-]{1,64}$/.test(name))
    throw new CommandError("ERR a user's name has from 1 to 64 letters, digits, '.', '_', '@' and '-'");
}

/** A user with changes made, in their order. Whether categories exist, only the machine's table can tell. */
export function changeUser(before: User, changes: readonly UserChange[], categories: ReadonlySet<string>): User {
  let user = before;
  for (const change of changes) {
    switch (change.kind) {
      case "on":
      case "off":
        user = { ...user, enabled: change.kind === "on" };
        break;
      case "reset":
        user = newUser(user.name);
        break;
      case "nopasswords":
        user = { ...user, passwords: [] };
        break;
      case "notokens":
        user = { ...user, tokens: [] };
        break;
      case "password":
      case "token":
        throw new CommandError("ERR a plain secret came this far; a door has to put its hash in its place");
      case "hash":
        if (!/^[a-z0-9]+(?:\$[A-Za-z0-9_-]+)+$/.test(change.value) || change.value.length > 512)
          throw new CommandError("ERR a password's hash is its method and parts, with $ between them");
        user = { ...user, passwords: withOne(user.passwords, change.value) };
        break;
      case "tokenhash":
        checkTokenHash(change.value);
        user = { ...user, tokens: withOne(user.tokens, change.value) };
        break;
      case "revoke":
        if (!user.tokens.includes(change.value)) throw new CommandError("ERR the user has no token of that hash");
        user = { ...user, tokens: without(user.tokens, change.value) };
        break;
      case "allow":
      case "deny":
        user = withCategory(user, change.kind, word(change.value), categories);
        break;
    }
  }
  if (user.passwords.length > SECRETS_MAX || user.tokens.length > SECRETS_MAX)
    throw new CommandError(
      `ERR a user has at most ${SECRETS_MAX} passwords and ${SECRETS_MAX} tokens; drop some first`,
    );
  return user;
}

/** Someone who cannot sign in yet, and may do nothing but what concerns the own connection. */
export function newUser(name: ByteString): User {
  return { name, enabled: true, passwords: [], tokens: [], allow: ["connection"], deny: [] };
}

export function checkTokenHash(hash: ByteString): void {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new CommandError("ERR a token's hash is 64 hexadecimal digits in lower case");
}

function withCategory(user: User, kind: "allow" | "deny", category: string, categories: ReadonlySet<string>): User {
  if (!categories.has(category))
    throw new CommandError(`ERR no command is in that category; there are ${[...categories].join(", ")}`);
  const other = kind === "allow" ? "deny" : "allow";
  return { ...user, [kind]: withOne(user[kind], category), [other]: without(user[other], category) };
}

const withOne = (items: readonly ByteString[], item: ByteString): readonly ByteString[] =>
  items.includes(item) ? items : [...items, item].sort();

const without = (items: readonly ByteString[], item: ByteString): readonly ByteString[] =>
  items.filter((each) => each !== item);
