// The queue is judged by a sorted list: whatever is planned, in whatever order, comes out by time and then by planning.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventQueue } from "./event-queue.ts";

describe("EventQueue", () => {
  it("gives back by time, and in the order of planning where times are equal", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
        const queue = new EventQueue();
        const came: (readonly [number, number])[] = [];
        for (const [nth, at] of times.entries()) queue.push(at, () => came.push([at, nth]));
        while (queue.size > 0) queue.pop().run();
        const planned = times.map((at, nth) => [at, nth] as const);
        expect(came).toEqual(planned.toSorted((left, right) => left[0] - right[0] || left[1] - right[1]));
      }),
    );
  });

  it("keeps that order while events plan further ones", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }))), (plans) => {
        const queue = new EventQueue();
        let last = 0;
        for (const [at, delay] of plans) {
          queue.push(at, () => {
            expect(at).toBeGreaterThanOrEqual(last);
            last = at;
            queue.push(at + delay, () => {
              expect(at + delay).toBeGreaterThanOrEqual(last);
              last = at + delay;
            });
          });
        }
        let count = 0;
        for (; queue.size > 0; count++) queue.pop().run();
        expect(count).toBe(2 * plans.length);
      }),
    );
  });
});
