// Takes a lock or a permit, or wins an election, standing in line for it where it is held. The line is the cluster's: it
// is served in order, in log time, whoever is connected where. Waiting costs one watch on the name and no polling to speak of.
import type { Client } from "../client.ts";
import { Patience, Stopwatch, sleep } from "../clock.ts";
import { type Command, write } from "../command.ts";
import { cmd } from "../commands/commands.ts";
import { LeaseError, QuorateError } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Decode, integer, nothing, orNull, tuple } from "../reply.ts";
import type { Watch } from "../watching/watch.ts";
import { Lease, type LeaseKind, type LeaseTerms } from "./lease.ts";

export interface LeaseOptions {
  /** How long it is held without being extended; 30 s unless given. */
  readonly leaseMs?: number;
  /** Longest wait for it; for ever unless given. */
  readonly waitMs?: number;
  /** Stops waiting. */
  readonly signal?: AbortSignal;
  /** Extends it by itself while this program runs; true unless given. */
  readonly autoExtend?: boolean;
  /** Its holder's name for others to see; chance unless given. Who asks with the name of the holder gets its lease. */
  readonly owner?: string;
  /** How much before its end it counts as lost, for clocks that differ; 500 ms and 1 % of the lease unless given. */
  readonly marginMs?: number;
}

export interface Acquiring {
  readonly client: Client;
  readonly log: Log;
}

/** Changes of a lease that hand it to nobody. */
const IRRELEVANT = new Set(["waiting", "extended"]);
/** Asks again after this even if nothing was seen to happen. */
const RECHECK_MS = 10_000;
const HOLDERS = { LOCK: cmd.lockHolder, SEMAPHORE: cmd.semaphoreHolders, ELECTION: cmd.electionWinner } as const;
const WAIT_MS_MAX = 30 * 24 * 3_600_000;

/** What is asked for, with everything filled in. */
export function termsOf(kind: LeaseKind, name: string, options: LeaseOptions, permits = 1): LeaseTerms {
  const { leaseMs = 30_000, autoExtend = true, owner = randomName() } = options;
  const { marginMs = 500 + leaseMs / 100 } = options;
  if (!(leaseMs > marginMs)) {
    throw new QuorateError(
      "USAGE",
      `a lease of ${leaseMs} ms leaves nothing after the margin of ${marginMs} ms for clocks that differ; ` +
        "ask for a longer lease, or say with marginMs by how much the replicas' clocks differ at most",
    );
  }
  return { kind, name, owner, permits, leaseMs, marginMs, autoExtend };
}

/** Waits until it is got; undefined when `waitMs` ended first. */
export async function acquire(
  terms: LeaseTerms,
  { waitMs = Number.POSITIVE_INFINITY, signal }: LeaseOptions,
  acquiring: Acquiring,
): Promise<Lease | undefined> {
  const patience = new Patience(waitMs, signal);
  try {
    const lease = await queueFor(terms, patience, acquiring);
    signal?.throwIfAborted();
    if (lease === undefined) await leave(terms, acquiring.client);
    return lease;
  } catch (error) {
    // Whatever became of it, nobody is to wait for somebody who has gone.
    leave(terms, acquiring.client).catch(() => {});
    throw error;
  }
}

async function queueFor(terms: LeaseTerms, patience: Patience, acquiring: Acquiring): Promise<Lease | undefined> {
  let watch: Watch | undefined;
  let change: Promise<void> | undefined;
  try {
    for (;;) {
      const lease = await ask(terms, waitCommand(terms, patience), acquiring);
      if (lease !== undefined) return lease;
      if (patience.over) return undefined;
      if (watch === undefined) {
        // It may be handed over before the watch begins: once that is so, it is asked for once more.
        watch = acquiring.client.watch({ key: terms.name });
        await watch.started;
        continue;
      }
      for (let again = false; !again; ) {
        change ??= nextChange(watch);
        const woken = await firstOf(change, Math.min(patience.leftMs, RECHECK_MS), patience.signal);
        if (patience.over) return undefined;
        if (woken) change = undefined;
        again = !woken || (await mayBeHad(terms, acquiring.client));
      }
    }
  } finally {
    change?.catch(() => {});
    watch?.return().catch(() => {});
  }
}

/** The command that takes it, or stands in line for it; who holds it already has it made to last. */
function waitCommand({ kind, name, owner, leaseMs, permits }: LeaseTerms, patience: Patience): Command<number | null> {
  const first: Decode<number | null> = (reply) => orNull(integer)(tuple(reply, 2)[0]!);
  if (kind === "ELECTION") return write(first, "ELECTION.STAND", name, owner, leaseMs);
  const waitMs = Math.min(Math.max(1, Math.ceil(patience.leftMs)), WAIT_MS_MAX);
  if (kind === "LOCK") return write(first, "LOCK.WAIT", name, owner, leaseMs, waitMs);
  return write(first, "SEMAPHORE.WAIT", name, permits, owner, leaseMs, waitMs);
}

/** Takes it if it is free: no line, no wait. */
export function tryOnce(terms: LeaseTerms, acquiring: Acquiring): Promise<Lease | undefined> {
  const { kind, name, permits, owner, leaseMs } = terms;
  const words = kind === "LOCK" ? ["LOCK.TRY", name, owner, leaseMs] : ["SEMAPHORE.TRY", name, permits, owner, leaseMs];
  return ask(terms, write(orNull(integer), ...words), acquiring);
}

async function ask(
  terms: LeaseTerms,
  command: Command<number | null>,
  { client, log }: Acquiring,
): Promise<Lease | undefined> {
  // Before it is sent: the lease cannot have begun earlier.
  const since = new Stopwatch();
  const token = await client.run(command);
  return token === null ? undefined : new Lease({ ...terms, token }, since, { client, log });
}

/** Whether it is worth asking again. Whoever stands in line is given it, and only has to see that. */
async function mayBeHad({ kind, name, owner }: LeaseTerms, client: Client): Promise<boolean> {
  const held = await client.run(HOLDERS[kind](name));
  return held === null || held.holders.some((holder) => holder.owner === owner);
}

/** Something happened that may have handed it over. */
async function nextChange(watch: Watch): Promise<void> {
  for (;;) {
    const { done, value } = await watch.next();
    if (done === true || !IRRELEVANT.has(value.event)) return;
  }
}

/** Whether something happened within a time. */
async function firstOf(change: Promise<void>, ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  const nap = new AbortController();
  const until = signal === undefined ? nap.signal : AbortSignal.any([nap.signal, signal]);
  try {
    return await Promise.race([change.then(() => true), sleep(ms, until).then(() => false)]);
  } finally {
    nap.abort();
  }
}

async function leave({ kind, name, owner }: LeaseTerms, client: Client): Promise<void> {
  await client.run(write(nothing, kind === "ELECTION" ? "ELECTION.RESIGN" : `${kind}.LEAVE`, name, owner));
}

/** The error for somebody who did not get it. */
export function notGranted({ name }: LeaseTerms, waitMs: number): LeaseError {
  return new LeaseError(
    "NOTGRANTED",
    `${name} was not to be had within ${waitMs} ms; wait longer, or see who holds it`,
  );
}

function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
