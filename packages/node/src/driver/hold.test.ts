// How long what comes in may wait for a replica that stopped serving: by the clock, however often it does.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Hold } from "./hold.ts";

/** What one moment brings: whether the replica serves, and how much later it is. */
const moments = fc.array(fc.record({ serves: fc.boolean(), afterMs: fc.integer({ min: 1, max: 1_500 }) }), {
  maxLength: 40,
});

describe("what comes in", () => {
  it("waits in the first second in which the replica does not serve any more, and never otherwise", () => {
    fc.assert(
      fc.property(moments, (all) => {
        const hold = new Hold();
        let now = 0;
        let was = false;
        let lostAt: number | undefined;
        for (const { afterMs, serves } of all) {
          now += afterMs;
          hold.look(serves, now);
          if (serves) lostAt = undefined;
          else if (was) lostAt = now;
          was = serves;
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
