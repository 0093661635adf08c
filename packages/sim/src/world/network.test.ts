// The network behaves like streams: in order or not at all, and both ends learn of what happens to a link.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../rng.ts";
import type { DelayModel } from "./delays.ts";
import { EventQueue } from "./event-queue.ts";
import { type Endpoint, Network } from "./network.ts";
import { Trace } from "./trace.ts";

class Listener implements Endpoint {
  readonly heard: { readonly from: number; readonly number: number; readonly at: number }[] = [];
  readonly links: string[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  frame(from: number, bytes: Uint8Array): void {
    this.heard.push({ from, number: bytes[0] ?? -1, at: this.#now() });
  }

  peerUp(peer: number): void {
    this.links.push(`+${peer}`);
  }

  peerDown(peer: number): void {
    this.links.push(`-${peer}`);
  }
}

function setUp(seed: number, delays: DelayModel = { kind: "even", from: 1, to: 20 }) {
  const queue = new EventQueue();
  let now = 0;
  const host = {
    get now() {
      return now;
    },
    trace: new Trace(() => now),
    at: (time: number, run: () => void) => queue.push(time, run),
    after: (delay: number, run: () => void) => queue.push(now + delay, run),
  };
  const network = new Network(host, { members: 3, delays, noticeMs: [100, 300] }, createRng(seed));
  const ends = [0, 1, 2].map(() => new Listener(() => now));
  for (const [member, end] of ends.entries()) network.join(member, end);
  const runTo = (until: number): void => {
    for (let next = queue.nextAt; next !== undefined && next <= until; next = queue.nextAt) {
      const { at, run } = queue.pop();
      now = at;
      run();
    }
    now = until;
  };
  runTo(100);
  return { network, ends, runTo, send: (number: number) => network.send(0, 1, "blocks", Uint8Array.of(number)) };
}

const numbers = (listener: Listener | undefined): number[] => (listener?.heard ?? []).map(({ number }) => number);

describe("Network", () => {
  it("tells both ends of every link when it is there", () => {
    const { ends } = setUp(1);
    expect(ends.map(({ links }) => links.toSorted())).toEqual([
      ["+1", "+2"],
      ["+0", "+2"],
      ["+0", "+1"],
    ]);
  });

  it("delivers everything in order, however different the delays are", () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 30 }), (seed, pauses) => {
        const { ends, runTo, send } = setUp(seed);
        let at = 100;
        for (const [number, pause] of pauses.entries()) {
          runTo((at += pause));
          send(number);
        }
        runTo(at + 50);
        expect(numbers(ends[1])).toEqual(pauses.map((_, number) => number));
      }),
    );
  });

  it("loses nothing in a cut that ends before anybody noticed", () => {
    const { ends, network, runTo, send } = setUp(3);
    send(1);
    network.cut(0, 1);
    send(2);
    runTo(150);
    expect(numbers(ends[1])).toEqual([]);
    network.mend(0, 1);
    send(3);
    runTo(1_000);
    expect(numbers(ends[1])).toEqual([1, 2, 3]);
    expect(ends[1]?.links).not.toContain("-0");
  });

  it("loses what was on the way in a cut that was noticed, tells both ends, and links them again", () => {
    const { ends, network, runTo, send } = setUp(3);
    network.cut(0, 1);
    send(1);
    runTo(1_000);
    send(2);
    expect(ends[0]?.links.at(-1)).toBe("-1");
    expect(ends[1]?.links.at(-1)).toBe("-0");
    network.mend(0, 1);
    runTo(2_000);
    send(3);
    runTo(3_000);
    expect(numbers(ends[1])).toEqual([3]);
    expect(ends[0]?.links.at(-1)).toBe("+1");
    expect(ends[1]?.links.at(-1)).toBe("+0");
  });

  it("passes the other direction of a one-way cut until somebody notices", () => {
    const { ends, network, runTo } = setUp(3);
    network.cut(0, 1);
    network.send(1, 0, "blocks", Uint8Array.of(7));
    runTo(150);
    expect(numbers(ends[0])).toEqual([7]);
  });

  it("keeps what is held, in order, however long it takes, and nobody notices", () => {
    const { ends, network, runTo, send } = setUp(3);
    network.hold(0, 1);
    for (const number of [1, 2, 3]) send(number);
    runTo(10_000);
    expect(numbers(ends[1])).toEqual([]);
    expect(ends[1]?.links).not.toContain("-0");
    network.release(0, 1);
    runTo(10_100);
    expect(numbers(ends[1])).toEqual([1, 2, 3]);
  });

  it("never delivers to a new life what was sent to an old one", () => {
    fc.assert(
      fc.property(fc.integer(), fc.boolean(), (seed, silently) => {
        const { ends, network, runTo, send } = setUp(seed);
        for (const number of [1, 2, 3]) send(number);
        network.leave(1, silently);
        const reborn = new Listener(() => 0);
        network.join(1, reborn);
        runTo(2_000);
        send(9);
        runTo(3_000);
        expect(numbers(reborn)).toEqual([9]);
        expect(ends[0]?.links.slice(-2)).toEqual(["-1", "+1"]);
      }),
    );
  });

  it("loses, doubles and reorders only where it was told to, and all three happen", () => {
    const { ends, network, runTo, send } = setUp(3);
    network.spoil(0, 1, { loss: 0.3, duplicate: 0.3, reorder: 0.5 });
    for (let number = 0; number < 100; number++) send(number);
    runTo(1_000);
    const came = numbers(ends[1]);
    expect(new Set(came).size).toBeLessThan(100);
    expect(came.length).toBeGreaterThan(new Set(came).size);
    expect(came).not.toEqual(came.toSorted((left, right) => left - right));
    network.spoil(0, 1, undefined);
    const before = came.length;
    for (let number = 100; number < 200; number++) send(number);
    runTo(2_000);
    expect(numbers(ends[1]).slice(before)).toEqual(Array.from({ length: 100 }, (_, nth) => 100 + nth));
  });
});
