// Leases: who holds something, until when, and who waits for it in which order. Locks, semaphores and elections are all
// this, with one holder or several. A lease is a key like any other: it can be deleted, watched, flushed.
//
// Every grant takes the next fencing token of the whole machine, so a later holder always has a higher one, even after
// a flush. A token is good only while its lease lasts in log time, and the store itself is asked: `holds`.
//
// When a lease ends, the first who waits gets it in the same commit, whether or not anybody writes: its deadline is in
// the log's time like every other.
import { invariant, type Millis } from "@quorate/core";
import type { ByteString } from "../bytes/byte-string.ts";
import { readU48, sized, Unpacker, u48, varint } from "../bytes/packing.ts";
import { type KeyEntry, type KeyType, LEASES } from "./keyspace.ts";
import type { State } from "./state.ts";

export interface Holder {
  readonly owner: ByteString;
  /** Higher than that of every grant before, of any lease. */
  readonly token: number;
  readonly endsAt: Millis;
}

export interface Waiter {
  readonly owner: ByteString;
  /** How long its lease will last. */
  readonly leaseMs: number;
  /** Log time at which it gives up; 0: never. */
  readonly until: Millis;
}

export interface Lease {
  readonly permits: number;
  readonly holders: readonly Holder[];
  /** First come, first served. */
  readonly waiters: readonly Waiter[];
  /** The deadline that is noted for it; 0: none. */
  readonly deadline: Millis;
}

const NEW: Lease = { permits: 1, holders: [], waiters: [], deadline: 0 };

/** The lease behind a key, settled as of log time. */
export function readLease(state: State, key: ByteString, type: KeyType): Lease | undefined {
  const entry = state.keys.readAs(key, type);
  if (entry === undefined) return undefined;
  const lease = unpackLease(entry.body);
  // Deadlines are carried out before commands, but only so many a commit; this one may still be due.
  if (lease.deadline === 0 || lease.deadline > state.meta.time) return lease;
  settleDue(state, u48(state.meta.keyspace) + key, lease.deadline);
  return readLease(state, key, type);
}

/** The same for whoever only looks: nothing is written, and a query past a holder's end is sent to the log. */
export function queryLease(state: State, key: ByteString, type: KeyType): Lease | undefined {
  const entry = state.keys.readAs(key, type);
  if (entry === undefined) return undefined;
  const lease = unpackLease(entry.body);
  for (const { endsAt } of lease.holders) state.keys.meet(endsAt);
  return { ...lease, holders: lease.holders.filter(({ endsAt }) => endsAt > state.meta.time) };
}

/** Whether a token's lease lasts. */
export function holds(state: State, key: ByteString, token: number): boolean {
  const entry = state.keys.read(key);
  if (entry === undefined || !isLease(entry)) return false;
  return unpackLease(entry.body).holders.some((holder) => holder.token === token && holder.endsAt > state.meta.time);
}

/** Whether a key holds one of the types that are leases. */
export function isLease({ type }: KeyEntry): boolean {
  return LEASES.has(type);
}

/** The lease with one more holder. */
export function grant(state: State, lease: Lease, owner: ByteString, endsAt: Millis): { lease: Lease; holder: Holder } {
  const holder = { owner, token: ++state.meta.fence, endsAt };
  return { lease: { ...lease, holders: [...lease.holders, holder] }, holder };
}

export function isFree(lease: Lease): boolean {
  return lease.holders.length < lease.permits && lease.waiters.length === 0;
}

/** A lease that nobody holds or waits for yet. */
export function newLease(permits: number): Lease {
  return { ...NEW, permits };
}

/**
 * Takes away what has ended, and hands over what became free, in order. Leases that are handed over start at `start`: a
 * command that makes one free may come after long idleness, when log time lags behind its block's timestamp.
 */
export function settle(state: State, lease: Lease, start: Millis): Lease {
  const { time } = state.meta;
  const waiters = lease.waiters.filter(({ until }) => until === 0 || until > time);
  let settled: Lease = { ...lease, holders: lease.holders.filter(({ endsAt }) => endsAt > time), waiters };
  while (settled.holders.length < settled.permits && settled.waiters.length > 0) {
    const [{ owner, leaseMs }, ...rest] = settled.waiters as [Waiter, ...Waiter[]];
    settled = grant(state, { ...settled, waiters: rest }, owner, start + leaseMs).lease;
  }
  return settled;
}

/** Writes a lease, or removes its key when nobody holds it or waits. */
export function saveLease(state: State, key: ByteString, type: KeyType, lease: Lease, event: string): void {
  const ident = u48(state.meta.keyspace) + key;
  const ends = [...lease.holders.map(({ endsAt }) => endsAt), ...lease.waiters.map(({ until }) => until)];
  const deadline = ends.filter((at) => at !== 0).reduce((first, at) => (first === 0 || at < first ? at : first), 0);
  if (deadline !== lease.deadline) {
    if (lease.deadline !== 0) state.deadlines.remove({ at: lease.deadline, kind: "l", ident });
    if (deadline !== 0) state.deadlines.add({ at: deadline, kind: "l", ident });
  }
  const before = state.keys.read(key);
  if (lease.holders.length === 0 && lease.waiters.length === 0) {
    if (before !== undefined) state.keys.remove(key, event);
    return;
  }
  const expireAt = before?.expireAt ?? 0;
  state.keys.write(key, { type, body: packLease({ ...lease, deadline }), expireAt }, event);
}

/** Carries out the end of a lease, or of somebody's patience. */
export function settleDue(state: State, ident: ByteString, at: Millis): void {
  state.deadlines.remove({ at, kind: "l", ident });
  const key = ident.slice(6);
  if (readU48(ident, 0) !== state.meta.keyspace) return;
  const entry = state.keys.read(key);
  if (entry === undefined || !isLease(entry)) return;
  const lease = unpackLease(entry.body);
  if (lease.deadline !== at) return;
  const settled = settle(state, { ...lease, deadline: 0 }, state.meta.time);
  const before = lease.holders.at(-1)?.token ?? 0;
  const handedOver = settled.holders.some(({ token }) => token > before);
  saveLease(state, key, entry.type, settled, handedOver ? "granted" : "lease_ended");
}

function packLease({ permits, holders, waiters, deadline }: Lease): ByteString {
  const held = holders.map(({ owner, token, endsAt }) => sized(owner) + varint(token) + varint(endsAt));
  const waiting = waiters.map(({ owner, leaseMs, until }) => sized(owner) + varint(leaseMs) + varint(until));
  const head = varint(permits) + varint(deadline) + varint(holders.length) + varint(waiters.length);
  return head + held.join("") + waiting.join("");
}

function unpackLease(body: ByteString): Lease {
  const from = new Unpacker(body);
  const [permits, deadline, holderCount, waiterCount] = [from.varint(), from.varint(), from.varint(), from.varint()];
  const holders = Array.from({ length: holderCount }, () => ({
    owner: from.sized(),
    token: from.varint(),
    endsAt: from.varint(),
  }));
  const waiters = Array.from({ length: waiterCount }, () => ({
    owner: from.sized(),
    leaseMs: from.varint(),
    until: from.varint(),
  }));
  invariant(from.done, "a lease's record is longer than its format says");
  return { permits, deadline, holders, waiters };
}
