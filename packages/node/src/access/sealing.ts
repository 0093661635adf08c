// Keeps plain secrets out of the log. `USER.SET ann PASSWORD swordfish` leaves the door as `USER.SET ann HASH scrypt$…`,
// and a token as its hash. What cannot be understood as a USER.SET does not leave it at all: a secret behind a misspelt
// option would stand in the log for ever.
import { createHash } from "node:crypto";
import { type ByteString, bytesOf, CommandError, type UserChange, userChanges } from "@quorate/machine";
import { isPasswordHash } from "./password-hash.ts";

/** Longer ones are not secrets but load. */
export const SECRET_BYTES_MAX = 1024;
/** A token is found by a plain hash, so it has to be too long to be guessed. */
const TOKEN_CHARACTERS_MIN = 32;

/** The words of a USER.SET as they may go on. `hash` makes a password's hash. */
export async function sealUserSet(
  words: readonly ByteString[],
  hash: (password: string) => Promise<string>,
): Promise<readonly ByteString[]> {
  const changes = userChanges(words);
  for (const change of changes) checkSecret(change);
  const sealed = [...words];
  for (const change of changes) {
    if (change.kind === "password") sealed.splice(change.at, 2, "HASH", await hash(textIn(change.value)));
    if (change.kind === "token") sealed.splice(change.at, 2, "TOKENHASH", tokenHash(textIn(change.value)));
  }
  return sealed;
}

export function tokenHash(token: string): string {
  return createHash("sha256").update(token, "utf8").digest("hex");
}

/** What is wrong with a secret is said without it. */
function checkSecret(change: UserChange): void {
  if (change.kind === "password" && change.value === "") throw new CommandError("ERR a password cannot be empty");
  if ((change.kind === "password" || change.kind === "token") && change.value.length > SECRET_BYTES_MAX)
    throw new CommandError(`ERR a password or token has at most ${SECRET_BYTES_MAX} bytes`);
  if (change.kind === "token" && change.value.length < TOKEN_CHARACTERS_MIN)
    throw new CommandError(
      `ERR a token has at least ${TOKEN_CHARACTERS_MIN} characters, and must be random: make one with openssl rand -hex 32`,
    );
  if (change.kind === "hash" && !isPasswordHash(change.value))
    throw new CommandError(
      "ERR doors cannot check a password against that hash; give the PASSWORD, or scrypt$ln$r$p$salt$hash",
    );
}

/** A secret as people and programs send it: text. Bytes that are none would not come back the same from JSON. */
function textIn(bytes: ByteString): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytesOf(bytes));
  } catch {
    throw new CommandError("ERR a password or token must be UTF-8 text");
  }
}
