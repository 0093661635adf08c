// How long what comes in may wait for links that were lost: by the clock, for every way in which links come and go.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Hold } from "./hold.ts";

/** What one moment brings: whether a quorum is reached, and how much later it is. */
const moments = fc.array(fc.record({ reached: fc.boolean(), afterMs: fc.integer({ min: 1, max: 1_500 }) }), {
  maxLength: 40,
});

describe("what comes in", () => {
  it("waits in the second after a quorum was lost, once for each loss, and never otherwise", () => {
    fc.assert(
      fc.property(moments, (all) => {
        const hold = new Hold();
        let now = 0;
        let was = false;
        let lostAt: number | undefined;
        for (const { afterMs, reached } of all) {
          now += afterMs;
          hold.look(reached, now);
          if (reached) lostAt = undefined;
          else if (was) lostAt = now;
          was = reached;
          for (const later of [0, 1, 999, 1_000, 5_000]) {
            const ends = hold.endsAt(now + later);
            const waits = lostAt !== undefined && now + later < lostAt + 1_000;
            expect(ends).toBe(waits ? lostAt! + 1_000 : undefined);
          }
        }
      }),
    );
  });

  it("does not wait where more waits than may, before the next loss", () => {
    const hold = new Hold();
    hold.look(true, 0);
    hold.look(false, 10);
    hold.end();
    expect(hold.endsAt(11)).toBeUndefined();
    hold.look(true, 20);
    hold.look(false, 30);
    expect(hold.endsAt(31)).toBe(1_030);
  });
});
