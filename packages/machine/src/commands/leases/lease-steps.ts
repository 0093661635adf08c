// What the commands over leases share: take, wait, extend, release. A command says which type of lease it is about and
// how many may hold it.
import type { Millis } from "@quorate/core";
import type { ByteString } from "../../bytes/byte-string.ts";
import { array, bulk, integer, NULL, OK, type Reply } from "../../reply/reply.ts";
import type { KeyType } from "../../state/keyspace.ts";
import { grant, isFree, type Lease, newLease, queryLease, readLease, saveLease, settle } from "../../state/leases.ts";
import { rangedInteger } from "../arguments.ts";
import type { CommandContext } from "../command.ts";
import { CommandError } from "../command-error.ts";

const LEASE_MS_MAX = 30 * 24 * 3_600_000;
const WAITERS_MAX = 1024;

export interface LeaseKey {
  readonly key: ByteString;
  readonly type: KeyType;
  readonly permits: number;
}

/** A lease's length, or how long somebody waits for one. */
export function leaseMs(arg: ByteString): Millis {
  return rangedInteger(arg, 1, LEASE_MS_MAX, "ERR a lease lasts from 1 ms to 30 days");
}

export function permitsArgument(arg: ByteString): number {
  return rangedInteger(arg, 1, 1024, "ERR a semaphore has from 1 to 1024 permits");
}

export function tokenArgument(arg: ByteString): number {
  return rangedInteger(arg, 1, 2 ** 48 - 1, "ERR a fencing token is a positive integer");
}

/** A write that a stale token came with is refused, and its own error says so. */
export function fenced(key: ByteString, token: number): CommandError {
  return new CommandError(`FENCED token ${token} does not hold '${key}'`);
}

/** Takes the lease if it is free; its holder gets the token that it has, and its lease anew. Answers the token or null. */
export function takeLease(
  context: CommandContext,
  { key, type, permits }: LeaseKey,
  owner: ByteString,
  ms: Millis,
): Reply {
  const { state, start } = context;
  const lease = openLease(context, { key, type, permits });
  const held = lease.holders.find((holder) => holder.owner === owner);
  if (held !== undefined) {
    saveLease(state, key, type, prolonged(lease, held.token, start + ms), "extended");
    return integer(held.token);
  }
  if (!isFree(lease)) return NULL;
  const granted = grant(state, lease, owner, start + ms);
  saveLease(state, key, type, granted.lease, "granted");
  return integer(granted.holder.token);
}

/** As `takeLease`, but stands in line for it. Answers the token or null, and the place in line: 0 holds it. */
export function awaitLease(
  context: CommandContext,
  { key, type, permits }: LeaseKey,
  owner: ByteString,
  ms: Millis,
  until: Millis,
): Reply {
  const { state } = context;
  const taken = takeLease(context, { key, type, permits }, owner, ms);
  if (taken.kind === "integer") return array([taken, integer(0)]);
  const lease = openLease(context, { key, type, permits });
  const place = lease.waiters.findIndex((waiter) => waiter.owner === owner);
  const waiter = { owner, leaseMs: ms, until };
  if (place < 0 && lease.waiters.length >= WAITERS_MAX)
    throw new CommandError(`ERR ${WAITERS_MAX} wait for '${key}' already`);
  const waiters = place < 0 ? [...lease.waiters, waiter] : lease.waiters.with(place, waiter);
  saveLease(state, key, type, { ...lease, waiters }, "waiting");
  return array([NULL, integer(place < 0 ? waiters.length : place + 1)]);
}

export function extendLease(
  { state, start }: CommandContext,
  key: ByteString,
  type: KeyType,
  token: number,
  ms: Millis,
): Reply {
  const lease = readLease(state, key, type);
  if (lease?.holders.some((holder) => holder.token === token) !== true) throw fenced(key, token);
  saveLease(state, key, type, prolonged(lease, token, start + ms), "extended");
  return OK;
}

export function releaseLease({ state, start }: CommandContext, key: ByteString, type: KeyType, token: number): Reply {
  const lease = readLease(state, key, type);
  const holders = lease?.holders.filter((holder) => holder.token !== token);
  if (lease === undefined || holders?.length === lease.holders.length) throw fenced(key, token);
  const next = settle(state, { ...lease, holders: holders! }, start);
  saveLease(state, key, type, next, next.waiters.length < lease.waiters.length ? "granted" : "released");
  return OK;
}

/** Takes an owner out of the line, and the lease from it if it holds it. Answers 1, or 0 if it did neither. */
export function leaveLease({ state, start }: CommandContext, key: ByteString, type: KeyType, owner: ByteString): Reply {
  const lease = readLease(state, key, type);
  if (lease === undefined) return integer(0);
  const holders = lease.holders.filter((holder) => holder.owner !== owner);
  const waiters = lease.waiters.filter((waiter) => waiter.owner !== owner);
  if (holders.length === lease.holders.length && waiters.length === lease.waiters.length) return integer(0);
  saveLease(state, key, type, settle(state, { ...lease, holders, waiters }, start), "left");
  return integer(1);
}

/** Who holds it: owner, token and what is left of each, and how many wait; null if nobody holds it. */
export function describeLease({ state, now }: CommandContext, key: ByteString, type: KeyType): Reply {
  const lease = queryLease(state, key, type);
  if (lease === undefined || lease.holders.length === 0) return NULL;
  const holders = lease.holders.map(({ owner, token, endsAt }) =>
    array([bulk(owner), integer(token), integer(Math.max(1, endsAt - now))]),
  );
  return array([array(holders), integer(lease.waiters.length)]);
}

function openLease({ state }: CommandContext, { key, type, permits }: LeaseKey): Lease {
  const lease = readLease(state, key, type) ?? newLease(permits);
  if (lease.permits !== permits) throw new CommandError(`ERR '${key}' was made for ${lease.permits} holders`);
  return lease;
}

/** A lease is never cut short by extending it. */
function prolonged(lease: Lease, token: number, endsAt: Millis): Lease {
  const holders = lease.holders.map((holder) =>
    holder.token === token ? { ...holder, endsAt: Math.max(holder.endsAt, endsAt) } : holder,
  );
  return { ...lease, holders };
}
