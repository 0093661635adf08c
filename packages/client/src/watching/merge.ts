// One watch made of several, where up to f of their replicas may lie. What f + 1 streams tell alike is true, changes and
// the absence of changes alike; a stream's first change past a point says both: nothing happened until there, and then
// this.
//
// The law it keeps: a change is passed on once, in order, and only when f + 1 streams tell it at that very place.
import type { Change, ChangeStreamEvent } from "@quorate/core/api";
import { WatchError } from "../errors.ts";

/** Changes that are kept of a stream ahead of the others. */
const AHEAD_MAX = 10_000;

interface Source {
  readonly events: AsyncGenerator<ChangeStreamEvent>;
  /** What it told and was not passed on. */
  readonly changes: Change[];
  /** It has told of everything before this revision. */
  told: number;
  /** The next event, if it was asked for. */
  asked: Promise<void> | undefined;
  /** It can tell no more, and why. */
  ended: Error | undefined;
  /** Whoever reads has stopped. */
  isOver: boolean;
}

interface MergeOptions {
  readonly streams: readonly AsyncGenerator<ChangeStreamEvent>[];
  /** f + 1. */
  readonly needed: number;
  /** Ends the streams, also those that wait for their replica. */
  readonly stop: AbortController;
}

export async function* merge(from: number, { needed, stop, streams }: MergeOptions): AsyncGenerator<ChangeStreamEvent> {
  const sources = streams.map(
    (events): Source => ({ events, changes: [], told: from, asked: undefined, ended: undefined, isOver: false }),
  );
  let next = from;
  try {
    for (;;) {
      // Also what came late: streams that lag would agree a second time on what was passed on.
      for (const { changes } of sources) while (changes[0] !== undefined && changes[0].revision < next) changes.shift();
      const step = agreedStep(sources, next, needed);
      if (step !== undefined) {
        next = step.next;
        yield step;
        continue;
      }
      const alive = sources.filter(({ ended }) => ended === undefined);
      if (alive.length < needed) throw commonEnd(sources, needed);
      for (const source of alive) if (source.changes.length < AHEAD_MAX) source.asked ??= pull(source);
      const waiting = alive.flatMap(({ asked }) => (asked === undefined ? [] : [asked]));
      if (waiting.length === 0) throw new WatchError("gap", "the replicas tell different changes", next);
      await Promise.race(waiting);
      if (sources.some(({ isOver }) => isOver)) return;
    }
  } finally {
    // A generator that waits returns only when it has got what it waits for.
    stop.abort();
    await Promise.all(sources.map(({ events }) => events.return(undefined).catch(() => {})));
  }
}

/** What can be told for certain: the next change, or that there is none up to a revision. */
function agreedStep(sources: readonly Source[], next: number, needed: number): ChangeStreamEvent | undefined {
  const first = sources.flatMap(({ changes: [change] }) => (change === undefined ? [] : [change]));
  for (const change of first) {
    const meaning = meaningOf(change);
    if (first.filter((other) => meaningOf(other) === meaning).length >= needed)
      return { kind: "changes", changes: [change], next: change.revision + 1 };
  }
  // Up to where each says that nothing happened; the lowest of the f + 1 that say most is vouched for by an honest one.
  const quietUntil = sources.map(({ changes, told }) => changes[0]?.revision ?? told).sort((a, b) => b - a);
  const quiet = quietUntil[needed - 1] ?? next;
  return quiet > next ? { kind: "progress", next: quiet } : undefined;
}

function meaningOf({ revision, event, key, index, time }: Change): string {
  return JSON.stringify([revision, event, key, index, time]);
}

async function pull(source: Source): Promise<void> {
  try {
    const { done, value } = await source.events.next();
    if (done === true) source.isOver = true;
    else {
      if (value.kind === "changes") source.changes.push(...value.changes);
      source.told = Math.max(source.told, value.next);
    }
  } catch (error) {
    source.ended = error as Error;
  }
  source.asked = undefined;
}

/** Why too few streams are left: what f + 1 of them say, else the first. */
function commonEnd(sources: readonly Source[], needed: number): Error {
  const ends = sources.flatMap(({ ended }) => (ended === undefined ? [] : [ended]));
  const codeOf = (error: Error): unknown => (error as Partial<WatchError>).code;
  return ends.find((end) => ends.filter((other) => codeOf(other) === codeOf(end)).length >= needed) ?? ends[0]!;
}
