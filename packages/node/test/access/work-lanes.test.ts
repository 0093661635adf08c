// Lanes: what runs at once is bounded, and nobody waits behind somebody else's queue.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WorkLanes } from "../../src/access/work-lanes.ts";

describe("lanes of work", () => {
  it("run everything they took, at most so many at once, each lane in its order and in turns", async () => {
    const lane = fc.constantFrom("a", "b", "c");
    await fc.assert(
      fc.asyncProperty(fc.array(lane, { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), async (jobs, atOnce) => {
        const lanes = new WorkLanes({ atOnce, waitingMax: 8 });
        const started: string[] = [];
        let running = 0;
        const job = async (name: string, at: number): Promise<void> => {
          expect(++running).toBeLessThanOrEqual(atOnce);
          started.push(`${name}${at}`);
          await Promise.resolve();
          running--;
          if (at % 5 === 0) throw new Error("this one fails");
        };
        const taken = jobs.map((name, at) => lanes.run(name, () => job(name, at))?.catch(() => undefined));
        await Promise.all(taken);
        const expected = jobs.flatMap((name, at) => (taken[at] === undefined ? [] : [`${name}${at}`]));
        expect(started.toSorted()).toEqual(expected.toSorted());
        for (const name of "abc") {
          const of = (all: readonly string[]): readonly string[] => all.filter((each) => each.startsWith(name));
          expect(of(started)).toEqual(of(expected));
        }
      }),
    );
  });

  it("let one job of a quiet lane wait for no more than one of each other lane", async () => {
    const lanes = new WorkLanes({ atOnce: 1, waitingMax: 100 });
    const started: string[] = [];
    const job = (name: string) => (): Promise<unknown> => Promise.resolve(started.push(name));
    const all = Array.from({ length: 50 }, () => lanes.run("flood", job("flood")));
    all.push(lanes.run("quiet", job("quiet")));
    await Promise.all(all);
    expect(started.indexOf("quiet")).toBeLessThanOrEqual(2);
  });

  it("refuse what would wait behind a full lane, and take from others", async () => {
    const lanes = new WorkLanes({ atOnce: 1, waitingMax: 2 });
    let finish = (): void => {};
    const held = lanes.run("a", () => new Promise<void>((resolve) => (finish = resolve)));
    const waiting = [lanes.run("a", async () => 1), lanes.run("a", async () => 2)];
    expect(lanes.run("a", async () => 3)).toBeUndefined();
    const other = lanes.run("b", async () => 4);
    await Promise.resolve();
    finish();
    await held;
    expect(await Promise.all([...waiting, other])).toEqual([1, 2, 4]);
  });
});
