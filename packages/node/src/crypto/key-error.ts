// What can be wrong with a key file. The command turns any of these into the exit code for configuration.

export type KeyErrorCode =
  | "key-missing"
  /** Somebody else on this machine can read it: it must be taken as known to them. */
  | "key-exposed"
  /** Not an Ed25519 private key. */
  | "key-unreadable"
  /** Making a key never replaces one: the old one may be a member's. */
  | "key-exists";

export class KeyError extends Error {
  override readonly name: string = "KeyError";
  readonly code: KeyErrorCode;

  constructor(code: KeyErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
