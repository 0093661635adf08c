// One watch of several streams, held to the history that the honest ones tell: whatever lags, however it is cut into
// events, and whatever up to f of them say.
import type { Change, ChangeStreamEvent } from "@quorate/core/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { merge } from "../src/watching/merge.ts";

const change = (revision: number, event = "set"): Change => ({
  revision,
  event,
  key: `key ${revision}`,
  index: revision,
  time: 0,
});

/** How one replica tells a history: cut into events of so many revisions. */
function told(history: readonly Change[], end: number, steps: readonly number[]): ChangeStreamEvent[] {
  const events: ChangeStreamEvent[] = [];
  for (let [at, turn] = [1, 0]; at < end; turn++) {
    const next = Math.min(end, at + (steps[turn % steps.length] ?? 1));
    const changes = history.filter(({ revision }) => revision >= at && revision < next);
    events.push(changes.length === 0 ? { kind: "progress", next } : { kind: "changes", changes, next });
    at = next;
  }
  return events;
}

/** All that comes until the end was reached; each event of each stream comes when `turn` lets it. */
async function merged(
  told: readonly (readonly ChangeStreamEvent[])[],
  end: number,
  needed: number,
  turn: () => Promise<void>,
): Promise<ChangeStreamEvent[]> {
  const stop = new AbortController();
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener("abort", () => resolve()));
  const streams = told.map(async function* (events): AsyncGenerator<ChangeStreamEvent> {
    for (const event of events) {
      await Promise.race([turn(), stopped]);
      yield event;
    }
    await stopped;
  });
  const seen: ChangeStreamEvent[] = [];
  for await (const event of merge(1, { streams, needed, stop })) {
    seen.push(event);
    if (event.next >= end) break;
  }
  return seen;
}

const changesIn = (events: readonly ChangeStreamEvent[]): Change[] =>
  events.flatMap((event) => (event.kind === "changes" ? event.changes : []));

describe("one watch of several streams", () => {
  it("passes on once what streams that lag tell again", async () => {
    const history = [change(10), change(11), change(12)];
    const prompt = told(history, 13, [13]);
    let turns = 0;
    const late = async (): Promise<void> => {
      // Two tell everything at once; the others come when that was passed on.
      if (turns++ >= 2) for (let wait = 0; wait < 100; wait++) await Promise.resolve();
    };
    const quiet: ChangeStreamEvent = { kind: "progress", next: 14 };
    const seen = await merged([[...prompt, quiet], [...prompt, quiet], prompt, prompt], 14, 2, late);
    expect(changesIn(seen).map(({ revision }) => revision)).toEqual([10, 11, 12]);
  });

  it("tells the history, each change once and in order, whatever lags and whatever up to f say", async () => {
    const END = 30;
    const revisions = fc.uniqueArray(fc.integer({ min: 1, max: END - 1 }), { maxLength: 12 });
    const lies = fc.array(
      fc.record({ revision: fc.integer({ min: 1, max: END - 1 }), event: fc.constantFrom("set", "del") }),
    );
    const steps = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 1, max: 2 }),
        revisions,
        lies,
        fc.array(steps, { minLength: 7, maxLength: 7 }),
        async (scheduler, f, places, claims, cuts) => {
          const history = places.toSorted((a, b) => a - b).map((revision) => change(revision));
          const lie = claims
            .toSorted((a, b) => a.revision - b.revision)
            .map(({ revision, event }) => change(revision, event));
          const streams = cuts
            .slice(0, 3 * f + 1)
            .map((cut, at) =>
              told(at < f ? lie.filter((one, place) => lie[place - 1]?.revision !== one.revision) : history, END, cut),
            );
          const seen = await scheduler.waitFor(
            merged(streams, END, f + 1, () => scheduler.schedule(Promise.resolve())),
          );
          expect(changesIn(seen)).toEqual(history);
          const nexts = seen.map(({ next }) => next);
          expect(nexts).toEqual([...new Set(nexts)].sort((a, b) => a - b));
        },
      ),
    );
  });
});
