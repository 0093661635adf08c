// Stories of a few replicas with a constant delay: how long things take, and how each way of going away and coming back
// ends. Chance and real faults are the simulator's.
import { describe, expect, it } from "vitest";
import { decodeMessage, encodeMessage } from "../src/codec/message.ts";
import type { Effect } from "../src/effect.ts";
import { isRejection } from "../src/rejection.ts";
import { Desk, type DeskOptions, headsOf, SMALL } from "./desk.ts";

/** Delays from submission to commit at the replica that took the command, in message delays. */
function delaysOf(options: DeskOptions, down: readonly number[]): number[] {
  const delays: number[] = [];
  for (let warmUps = 0; warmUps < options.members; warmUps++) {
    for (let at = 0; at < options.members; at++) {
      if (down.includes(at)) continue;
      const desk = new Desk(options);
      desk.run(3_000);
      for (const gone of down) desk.stop(gone);
      const live = desk.places.flatMap(({ up }, index) => (up ? [index] : []));
      for (let id = 0; id < warmUps; id++) {
        desk.submit(live[id % live.length]!, [id]);
        desk.run(2_000);
      }
      const begin = desk.now;
      desk.submit(at, [999]);
      desk.run(2_000);
      delays.push(((desk.places[at]!.committedAt.get(999) ?? Number.POSITIVE_INFINITY) - begin) / desk.delayMs);
    }
  }
  return delays;
}

function expectAgreement(desk: Desk): void {
  const chains = desk.places.map(
    ({ batches }) => new Map(batches.map(({ chainDigest, index }) => [index, chainDigest])),
  );
  for (const chain of chains) {
    for (const [index, digest] of chain) for (const other of chains) expect(other.get(index) ?? digest).toBe(digest);
  }
}

const told = (desk: Desk, at: number, kind: Effect["kind"]): Effect[] =>
  desk.places[at]!.told.filter((effect) => effect.kind === kind);

describe("witnesses of a block", () => {
  it("are the other members whose newest block builds on it, and nobody who cannot be heard", () => {
    const desk = new Desk({ members: 5, fault: { crash: 2, byzantine: 0 }, ...SMALL });
    desk.run(1_000);
    desk.stop(3);
    desk.submit(0, [1]);
    desk.run(2_000);
    const { replica } = desk.places[0]!;
    const ref = desk.places[0]!.batches.flatMap(({ blocks }) => blocks).find(({ ids }) => ids?.includes(1))!.ref;
    expect(replica.witnesses(ref)).toBe(3);
    expect(replica.members().map(({ up }) => up)).toEqual([true, true, true, false, true]);
    // Long after it was forgotten those who went on still have it.
    for (let id = 2; id < 200; id++) {
      desk.submit(id % 3, [id]);
      desk.run(20);
    }
    desk.run(2_000);
    expect(replica.status().floor).toBeGreaterThan(ref.round);
    expect(replica.witnesses(ref)).toBe(3);
  });
});

describe("an idle cluster", () => {
  it.each([
    ["n=3", { members: 3, fault: { crash: 1, byzantine: 0 } }, 2],
    ["n=5", { members: 5, fault: { crash: 2, byzantine: 0 } }, 3],
    ["n=7", { members: 7, fault: { crash: 3, byzantine: 0 } }, 3],
    ["n=4 f=1", { members: 4, fault: { crash: 0, byzantine: 1 } }, 3],
    ["n=6 f=1 c=1", { members: 6, fault: { crash: 1, byzantine: 1 } }, 3],
  ] as const)("%s commits a lone command in its delays, whoever takes it and whoever is head", (_, options, delays) => {
    expect(new Set(delaysOf(options, []))).toEqual(new Set([delays]));
  });

  it("n=4 f=1 with one member down commits in 4 delays at best", () => {
    expect(Math.min(...delaysOf({ members: 4, fault: { crash: 0, byzantine: 1 } }, [3]))).toBe(4);
  });

  it("is silent: no block is sent while nobody needs anything", () => {
    const desk = new Desk({ members: 5, fault: { crash: 2, byzantine: 0 } });
    desk.submit(1, [1]);
    desk.run(2_000);
    const before = desk.blockFramesSent;
    expect(before).toBeGreaterThan(0);
    desk.run(60_000);
    expect(desk.blockFramesSent).toBe(before);
  });

  it("answers a linearizable read in one round trip and without a block", () => {
    const desk = new Desk({ members: 5, fault: { crash: 2, byzantine: 0 } });
    desk.run(2_000);
    const begin = desk.now;
    desk.read(2, 7);
    desk.run(1_000);
    expect((desk.places[2]!.readyAt.get(7)! - begin) / desk.delayMs).toBe(2);
    expect(desk.blockFramesSent).toBe(0);
  });
});

describe("a cluster under load", () => {
  it.each([
    ["n=3", { members: 3, fault: { crash: 1, byzantine: 0 } }],
    ["n=5", { members: 5, fault: { crash: 2, byzantine: 0 } }],
    ["n=4 f=1", { members: 4, fault: { crash: 0, byzantine: 1 } }],
  ] as const)("%s commits in 2.5 delays on average", (_, options) => {
    const desk = new Desk(options);
    desk.run(3_000);
    const submitted = new Map<number, { at: number; time: number }>();
    for (let id = 0; id < 1_000; id++) {
      submitted.set(id, { at: id % options.members, time: desk.now });
      desk.submit(id % options.members, [id]);
      desk.run(1.7);
    }
    desk.run(1_000);
    let sum = 0;
    for (const [id, { at, time }] of submitted) sum += desk.places[at]!.committedAt.get(id)! - time;
    expect(sum / submitted.size / desk.delayMs).toBeCloseTo(2.5, 1);
    expectAgreement(desk);
  });
});

describe("coming back", () => {
  it("goes on from the disk, hands out no commit twice and makes no round twice", () => {
    const desk = new Desk({ members: 3, fault: { crash: 1, byzantine: 0 } });
    for (let id = 0; id < 120; id++) {
      if (id === 40) desk.stop(1);
      if (id === 80) desk.restart(1);
      desk.submit(id % 2 === 0 ? 0 : 2, [id]);
      desk.run(25);
    }
    desk.run(3_000);
    const indexes = desk.places[1]!.batches.map(({ index }) => index);
    expect(indexes).toEqual(indexes.map((_, position) => position + 1));
    expect(desk.places[1]!.batches.length).toBe(desk.places[0]!.batches.length);
    expectAgreement(desk);
    for (const place of desk.places) expect(place.told).toEqual([]);
  });

  it("after losing its disk says nothing until enough peers told it what it may have said", () => {
    const desk = new Desk({ members: 3, fault: { crash: 1, byzantine: 0 }, ...SMALL });
    for (let id = 0; id < 10; id++) {
      desk.submit(id % 3, [id]);
      desk.run(40);
    }
    const before = desk.places[1]!.replica.status().ownRound;
    desk.stop(1);
    desk.stop(2);
    desk.wipe(1);
    desk.run(5_000);
    expect(desk.places[1]!.replica.status()).toMatchObject({ mode: "recovering", ownRound: 0 });
    desk.restart(2);
    desk.run(5_000);
    expect(desk.places[1]!.replica.status().mode).toBe("normal");
    expect(desk.places[1]!.replica.status().ownRound).toBeGreaterThan(before);
    desk.submit(1, [77]);
    desk.run(1_000);
    expect(desk.places[1]!.committedAt.has(77)).toBe(true);
    expectAgreement(desk);
  });

  /** The first block of 1 is lost to some, its second one is not; then 1 goes down and comes back without its disk. */
  function forget(desk: Desk, lostTo: readonly number[]): void {
    for (const to of lostTo) desk.cut.add(`1>${to}`);
    for (const at of [0, 1, 2]) desk.submit(at, [at]);
    desk.run(desk.delayMs / 2);
    desk.cut.clear();
    desk.run(1.7 * desk.delayMs);
    for (const at of lostTo) expect(desk.places[at]!.replica.status().pendingBlocks).toBeGreaterThan(0);
    desk.stop(1);
  }

  const orderedAt = (desk: Desk, at: number): readonly string[] =>
    desk.places[at]!.batches.flatMap(({ blocks }) =>
      blocks.flatMap(({ payload }) => payload.map((bytes) => new TextDecoder().decode(bytes))),
    );

  it("without what nobody else had leaves nobody waiting for it", () => {
    const desk = new Desk({ members: 3, fault: { crash: 1, byzantine: 0 } });
    desk.run(1_000);
    const late: Uint8Array[] = [];
    desk.tap = (from, to, bytes) => {
      const message = decodeMessage(bytes, desk.context);
      const isBlocks = !isRejection(message) && message.kind === "blocks";
      if (from === 1 && to === 0 && isBlocks && !desk.cut.has("1>0")) late.push(bytes);
      return bytes;
    };
    forget(desk, [0, 2]);
    desk.wipe(1);
    desk.run(5_000);
    const isSettled = (): void => {
      for (const { replica } of desk.places)
        expect(replica.status()).toMatchObject({ mode: "normal", pendingBlocks: 0 });
      const before = desk.blockFramesSent;
      desk.run(60_000);
      expect(desk.blockFramesSent).toBe(before);
    };
    isSettled();
    // Nor when its last words come once more.
    for (const bytes of [...late]) desk.feed(0, { kind: "message", from: 1, bytes });
    isSettled();
  });

  it("learns from whoever had built on it what it has forgotten, and so does everybody", () => {
    const desk = new Desk({ members: 5, fault: { crash: 2, byzantine: 0 } });
    desk.run(1_000);
    forget(desk, [0, 2, 3]);
    desk.partition([4], [0, 1, 2, 3], true);
    desk.wipe(1);
    desk.run(5_000);
    expect(desk.places[1]!.replica.status().mode).toBe("normal");
    desk.partition([4], [0, 1, 2, 3], false);
    desk.run(5_000);
    desk.submit(3, [3]);
    desk.run(5_000);
    expectAgreement(desk);
    for (const at of desk.places.keys()) {
      expect(desk.places[at]!.replica.status().pendingBlocks).toBe(0);
      expect(orderedAt(desk, at)).toEqual(expect.arrayContaining(["command 1", "command 3"]));
    }
  });

  it("from further back than anybody remembers takes a snapshot", () => {
    const desk = new Desk({ members: 3, fault: { crash: 1, byzantine: 0 }, ...SMALL });
    desk.leaveBehind(1);
    desk.restart(1);
    desk.run(5_000);
    desk.submit(1, [500]);
    desk.run(2_000);
    expect(desk.places[1]!.committedAt.has(500)).toBe(true);
    expect(desk.places[1]!.replica.status().commitIndex).toBe(desk.places[0]!.replica.status().commitIndex);
    expectAgreement(desk);
  });

  it("takes a snapshot also when a liar says that it holds what is missing", () => {
    const desk = new Desk({ members: 4, fault: { crash: 0, byzantine: 1 }, ...SMALL });
    desk.leaveBehind(1);
    // From now on D says what the tap says, and nothing else.
    const { commitIndex: index, round } = desk.places[0]!.replica.status();
    const boast = encodeMessage(headsOf({ rounds: [round, round, round, round], index }), desk.context);
    desk.tap = (from, _to, bytes) => (from === 3 ? boast : bytes);
    // The liar is heard first.
    for (const link of ["0>1", "2>1"]) desk.cut.add(link);
    desk.restart(1);
    desk.run(100);
    desk.cut.clear();
    desk.run(4_000);
    expect(desk.places[1]!.replica.status().commitIndex).toBeLessThan(index);
    desk.run(6_000);
    expect(desk.places[1]!.replica.status().commitIndex).toBeGreaterThanOrEqual(index);
    desk.submit(1, [500]);
    desk.run(2_000);
    expect(desk.places[1]!.committedAt.has(500)).toBe(true);
    expectAgreement(desk);
  });

  it("lets go of half a snapshot when its source is gone, and takes a whole one from somebody else", () => {
    const desk = new Desk({ members: 3, fault: { crash: 1, byzantine: 0 }, ...SMALL });
    desk.leaveBehind(1);
    const { context } = desk;
    let source: number | undefined;
    desk.tap = (from, _to, bytes) => {
      const message = decodeMessage(bytes, context);
      if (isRejection(message) || message.kind !== "snapshot" || (source ??= from) !== from) return bytes;
      // There is more of it, and it never comes.
      return encodeMessage({ ...message, total: message.total + 1 }, context);
    };
    desk.restart(1);
    desk.run(500);
    expect(desk.places[1]!.told).not.toContainEqual(expect.objectContaining({ kind: "unstage" }));
    desk.partition([1], [source!], true);
    desk.run(5_000);
    expect(told(desk, 1, "unstage")).toHaveLength(1);
    expect(desk.places[1]!.replica.status().commitIndex).toBe(desk.places[2 - source!]!.replica.status().commitIndex);
  });

  it("takes a snapshot also without a disk, and can then stop and start again", () => {
    const desk = new Desk({ members: 4, fault: { crash: 0, byzantine: 1 }, ...SMALL });
    for (let id = 0; id < 200; id++) {
      desk.submit(0, [id]);
      desk.run(30);
    }
    desk.stop(3);
    desk.wipe(3);
    desk.run(8_000);
    expect(desk.places[3]!.replica.status().mode).toBe("normal");
    desk.stop(3);
    desk.restart(3);
    desk.run(3_000);
    desk.submit(3, [900]);
    desk.run(3_000);
    expect(desk.places[3]!.committedAt.has(900)).toBe(true);
    expectAgreement(desk);
  });
});

/** All came back, and the last block of one of them, which the others need now, is news to them: just above their base. */
function newsFromAbove(doubtMsMax: number): Desk {
  const limits = { gcDepth: 64, weakDepth: 32, checkpointCommits: 1 };
  const desk = new Desk({
    members: 4,
    fault: { crash: 0, byzantine: 1 },
    limits,
    tuning: { retainRounds: 8, doubtMsMax },
  });
  for (let id = 0; id < 10; id++) {
    desk.submit(0, [id]);
    desk.run(200);
  }
  for (const link of ["3>0", "3>1", "3>2"]) desk.cut.add(link);
  desk.submit(3, [100]);
  desk.run(100);
  desk.stop(3);
  desk.cut.clear();
  const news = desk.places[3]!.replica.status().ownRound;
  // Its blocks of the rounds that it missed will help to commit some more: the horizon must stay below the news.
  for (let id = 101; desk.places[0]!.replica.status().horizon < news - 14; id++) {
    expect(id).toBeLessThan(300);
    desk.submit(0, [id]);
    desk.run(50);
  }
  for (const at of [0, 1, 2]) desk.stop(at);
  for (const at of [0, 1, 3]) desk.restart(at);
  expect(desk.places[0]!.replica.status().horizon).toBeLessThan(news);
  expect(desk.places[0]!.replica.members()[3]!.round).toBeLessThan(news);
  desk.submit(0, [300]);
  return desk;
}

describe("doubts", () => {
  it("are dropped when all came back and wait for one another's word", () => {
    const desk = newsFromAbove(5_000);
    desk.run(4_000);
    expect(desk.places[0]!.committedAt.has(300)).toBe(false);
    desk.run(6_000);
    expect(desk.places[0]!.committedAt.has(300)).toBe(true);
    expectAgreement(desk);
  });
});

describe("without a quorum", () => {
  it("refuses what no block carries yet, and reads", () => {
    const desk = new Desk({ members: 3, fault: { crash: 1, byzantine: 0 } });
    desk.run(1_000);
    desk.partition([0], [1, 2], true);
    desk.submit(0, [1]);
    desk.read(0, 2);
    desk.run(1_000);
    expect(told(desk, 0, "refused")).toEqual([{ kind: "refused", id: 1, reason: "no-quorum" }]);
    expect(told(desk, 0, "read-refused")).toEqual([{ kind: "read-refused", id: 2, reason: "no-quorum" }]);
  });

  const bytes = new TextEncoder().encode("a command");
  const RAW_AND_SESSION = [
    { id: 1, session: false, bytes },
    { id: 2, session: true, bytes },
  ];

  it("drops a raw command whose block fell below the horizon, certain that it is not applied, and proposes a session's again", () => {
    const desk = new Desk({ members: 3, fault: { crash: 1, byzantine: 0 }, ...SMALL });
    desk.run(1_000);
    // Nothing that A says arrives, but it hears how the others go on.
    for (const link of ["0>1", "0>2"]) desk.cut.add(link);
    desk.feed(0, { kind: "commands", commands: RAW_AND_SESSION });
    for (let id = 10; id < 60; id++) {
      desk.submit(1, [id]);
      desk.run(25);
    }
    desk.cut.clear();
    desk.run(5_000);
    expect(told(desk, 0, "dropped")).toEqual([{ kind: "dropped", id: 1, certain: true }]);
    expect(desk.places[0]!.committedAt.has(2)).toBe(true);
    expectAgreement(desk);
  });

  it("cannot be certain of a raw command when a snapshot skipped the commits in question", () => {
    const desk = new Desk({ members: 3, fault: { crash: 1, byzantine: 0 }, ...SMALL });
    desk.run(1_000);
    desk.feed(0, { kind: "commands", commands: RAW_AND_SESSION });
    desk.partition([0], [1, 2], true);
    for (let id = 10; id < 100; id++) {
      desk.submit(1, [id]);
      desk.run(25);
    }
    desk.partition([0], [1, 2], false);
    desk.run(5_000);
    expect(told(desk, 0, "dropped")).toEqual([{ kind: "dropped", id: 1, certain: false }]);
    expect(desk.places[0]!.committedAt.has(2)).toBe(true);
    expectAgreement(desk);
  });

  it("is as uncertain of a session's command when there is no quorum left to try once more", () => {
    const desk = new Desk({ members: 3, fault: { crash: 1, byzantine: 0 }, ...SMALL });
    const { context } = desk;
    desk.run(1_000);
    desk.submit(0, [2]);
    desk.partition([0], [1, 2], true);
    for (let id = 10; id < 100; id++) {
      desk.submit(1, [id]);
      desk.run(25);
    }
    expect(desk.places[1]!.batches.some(({ blocks }) => blocks.some(({ author }) => author === 0))).toBe(true);
    // The snapshot comes through, and the blocks that belong to it do not: nothing can be proposed before they are here.
    const nothing = encodeMessage({ kind: "blocks", blocks: [] }, context);
    desk.tap = (_from, to, bytes) => {
      const message = decodeMessage(bytes, context);
      return to === 0 && !isRejection(message) && message.kind === "blocks" ? nothing : bytes;
    };
    desk.partition([0], [1, 2], false);
    desk.run(5_000);
    expect(desk.places[0]!.replica.status()).toMatchObject({ mode: "restoring" });
    desk.partition([0], [1, 2], true);
    expect(told(desk, 0, "refused")).toEqual([]);
    expect(told(desk, 0, "dropped")).toEqual([{ kind: "dropped", id: 2, certain: false }]);
  });
});

describe("divergence", () => {
  it("halts the replica whose state differs and leaves the others at work", () => {
    const desk = new Desk({ members: 3, fault: { crash: 1, byzantine: 0 } });
    desk.places[1]!.divergesFrom = 7;
    for (let id = 0; id < 20; id++) {
      desk.submit(id % 3 === 1 ? 0 : id % 3, [id]);
      desk.run(100);
    }
    desk.run(3_000);
    expect(told(desk, 1, "halt")).toMatchObject([
      { kind: "halt", reason: "diverged", dump: expect.stringContaining("commit 7 is the first") },
    ]);
    expect(told(desk, 0, "halt")).toEqual([]);
    expect(told(desk, 2, "halt")).toEqual([]);
    desk.stop(1);
    desk.submit(0, [99]);
    desk.run(2_000);
    expect(desk.places[0]!.committedAt.has(99)).toBe(true);
  });
});

describe("clocks", () => {
  it("a member whose clock runs an hour ahead is clamped to the others' and stays of use", () => {
    const desk = new Desk({ members: 3, fault: { crash: 1, byzantine: 0 } });
    desk.submit(0, [0]);
    desk.submit(1, [1]);
    desk.run(1_000);
    desk.places[2]!.wallOffset = 3_600_000;
    desk.submit(2, [2]);
    desk.run(2_000);
    expect(desk.places[2]!.committedAt.has(2)).toBe(true);
    const time = desk.places[0]!.batches.at(-1)!.time;
    expect(time).toBeLessThan(1_000_000 + desk.now + 1_000);
  });

  it("two of three that run ahead are clamped where the third has as much stake as both", () => {
    const desk = new Desk({ members: 3, stakes: [2, 1, 1], fault: { crash: 1, byzantine: 0 } });
    desk.submit(0, [0]);
    desk.run(1_000);
    for (const wrong of [1, 2]) desk.places[wrong]!.wallOffset = 3_600_000;
    for (let id = 1; id < 5; id++) {
      desk.submit(id % 3, [id]);
      desk.run(2_000);
      expect(desk.places[id % 3]!.committedAt.has(id)).toBe(true);
    }
    for (const { replica } of desk.places) expect(replica.status().ownStamp).toBeLessThan(1_000_000 + desk.now + 1_000);
  });
});

describe("a block that comes again", () => {
  const FOUR = { members: 4, fault: { crash: 0, byzantine: 1 } };

  it("is neither read nor verified again, whether it was accepted or waits for a parent", () => {
    const desk = new Desk(FOUR);
    desk.run(1_000);
    const heard: { from: number; bytes: Uint8Array }[] = [];
    desk.tap = (from, to, bytes) => {
      if (to === 0 && !desk.cut.has(`${from}>0`)) heard.push({ from, bytes });
      return bytes;
    };
    // What 1 says is lost to 0: what builds on it waits until it was fetched.
    desk.cut.add("1>0");
    desk.submit(2, [1]);
    desk.run(3.2 * desk.delayMs);
    const hearAgain = (): number => {
      const before = desk.verified;
      for (const { bytes, from } of [...heard]) desk.feed(0, { kind: "message", from, bytes });
      return desk.verified - before;
    };
    // What was still under way is new, once.
    hearAgain();
    expect(desk.verified).toBeGreaterThan(0);
    expect(desk.places[0]!.replica.status().pendingBlocks).toBeGreaterThan(0);
    expect(hearAgain()).toBe(0);
    desk.cut.clear();
    desk.run(2_000);
    expect(desk.places[2]!.committedAt.has(1)).toBe(true);
    expect(desk.places[0]!.replica.status()).toMatchObject({ pendingBlocks: 0, commitIndex: desk.places[2]!.applied });
    expect(hearAgain()).toBe(0);
  });
});

describe("nonsense from a peer", () => {
  it("about its clock is echoed within what a number can hold", () => {
    const desk = new Desk({ members: 4, fault: { crash: 0, byzantine: 1 } });
    desk.run(1_000);
    const heads = headsOf({ rounds: [0, 0, 0, 0], sentAt: Number.MAX_SAFE_INTEGER, needy: true });
    const bytes = encodeMessage(heads, desk.context);
    desk.feed(0, { kind: "message", from: 3, bytes });
    desk.submit(0, [1]);
    desk.run(3_000);
    expect(told(desk, 0, "halt")).toEqual([]);
    expect(desk.places[0]!.committedAt.has(1)).toBe(true);
  });
});
