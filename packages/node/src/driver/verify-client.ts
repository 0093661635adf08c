// Signatures of clients, where a session is bound to a client's key. Checked while a command is applied, so it must be a
// pure function on every replica alike: whatever is no key or no signature is simply not genuine.
import { createPublicKey, type KeyObject, verify } from "node:crypto";

/** Keys that were used lately, because importing one costs as much as a check. */
const recent = new Map<string, KeyObject>();
const RECENT_MAX = 1_024;

export function verifyClient(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const publicKey = importKey(key);
  return publicKey !== undefined && verify(null, message, publicKey, signature);
}

function importKey(raw: Uint8Array): KeyObject | undefined {
  const x = Buffer.from(raw).toString("base64url");
  const known = recent.get(x);
  if (known !== undefined) return known;
  try {
    const imported = createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } });
    if (recent.size >= RECENT_MAX) recent.clear();
    recent.set(x, imported);
    return imported;
  } catch {
    return undefined;
  }
}
