// Passwords as they may be stored: `scrypt$ln$r$p$salt$hash`, with ln the logarithm of scrypt's cost and the rest in
// base64url. The numbers stand in each hash, so they can be raised later without making old ones useless.
//
// Both directions run on the thread pool and take a good part of a second on purpose; who calls them bounds how many run
// at once (work-lanes.ts).
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

interface Parts {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** 32 MiB and about a fifth of a second of one core. */
const COST = { ln: 15, r: 8, p: 3 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** What a hash that somebody else made may ask of a replica. */
const MEMORY_BYTES_MAX = 64 * 1024 * 1024;
const PARALLEL_MAX = 8;

/** The hash of a password under a fresh salt. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, { ...COST, salt, hash: Buffer.alloc(HASH_BYTES) });
  return print({ ...COST, salt, hash });
}

/** Whether a password is the one that was hashed. A hash of another make is nobody's. */
export async function passwordMatches(password: string, printed: string): Promise<boolean> {
  const parts = parse(printed);
  return parts !== undefined && timingSafeEqual(await derive(password, parts), parts.hash);
}

/** Whether `passwordMatches` can make anything of it. */
export function isPasswordHash(printed: string): boolean {
  return parse(printed) !== undefined;
}

/** What checking against it costs, as the hash says it; undefined where nothing has to be computed. */
export function costOf(printed: string): string | undefined {
  const parts = parse(printed);
  return parts && [parts.ln, parts.r, parts.p].join("$");
}

/** A hash of that cost that no password has: checking against it takes as long as against a real one. */
export function decoyOf(cost: string): string {
  return ["scrypt", cost, DECOY_TAIL].join("$");
}

const DECOY_TAIL = [SALT_BYTES, HASH_BYTES].map((length) => Buffer.alloc(length).toString("base64url")).join("$");

function derive(password: string, { ln, r, p, salt, hash }: Parts): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { N: 2 ** ln, r, p, maxmem: 2 * MEMORY_BYTES_MAX };
    scrypt(password, salt, hash.length, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

function print({ ln, r, p, salt, hash }: Parts): string {
  return ["scrypt", ln, r, p, salt.toString("base64url"), hash.toString("base64url")].join("$");
}

function parse(printed: string): Parts | undefined {
  const match = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d)\$([\w-]{11,86})\$([\w-]{22,86})$/.exec(printed);
  if (match === null) return undefined;
  const [ln, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const fits = ln >= 1 && r >= 1 && p >= 1 && p <= PARALLEL_MAX && 128 * r * 2 ** ln <= MEMORY_BYTES_MAX;
  if (!fits) return undefined;
  return { ln, r, p, salt: Buffer.from(match[4]!, "base64url"), hash: Buffer.from(match[5]!, "base64url") };
}
