// A member's key: Ed25519, the private half as PKCS #8 PEM in a file of its own. Whoever holds it is the member.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";

export interface NewMemberKey {
  readonly pem: string;
  readonly publicKey: Uint8Array;
}

export function newMemberKey(): NewMemberKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  return { pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(), publicKey: publicKeyOf(privateKey) };
}

/** Reads a private key; undefined for whatever is no Ed25519 key. */
export function readMemberKey(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === "ed25519" ? key : undefined;
  } catch {
    return undefined;
  }
}

/** The 32 bytes that stand in the genesis. */
export function publicKeyOf(key: KeyObject): Uint8Array {
  return new Uint8Array(Buffer.from(createPublicKey(key).export({ format: "jwk" }).x!, "base64url"));
}
