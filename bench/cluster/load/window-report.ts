// What the connections to healthy replicas saw in a stretch of time. A pause belongs to every stretch that it touches, with
// its whole length, but counts only from when the replica became healthy and until it was struck itself. A write belongs to
// the stretch in which it was due, even if it is refused long after; it is a healthy replica's if that was not struck in
// between.
import type { Window, WindowReport } from "./orders.ts";
import type { Stall } from "./schedule.ts";
import type { SeenError } from "./tally.ts";
import type { Writer } from "./writer.ts";

export interface Seen {
  readonly writers: readonly Pick<Writer, "replica" | "dueAt" | "doneAt">[];
  readonly errors: readonly SeenError[];
  readonly stalls: readonly Stall[];
  /** When the last write was due. */
  readonly endedAt: number;
  /** All of them, in order. */
  readonly windows: readonly Window[];
}

export function reportWindow(window: Window, seen: Seen): WindowReport {
  const { errors, stalls, writers } = seen;
  const { from, name, to, unhealthy } = window;
  const healthyWriters = writers.filter(({ replica }) => !unhealthy.includes(replica));
  const longest = longestPause(window, seen, healthyWriters);
  const replicas = [...new Set(healthyWriters.map(({ replica }) => replica))].map((replica) => {
    const answers = healthyWriters.filter((writer) => writer.replica === replica).flatMap(({ doneAt }) => doneAt);
    return { replica, doneAt: answers.sort((left, right) => left - right) };
  });
  let writes = 0;
  let slowestMs = 0;
  for (const { doneAt, dueAt, replica } of healthyWriters) {
    const healthy = healthyAround(window, replica, seen);
    for (const [place, due] of dueAt.entries()) {
      if (due < from || due >= to) continue;
      writes++;
      slowestMs = Math.max(slowestMs, Math.min(doneAt[place]!, healthy.to) - due);
    }
  }
  const inside = errors.filter(({ at }) => at >= from && at < to);
  return {
    name,
    writes,
    pauseMs: longest.ms,
    pauseAt: longest.at,
    pauseAfterMs: longest.after,
    replicaPauseMs: longestPause(window, seen, replicas).ms,
    slowestMs,
    backMs: writers.reduce((back, { doneAt, dueAt, replica }) => {
      const done = unhealthy.includes(replica) ? doneAt.find((_, place) => dueAt[place]! >= from) : undefined;
      return done === undefined || done >= to ? back : back < 0 ? done - from : Math.min(back, done - from);
    }, -1),
    stallMs: Math.max(0, ...stalls.filter(({ at, ms }) => at + ms > from && at < to).map(({ ms }) => ms)),
    errors: byKind(inside.filter((error) => !wasStruck(error, seen))),
    errorsElsewhere: byKind(inside.filter((error) => wasStruck(error, seen))),
  };
}

/** The longest time that one of these went without an answer. */
function longestPause(
  window: Window,
  seen: Seen,
  lines: readonly { readonly replica: number; readonly doneAt: readonly number[] }[],
): { readonly ms: number; readonly at: number; readonly after: number } {
  let longest = { ms: 0, at: -1, after: 0 };
  for (const { doneAt, replica } of lines) {
    const healthy = healthyAround(window, replica, seen);
    let before = healthy.from;
    // After the last answer it waits until the load ends.
    for (const at of [...doneAt, healthy.to]) {
      const end = Math.min(at, healthy.to);
      if (end > window.from && before < window.to && end - before > longest.ms)
        longest = { ms: end - before, at: replica, after: before - window.from };
      before = Math.max(before, at);
    }
  }
  return longest;
}

/** Since when, and until when, the replica is healthy that is so in this window. */
function healthyAround(
  { from, to }: Window,
  replica: number,
  { endedAt, windows }: Seen,
): { from: number; to: number } {
  const struck = windows.filter(({ unhealthy }) => unhealthy.includes(replica));
  const first = windows[0]?.from ?? from;
  return {
    from: Math.max(first, ...struck.filter((other) => other.to <= from).map((other) => other.to)),
    to: Math.min(endedAt, ...struck.filter((other) => other.from >= to).map((other) => other.from)),
  };
}

/** Whether the replica was not healthy at some time between the write and its refusal. */
function wasStruck({ at, heardAt, replica }: SeenError, { windows }: Seen): boolean {
  return windows.some(({ from, to, unhealthy }) => unhealthy.includes(replica) && from <= heardAt && to > at);
}

function byKind(errors: readonly SeenError[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { kind } of errors) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
