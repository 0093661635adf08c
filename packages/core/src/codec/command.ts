// The envelope of a command: what a door puts into the log and a machine takes out of it. Doors translate, the log holds
// only this. Every replica must read it alike, so its bounds belong to the format and not to anybody's options.
import { invariant } from "../invariant.ts";
import { SIGNATURE_BYTES } from "../ports/crypto.ts";
import type { Command } from "../ports/machine.ts";
import { printRejection, type Rejection, reject } from "../rejection.ts";
import { Reader } from "./reader.ts";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";
import { Writer } from "./writer.ts";

/** Words of one command. */
export const WORDS_MAX = 65_536;
/** Bytes of a session's id, and of a user's name, as UTF-8. */
export const NAME_BYTES_MAX = 128;

const VERSION = 0x10;
const SESSION = 1;
const USER = 2;
const CLIENT_SIGNATURE = 4;

/** What an envelope cannot carry, if anything: a door asks this of what a client gave before it encodes. */
export function checkCommand(command: Command): Rejection | undefined {
  const { words, session, user, notAfter, clientSignature } = command;
  if (words.length === 0) return reject("bad-number", { words: 0 });
  if (words.length > WORDS_MAX) return reject("too-large", { words: words.length, max: WORDS_MAX });
  if (!isWhole(notAfter)) return reject("bad-number", { notAfter });
  if (encodeUtf8(user).length > NAME_BYTES_MAX) return reject("too-large", { user, max: NAME_BYTES_MAX });
  if (session !== undefined) {
    const { id, sequence, acknowledgedUpTo } = session;
    if (encodeUtf8(id).length > NAME_BYTES_MAX) return reject("too-large", { session: id, max: NAME_BYTES_MAX });
    if (!isWhole(sequence) || !isWhole(acknowledgedUpTo)) return reject("bad-number", { sequence, acknowledgedUpTo });
  }
  if (clientSignature !== undefined && clientSignature.length !== SIGNATURE_BYTES) {
    return reject("bad-signature", { length: clientSignature.length, expected: SIGNATURE_BYTES });
  }
  return undefined;
}

/** Writes a command that `checkCommand` has nothing against. */
export function encodeCommand(command: Command): Uint8Array {
  const refused = checkCommand(command);
  invariant(refused === undefined, () => `command cannot be encoded: ${printRejection(refused!)}`);
  const { words, session, user, notAfter, clientSignature } = command;
  const writer = new Writer(words.reduce((total, word) => total + word.length + 3, 48));
  writer.byte(
    VERSION |
      (session === undefined ? 0 : SESSION) |
      (user === "" ? 0 : USER) |
      (clientSignature === undefined ? 0 : CLIENT_SIGNATURE),
  );
  writer.varint(notAfter);
  if (session !== undefined) {
    writer.sized(encodeUtf8(session.id));
    writer.varint(session.sequence);
    writer.varint(session.acknowledgedUpTo);
  }
  if (user !== "") writer.sized(encodeUtf8(user));
  if (clientSignature !== undefined) writer.raw(clientSignature);
  writer.varint(words.length);
  for (const word of words) writer.sized(word);
  return writer.finish();
}

/** Reads a command; its words are views of `bytes`. Never throws: what does not decode is an error in the log's order. */
export function decodeCommand(bytes: Uint8Array): Command | Rejection {
  return decodeCommandFrom(new Reader(bytes));
}

/** The same from a reader at its start, for whoever wants to see what was granted. */
export function decodeCommandFrom(reader: Reader): Command | Rejection {
  const first = reader.byte();
  if (reader.failure === undefined && (first & 0xf0) !== VERSION) reader.fail("bad-version", { version: first >> 4 });
  if ((first & 8) !== 0) reader.fail("bad-tag", { flags: first & 0x0f });
  const notAfter = reader.varint();
  const session =
    (first & SESSION) === 0
      ? undefined
      : { id: readName(reader), sequence: reader.varint(), acknowledgedUpTo: reader.varint() };
  const user = (first & USER) === 0 ? "" : readName(reader);
  if ((first & USER) !== 0 && user === "") reader.fail("non-canonical", { user });
  const clientSignature = (first & CLIENT_SIGNATURE) === 0 ? undefined : reader.take(SIGNATURE_BYTES);
  const count = reader.count(WORDS_MAX, 1);
  if (count === 0) reader.fail("bad-number", { words: 0 });
  const words: Uint8Array[] = [];
  for (let index = 0; index < count && reader.failure === undefined; index++) {
    words.push(reader.sized(reader.remaining));
  }
  reader.end();
  return reader.failure ?? { words, notAfter, session, user, clientSignature };
}

function readName(reader: Reader): string {
  const name = decodeUtf8(reader.sized(NAME_BYTES_MAX));
  if (name === undefined) reader.fail("non-canonical", { name: "not UTF-8" });
  return name ?? "";
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
