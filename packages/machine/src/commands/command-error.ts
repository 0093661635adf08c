// How a command refuses: it throws one of these, everything it did is undone, and the text is its reply. Texts are
// Redis's own where Redis has one; a client may look at any word of them.
import type { ByteString } from "../bytes/byte-string.ts";

/** A refusal by a command. The first word of `reply` is the code. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  readonly reply: ByteString;

  constructor(reply: ByteString) {
    super(reply);
    this.reply = reply;
  }
}

/** A refusal that cannot become one reply among others inside of a command: the others are what is too much. */
export class ReplyTooLarge extends CommandError {
  override readonly name: string = "ReplyTooLarge";
}

export const syntaxError = (): CommandError => new CommandError("ERR syntax error");
export const notAnInteger = (): CommandError => new CommandError("ERR value is not an integer or out of range");
export const notAFloat = (): CommandError => new CommandError("ERR value is not a valid float");
export const noSuchKey = (): CommandError => new CommandError("ERR no such key");
export const indexOutOfRange = (): CommandError => new CommandError("ERR index out of range");
export const wrongType = (): CommandError =>
  new CommandError("WRONGTYPE Operation against a key holding the wrong kind of value");
export const wrongArity = (name: string): CommandError =>
  new CommandError(`ERR wrong number of arguments for '${name.toLowerCase()}' command`);
export const invalidExpire = (name: string): CommandError =>
  new CommandError(`ERR invalid expire time in '${name.toLowerCase()}' command`);

/** What Redis says of a name that it does not know, with the first of the words after it. */
export function unknownCommand([name, ...args]: readonly ByteString[]): CommandError {
  let told = "";
  for (const arg of args) {
    if (told.length >= 128) break;
    told += `'${untilZero(arg).slice(0, 128 - told.length)}' `;
  }
  const text = `unknown command '${untilZero(name!).slice(0, 128)}', with args beginning with: ${told}`;
  return new CommandError(`ERR ${text.replace(/[\r\n]/g, " ")}`);
}

/** A word as C sees it: up to its first zero byte. Redis reads cursors and prints errors so. */
export function untilZero(arg: ByteString): ByteString {
  const end = arg.indexOf("\0");
  return end < 0 ? arg : arg.slice(0, end);
}
