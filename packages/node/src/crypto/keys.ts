// The keys of members. A member is its Ed25519 key: the committee holds the 32 bytes of the public one, a file of its own
// outside the data directory holds the private one.
//
// The law it keeps: a private key that others on the machine can read is refused, and no error ever shows one.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { open } from "node:fs/promises";
import { KeyError } from "./key-error.ts";

export interface KeyPair {
  readonly privateKey: KeyObject;
  /** The 32 bytes that stand in the committee. */
  readonly publicKey: Uint8Array;
}

/** Bytes of a public key in the committee. */
export const PUBLIC_KEY_BYTES = 32;

/** Far more than any PEM of an Ed25519 key: what is larger is something else, and is not read. */
const KEY_FILE_BYTES_MAX = 16 * 1024;

export function makeKeyPair(): KeyPair {
  const { privateKey } = generateKeyPairSync("ed25519");
  return { privateKey, publicKey: publicKeyOf(privateKey) };
}

/** The raw public key that belongs to a key, private or public. */
export function publicKeyOf(key: KeyObject): Uint8Array {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return Uint8Array.from(Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url"));
}

/** A public key of the committee, made ready for `verify`. That costs as much as a check, so it is done once a key. */
export function importPublicKey(raw: Uint8Array): KeyObject {
  if (raw.length !== PUBLIC_KEY_BYTES) {
    throw new KeyError("key-unreadable", `a public key has ${PUBLIC_KEY_BYTES} bytes, not ${raw.length}`);
  }
  const x = Buffer.from(raw).toString("base64url");
  return createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } });
}

/** Writes a private key where there is none yet, for its owner's eyes only, and brings it to the device. */
export async function writePrivateKey(path: string, privateKey: KeyObject): Promise<void> {
  const pem = privateKey.export({ format: "pem", type: "pkcs8" });
  const file = await open(path, "wx", 0o600).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw new KeyError("key-exists", `${path} is there already; choose another name, keys are never replaced`, cause);
  });
  try {
    // The process's mask may only have taken rights away, but the file must be readable by its owner at least.
    await file.chmod(0o600);
    await file.writeFile(pem);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Reads a private key, unless somebody else may have read it before. */
export async function readPrivateKey(path: string): Promise<KeyObject> {
  const file = await open(path, "r").catch((cause: unknown) => {
    throw new KeyError("key-missing", `cannot open the private key ${path}; make keys with \`quorate init\``, cause);
  });
  try {
    const { mode, size } = await file.stat();
    // Windows has no such bits: there the folder's rights must do.
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      const rights = (mode & 0o777).toString(8);
      throw new KeyError(
        "key-exposed",
        `the private key ${path} can be read by others (mode ${rights}); run chmod 600 on it, and make a new key if this machine is shared`,
      );
    }
    if (size > KEY_FILE_BYTES_MAX) throw notAKey(path);
    return parsePrivateKey(path, await file.readFile("latin1"));
  } finally {
    await file.close();
  }
}

function parsePrivateKey(path: string, pem: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch {
    // The parser's own words are left out: they may quote what stands in the file.
  }
  if (key?.asymmetricKeyType !== "ed25519") throw notAKey(path);
  return key;
}

function notAKey(path: string): KeyError {
  return new KeyError(
    "key-unreadable",
    `${path} is not an Ed25519 private key in PEM (PKCS#8) without a password; make one with \`quorate init\``,
  );
}
