// What one liar among four can do with everything that is not a vote: promise snapshots, hand over bent ones, send twins
// without end, wrap blocks in large frames, ask for more than its share. Whatever it says, the others go on as they would if
// it were silent, and what they keep of its words is bounded.
import { describe, expect, it } from "vitest";
import { canonicalParents, decodeBlock, encodeBlock } from "../src/codec/block.ts";
import { decodeCursor, encodeCursor } from "../src/codec/cursor.ts";
import { decodeMessage, encodeMessage } from "../src/codec/message.ts";
import { createToyCrypto } from "../src/crypto-toy.ts";
import type { Block } from "../src/dag/block.ts";
import type { AuthorIndex } from "../src/ids.ts";
import type { Cursor } from "../src/message.ts";
import { isRejection } from "../src/rejection.ts";
import { Desk, headsOf, SMALL } from "./desk.ts";
import { DeskLiar } from "./desk-liar.ts";

const FOUR = { members: 4, fault: { crash: 0, byzantine: 1 } };
const HONEST: readonly AuthorIndex[] = [0, 1, 2];
const LIAR: AuthorIndex = 3;

/** Every honest member submits a command every so often; answers how many of all so far were committed. */
function commitsOf(desk: Desk, ms: number): number {
  let id = desk.now * HONEST.length;
  for (let passed = 0; passed < ms; passed += 250) {
    for (const at of HONEST) desk.submit(at, [id++]);
    desk.run(250);
  }
  return desk.places.reduce((sum, { committedAt }) => sum + committedAt.size, 0);
}

describe("a promise of a snapshot", () => {
  const FAR = 1_000_000;
  const boast = headsOf({ rounds: [FAR, FAR, FAR, FAR], floor: FAR, index: FAR });
  const cursor: Cursor = {
    epoch: 0,
    index: FAR,
    anchor: { round: FAR, author: 0, digest: "ab".repeat(32) },
    horizon: FAR - 512,
    time: 1,
    ordered: "cd".repeat(32),
    stateDigest: "ef".repeat(32),
    covering: [],
  };

  it.each(["says it once", "repeats it", "keeps it a byte at a time"])(
    "holds nobody up who is not behind: %s",
    (how) => {
      const calm = new Desk(FOUR);
      new DeskLiar(calm, LIAR);
      const expected = commitsOf(calm, 10_000);
      const desk = new Desk(FOUR);
      const liar = new DeskLiar(desk, LIAR);
      liar.hears = (from, message) => {
        if (message.kind !== "snapshot-request" || how !== "keeps it a byte at a time") return;
        const bytes = encodeCursor(cursor, liar.context);
        const piece = { index: FAR, offset: message.offset, total: 1_000, bytes: new Uint8Array(1) };
        liar.say(from, { kind: "snapshot", cursor: message.offset === 0 ? bytes : new Uint8Array(0), ...piece });
      };
      let committed = 0;
      for (let second = 0; second < 10; second++) {
        if (second === 0 || how !== "says it once") for (const at of HONEST) liar.say(at, boast);
        committed = commitsOf(desk, 1_000);
      }
      expect(committed).toBe(expected);
      for (const at of HONEST) expect(desk.places[at]!.replica.status().mode).toBe("normal");
    },
  );
});

describe("a true state with a false place in the log", () => {
  const bends: Readonly<Record<string, (cursor: Cursor) => Partial<Cursor>>> = {
    covering: () => ({ covering: [] }),
    "covering made up": ({ anchor }) => ({ covering: [{ ...anchor, digest: "ab".repeat(32) }] }),
    anchor: ({ anchor }) => ({ anchor: { ...anchor, author: (anchor.author + 1) % 4 } }),
    horizon: ({ horizon }) => ({ horizon: horizon - 1 }),
    time: ({ time }) => ({ time: time + 3_600_000 }),
    ordered: () => ({ ordered: "ab".repeat(32) }),
    stateDigest: () => ({ stateDigest: "ab".repeat(32) }),
  };

  it.each([...Object.keys(bends), "nothing"])("is not believed: %s", (name) => {
    const desk = new Desk({ ...FOUR, ...SMALL });
    desk.leaveBehind(1);
    const { context } = desk;
    let asked = 0;
    const snapshots: AuthorIndex[] = [];
    desk.tap = (from, to, bytes) => {
      const message = decodeMessage(bytes, context);
      if (isRejection(message)) return bytes;
      if (from === 1 && message.kind === "snapshot-request") snapshots.push(to);
      if (from !== LIAR || message.kind !== "snapshot" || message.cursor.length === 0) return bytes;
      const cursor = decodeCursor(message.cursor, context);
      if (isRejection(cursor)) throw new Error("a replica sent a cursor that does not decode");
      asked += 1;
      const bent = { ...cursor, ...bends[name]?.(cursor) };
      return encodeMessage({ ...message, cursor: encodeCursor(bent, context) }, context);
    };
    // The liar is heard last of those that are needed, and so it is asked first.
    desk.cut.add("2>1");
    desk.restart(1);
    desk.run(100);
    desk.cut.clear();
    desk.run(10_000);
    expect(asked).toBeGreaterThan(0);
    // Told the truth the member takes it from the first one that it asks; else from somebody else.
    expect(snapshots.some((to) => to !== LIAR)).toBe(name !== "nothing");
    for (let id = 300; id < 330; id++) {
      desk.submit(id % 3, [id]);
      desk.run(30);
    }
    desk.run(3_000);
    const [first, late] = [desk.places[0]!, desk.places[1]!];
    expect(late.replica.status()).toMatchObject({ mode: "normal", commitIndex: first.replica.status().commitIndex });
    const told = new Map(first.batches.map((batch) => [batch.index, batch]));
    for (const { chainDigest, index, time } of late.batches) {
      expect([index, time, chainDigest]).toEqual([index, told.get(index)?.time, told.get(index)?.chainDigest]);
    }
    expect(late.told.filter(({ kind }) => kind === "halt")).toEqual([]);
  });
});

describe("twins without end", () => {
  /** The blocks of the liar's that a member wrote down, by round. */
  const keptOf = (desk: Desk, liar: DeskLiar, at: AuthorIndex): Map<number, number> => {
    const kept = new Map<number, number>();
    for (const { bytes } of desk.places[at]!.records) {
      const block = decodeBlock(bytes, liar.context);
      if (!isRejection(block) && block.author === LIAR) kept.set(block.round, (kept.get(block.round) ?? 0) + 1);
    }
    return kept;
  };

  const stage = () => {
    const desk = new Desk(FOUR);
    const liar = new DeskLiar(desk, LIAR);
    for (let id = 0; id < 8; id++) {
      desk.submit(id % 3, [id]);
      desk.run(100);
    }
    const round = liar.newestFull() - 4;
    const chain = liar.make(round, undefined, "one story");
    return { desk, liar, round, twins: [chain, liar.make(round, undefined, "and another")] as const };
  };

  it("are kept twice, whatever the liar's own blocks ask for", () => {
    const { desk, liar, round, twins } = stage();
    liar.show(0, ...twins);
    for (let count = 0; count < 300; count++) {
      // The child is refused once its parent is here: a new one can be sent, and a new twin below it.
      const twin = liar.make(round + 2, liar.make(round + 1, twins[0], "between"), `twin ${count}`, 1_000);
      liar.show(0, liar.make(round + 3, twin, `child ${count}`));
      liar.show(0, twin);
    }
    for (let count = 0; count < 30; count++) {
      // Chains of fresh twins that nobody but the liar's own newest block asks for.
      let own: Block | undefined;
      const chain = [0, 1, 2, 3].map((step) => (own = liar.make(round + step, own, `chain ${count}`)));
      for (const block of chain.reverse()) liar.show(0, block);
    }
    desk.run(5_000);
    for (const [, count] of keptOf(desk, liar, 0)) expect(count).toBeLessThanOrEqual(2);
    expect(desk.places[0]!.replica.status().pendingBlocks).toBeLessThanOrEqual(4);
  });

  it("are taken all the same where an honest member built on them", () => {
    const { desk, liar, round, twins } = stage();
    const third = liar.make(round, undefined, "a third story");
    // A and B know the first two; C is shown the third alone, and builds on it.
    for (const at of [0, 1]) liar.show(at, ...twins);
    liar.show(2, third);
    desk.run(1_000);
    for (let id = 20; id < 26; id++) {
      desk.submit(2, [id]);
      desk.run(200);
    }
    for (const id of [20, 21, 22, 23, 24, 25]) expect(desk.places[2]!.committedAt.has(id)).toBe(true);
    for (const at of [0, 1]) expect(keptOf(desk, liar, at).get(round)).toBe(3);
  });
});

describe("a small block in a large frame", () => {
  it("is kept without the frame", () => {
    const desk = new Desk(FOUR);
    const liar = new DeskLiar(desk, LIAR);
    desk.submit(0, [1]);
    desk.run(1_000);
    const block = liar.make(1, undefined, "small");
    const junk = Array.from({ length: 10 }, () => new Uint8Array(100_000));
    const before = desk.places[0]!.records.length;
    liar.say(0, { kind: "blocks", blocks: [block.bytes, ...junk] });
    const [record] = desk.places[0]!.records.slice(before);
    expect(record?.bytes).toEqual(block.bytes);
    expect(record!.bytes.buffer.byteLength).toBeLessThan(10_000);
  });
});

describe("a flood of questions", () => {
  it("is answered up to an allowance, and nobody else is the worse for it", () => {
    const burst = 10_000;
    const desk = new Desk({ ...FOUR, tuning: { answerBurstBytes: burst, answerBytesPerMs: 1 } });
    const liar = new DeskLiar(desk, LIAR);
    desk.submit(0, [1]);
    desk.run(1_000);
    let bytes = 0;
    liar.hears = (_from, message) => {
      if (message.kind === "frontier") bytes += message.head.length;
    };
    for (let id = 0; id < 1_000; id++) liar.say(0, { kind: "frontier-request", id });
    expect(bytes).toBeGreaterThan(burst / 2);
    expect(bytes).toBeLessThan(burst + 1_000);
    desk.read(1, 7);
    desk.run(200);
    expect(desk.places[1]!.readyAt.has(7)).toBe(true);
  });
});

describe("a block that V8 refuses", () => {
  it("is taken again from the own log, where it was accepted once", () => {
    const desk = new Desk(FOUR);
    const liar = new DeskLiar(desk, LIAR);
    desk.submit(0, [1]);
    desk.run(1_000);
    const round = liar.newestFull() + 1;
    const twins = [liar.make(round, undefined, "one story"), liar.make(round, undefined, "and another")] as const;
    liar.show(0, twins[0]);
    for (const at of [1, 2]) liar.show(at, twins[1]);
    desk.submit(0, [2]);
    desk.run(1_000);
    const forked = liar.make(round + 2, twins[0], "on one of them");
    const refused = liar.make(round + 3, forked, "and on");
    liar.show(0, forked, refused);
    expect(
      desk.places[0]!.told.filter((effect) => effect.kind === "rejected").map(({ rejection }) => rejection.code),
    ).toEqual(["exposed-parent"]);
    // V8 yielded, the block was accepted after all, and the member built on it.
    const newest = liar.newestFull();
    const last = liar.block(0, newest);
    const parents = [...HONEST.map((author) => liar.block(author, newest).ref), refused.ref];
    const context = { ...liar.context, crypto: createToyCrypto({ self: 0, seed: 1 }) };
    const own = encodeBlock(
      { ...last, round: newest + 1, parents: canonicalParents(parents, 0), evidence: [], payload: [] },
      context,
    );
    const { records } = desk.places[0]!;
    for (const { bytes, round: at } of [refused, own])
      records.push({ sequence: records.at(-1)!.sequence + 1, kind: "block", round: at, bytes });
    desk.restart(0);
    expect(desk.places[0]!.replica.status()).toMatchObject({ mode: "normal", ownRound: newest + 1 });
  });
});
