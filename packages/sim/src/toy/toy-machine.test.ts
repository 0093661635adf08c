// The toy machine keeps the laws that judges rely on: once for each session and number, expiry by log time, and a digest
// that tells states apart and survives a snapshot.
import { type CommandGroup, encodeCommand } from "@quorate/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ToyMachine } from "./toy-machine.ts";
import { type ToyReply, type ToyWords, toyWords } from "./toy-reply.ts";

interface Options {
  readonly session?: { readonly id: string; readonly sequence: number; readonly acknowledgedUpTo: number };
  readonly notAfter?: number;
}

const command = (words: ToyWords, { session, notAfter = 1_000_000 }: Options = {}): Uint8Array =>
  encodeCommand({ words: toyWords(words), notAfter, session, user: "", clientSignature: undefined });

const group = (payload: readonly Uint8Array[], timestamp = 0): CommandGroup => ({ author: 0, timestamp, payload });

function drive() {
  const machine = new ToyMachine();
  let index = 0;
  const apply = (time: number, payload: readonly Uint8Array[], timestamp = 0): readonly ToyReply[] => {
    index += 1;
    return machine.apply({ index, time, chainDigest: "" }, [group(payload, timestamp)]).replies[0] ?? [];
  };
  const read = (key: string, wall = 0) => machine.query(toyWords(["read", key]), wall);
  return { machine, apply, read };
}

const text = (answer: ReturnType<ToyMachine["query"]>): string =>
  "reply" in answer ? answer.reply.text : `deadline ${answer.deadline}`;

describe("ToyMachine", () => {
  it("writes, compares, appends and transacts", () => {
    const { apply, read } = drive();
    const replies = apply(1, [
      command(["write", "a", 1]),
      command(["cas", "a", 2, 3]),
      command(["cas", "a", 1, 4]),
      command(["append", "l", "x"]),
      command([
        "txn",
        [
          ["r", "a", null],
          ["append", "l", "y"],
          ["r", "l", null],
          ["w", "a", 5],
        ],
        0,
      ]),
    ]);
    expect(replies.map(({ outcome }) => outcome)).toEqual(["ok", "fail", "ok", "ok", "ok"]);
    expect(JSON.parse(replies[4]?.text ?? "")).toEqual([
      ["r", "a", 4],
      ["append", "l", "y"],
      ["r", "l", ["x", "y"]],
      ["w", "a", 5],
    ]);
    expect(text(read("a"))).toBe("5");
    expect(text(read("nothing"))).toBe("null");
  });

  it("applies a session's number once and answers it the same for ever", () => {
    const { apply, read } = drive();
    const once = command(["append", "l", 1], { session: { id: "s", sequence: 1, acknowledgedUpTo: 0 } });
    const [first] = apply(1, [once]);
    const [second, third] = apply(2, [once, once]);
    expect(first).toMatchObject({ outcome: "ok", fresh: true });
    expect([second, third]).toEqual([
      { ...first, fresh: false },
      { ...first, fresh: false },
    ]);
    expect(text(read("l"))).toBe("[1]");
  });

  it("refuses a number that its client has acknowledged", () => {
    const { apply } = drive();
    apply(1, [command(["append", "l", 1], { session: { id: "s", sequence: 1, acknowledgedUpTo: 0 } })]);
    apply(2, [command(["append", "l", 2], { session: { id: "s", sequence: 2, acknowledgedUpTo: 1 } })]);
    const [late] = apply(3, [command(["append", "l", 1], { session: { id: "s", sequence: 1, acknowledgedUpTo: 0 } })]);
    expect(late).toMatchObject({ outcome: "rejected", fresh: false });
  });

  it("rejects what comes too late, and remembers that for the session", () => {
    const { apply, read } = drive();
    const session = { id: "s", sequence: 1, acknowledgedUpTo: 0 };
    const [late] = apply(11, [command(["write", "a", 1], { session, notAfter: 10 })]);
    const [again] = apply(12, [command(["write", "a", 1], { session, notAfter: 99 })]);
    expect([late?.outcome, again?.outcome]).toEqual(["rejected", "rejected"]);
    expect(text(read("a"))).toBe("null");
  });

  it("counts a deadline from the later of log time and the block's stamp, and lets only log time end it", () => {
    const { machine, apply, read } = drive();
    apply(100, [command(["lend", "a", 1, 50])], 300);
    expect(machine.nextDeadline).toBe(350);
    expect(text(read("a", 340))).toBe("1");
    expect(text(read("a", 400))).toBe("deadline 350");
    apply(349, []);
    expect(text(read("a", 0))).toBe("1");
    apply(350, []);
    expect(text(read("a", 0))).toBe("null");
    expect(machine.nextDeadline).toBeUndefined();
  });

  it("answers nonsense alike everywhere", () => {
    const { apply } = drive();
    expect(apply(1, [Uint8Array.of(1, 2, 3)])[0]).toMatchObject({ outcome: "rejected", fresh: false });
  });

  const commands = fc.array(
    fc.oneof(
      fc.tuple(fc.constant("write" as const), fc.constantFrom("a", "b"), fc.nat(9)),
      fc.tuple(fc.constant("append" as const), fc.constantFrom("a", "l"), fc.nat(9)),
      fc.tuple(fc.constant("lend" as const), fc.constantFrom("a", "e"), fc.nat(9), fc.nat(20)),
    ),
    { maxLength: 20 },
  );

  it("carries state and digest through a snapshot, whatever happened before, and goes on alike", () => {
    fc.assert(
      fc.property(commands, (words) => {
        const { machine, apply } = drive();
        for (const [nth, word] of words.entries()) {
          const session = { id: `s${nth % 2}`, sequence: nth + 1, acknowledgedUpTo: Math.max(0, nth - 3) };
          apply(nth, [command(word as ToyWords, { session })]);
        }
        const snapshot = machine.snapshot();
        const copy = new ToyMachine();
        const context = { index: 100, time: 10, chainDigest: "" };
        const after = [group([command(["append", "l", "z"])])];
        const mine = machine.apply(context, after);
        copy.restore(snapshot.pieces, { index: snapshot.index, digest: snapshot.digest });
        expect(copy.digest).toBe(snapshot.digest);
        expect(copy.apply(context, after)).toEqual(mine);
      }),
    );
  });

  it("refuses a snapshot with a byte changed, and keeps what it has", () => {
    const { machine, apply } = drive();
    apply(1, [command(["write", "a", 1]), command(["append", "l", 2])]);
    const { index, digest, pieces } = machine.snapshot();
    const bent = [...pieces].map((piece) => piece.slice());
    const at = bent[0]!.indexOf("1".charCodeAt(0));
    bent[0]![at] = "7".charCodeAt(0);
    const copy = new ToyMachine();
    expect(() => copy.restore(bent, { index, digest })).toThrow();
    expect(copy.index).toBe(0);
  });
});
