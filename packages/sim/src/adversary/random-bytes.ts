// Bytes without meaning.
import type { Rng } from "../rng.ts";

export function randomBytes(rng: Rng, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => rng.integer(256));
}

/** So many random bytes, as hex. */
export function randomHex(rng: Rng, bytes: number): string {
  return Array.from({ length: bytes }, () => rng.integer(256).toString(16).padStart(2, "0")).join("");
}
