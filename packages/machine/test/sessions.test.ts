// Sessions: the same number is applied once and answered the same, whatever is sent again, late or out of order.
import { type CommandGroup, encodeCommand } from "@quorate/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf } from "../src/bytes/byte-string.ts";
import type { Reply } from "../src/index.ts";
import { printReply } from "../src/reply/print-reply.ts";
import { type DriveOptions, Driver } from "./drive.ts";

interface Numbered {
  readonly sequence: number;
  readonly acknowledgedUpTo?: number;
  readonly words: readonly string[];
  readonly notAfter?: number;
  readonly id?: string;
  readonly clientSignature?: Uint8Array;
}

class SessionDriver extends Driver {
  readonly id: string;

  constructor(options: DriveOptions & { readonly open?: readonly string[] } = {}) {
    super(options);
    const opened = this.run("SESSION.OPEN", ...(options.open ?? []));
    this.id = opened.kind === "bulk" ? opened.value : printReply(opened);
  }

  send(...commands: readonly Numbered[]): string[] {
    const payload = commands.map(({ sequence, acknowledgedUpTo = 0, words, notAfter, id = this.id, clientSignature }) =>
      encodeCommand({
        words: words.map(bytesOf),
        notAfter: notAfter ?? Number.MAX_SAFE_INTEGER,
        session: { id, sequence, acknowledgedUpTo },
        user: "",
        clientSignature,
      }),
    );
    const group: CommandGroup = { author: 0, timestamp: this.time, payload };
    const index = this.machine.index + 1;
    const { replies, nextDeadline } = this.machine.apply({ index, time: this.time, chainDigest: "" }, [group]);
    this.nextDeadline = nextDeadline;
    return replies[0]!.map((reply: Reply) => printReply(reply));
  }
}

describe("a session", () => {
  it("applies a number once and answers it the same for ever", () => {
    const driver = new SessionDriver();
    const incr = { sequence: 1, words: ["INCR", "n"] };
    expect(driver.send(incr, incr)).toEqual(["(integer) 1", "(integer) 1"]);
    expect(driver.send(incr, { sequence: 2, words: ["INCR", "n"] })).toEqual(["(integer) 1", "(integer) 2"]);
    expect(driver.cli("GET n")).toBe('"2"');
  });

  it("keeps a refusal as the reply, even when a retry would succeed", () => {
    const driver = new SessionDriver();
    driver.run("SADD", "s", "x");
    const get = { sequence: 1, words: ["INCR", "s"] };
    const [refused] = driver.send(get);
    expect(refused).toMatch(/WRONGTYPE/);
    driver.run("DEL", "s");
    expect(driver.send(get)).toEqual([refused]);
  });

  it("puts a kept reply off when the commit has no room for it, and gives it to whoever asks again", () => {
    const driver = new SessionDriver({ config: { replyBytesPerCommit: 2500 } });
    driver.run("SET", "long", "x".repeat(984));
    const get = { sequence: 1, words: ["GETDEL", "long"] };
    const [reply] = driver.send(get);
    expect(driver.send(get, get, get, get)).toEqual([reply, reply, ...Array(2).fill(expect.stringMatching(/WINDOW/))]);
    expect(driver.send(get)).toEqual([reply]);
  });

  it("takes numbers out of order within its window, and none beyond it", () => {
    const driver = new SessionDriver({ config: { sessionWindow: 4 } });
    expect(driver.send({ sequence: 4, words: ["INCR", "n"] })).toEqual(["(integer) 1"]);
    expect(driver.send({ sequence: 2, words: ["INCR", "n"] })).toEqual(["(integer) 2"]);
    expect(driver.send({ sequence: 5, words: ["INCR", "n"] })[0]).toMatch(/^\(error\) WINDOW/);
    expect(driver.send({ sequence: 5, acknowledgedUpTo: 2, words: ["INCR", "n"] })).toEqual(["(integer) 3"]);
  });

  it("keeps no more than its window, also of numbers that were given up, and nothing of what was acknowledged", () => {
    const driver = new SessionDriver({ config: { sessionWindow: 4 } });
    const resolve = (number: number): string => driver.cli(`SESSION.RESOLVE ${driver.id} ${number}`);
    for (let number = 1; number <= 40; number++) {
      if (number <= 4) expect(resolve(number)).toContain("rejected");
      else expect(resolve(number)).toMatch(/^\(error\) WINDOW/);
    }
    const kept = (): number => driver.entries().filter(([key]) => key.startsWith("r")).length;
    expect(kept()).toBe(4);
    driver.send({ sequence: 5, acknowledgedUpTo: 4, words: ["INCR", "n"] });
    expect(kept()).toBe(1);
    expect(resolve(8)).toContain("rejected");
    expect(resolve(9)).toMatch(/^\(error\) WINDOW/);
  });

  it("refuses a number that was acknowledged, and forgets its reply", () => {
    const driver = new SessionDriver();
    driver.send({ sequence: 1, words: ["INCR", "n"] });
    driver.send({ sequence: 2, acknowledgedUpTo: 1, words: ["INCR", "n"] });
    expect(driver.send({ sequence: 1, words: ["INCR", "n"] })[0]).toMatch(/^\(error\) STALE/);
    expect(driver.cli(`SESSION.OUTCOME ${driver.id} 1`)).toContain("forgotten");
    expect(driver.cli("GET n")).toBe('"2"');
  });

  it("ends after its time-out in log time without a command, and is then refused, not applied", () => {
    const driver = new SessionDriver({ open: ["TIMEOUT", "1000"] });
    driver.time += 900;
    expect(driver.send({ sequence: 1, words: ["INCR", "n"] })).toEqual(["(integer) 1"]);
    driver.time += 900;
    expect(driver.send({ sequence: 2, words: ["INCR", "n"] })).toEqual(["(integer) 2"]);
    expect(driver.nextDeadline).toBe(1_000_000 + 900 + 1000);
    driver.time += 1000;
    expect(driver.send({ sequence: 3, words: ["INCR", "n"] })[0]).toMatch(/^\(error\) NOSESSION/);
    expect(driver.send({ sequence: 2, words: ["INCR", "n"] })[0]).toMatch(/^\(error\) NOSESSION/);
    expect(driver.cli("GET n")).toBe('"2"');
    expect(driver.nextDeadline).toBeUndefined();
  });

  it("records a command that came too late as rejected", () => {
    const driver = new SessionDriver();
    driver.time += 10;
    const late = { sequence: 1, words: ["INCR", "n"], notAfter: driver.time - 1 };
    expect(driver.send(late)[0]).toMatch(/^\(error\) REJECTED/);
    expect(driver.send({ ...late, notAfter: driver.time + 5 })[0]).toMatch(/^\(error\) REJECTED/);
    expect(driver.cli("EXISTS n")).toBe("(integer) 0");
    expect(driver.cli(`SESSION.OUTCOME ${driver.id} 1`)).toContain("rejected");
  });

  it("settles a number for ever when asked to resolve it", () => {
    const driver = new SessionDriver();
    driver.send({ sequence: 1, words: ["INCR", "n"] });
    expect(driver.cli(`SESSION.RESOLVE ${driver.id} 1`)).toBe('1) "applied"\n2) (integer) 1');
    expect(driver.cli(`SESSION.RESOLVE ${driver.id} 2`)).toContain("rejected");
    expect(driver.send({ sequence: 2, words: ["INCR", "n"] })[0]).toMatch(/REJECTED/);
    expect(driver.cli("GET n")).toBe('"1"');
  });

  it("can be closed by a command of its own, and leaves nothing behind", () => {
    const driver = new SessionDriver();
    driver.send({ sequence: 1, words: ["SET", "a", "1"] });
    expect(driver.send({ sequence: 2, words: ["SESSION.CLOSE", driver.id] })).toEqual(["(integer) 1"]);
    expect(driver.send({ sequence: 3, words: ["INCR", "n"] })[0]).toMatch(/NOSESSION/);
    driver.time += 10_000_000;
    driver.run("DBSIZE");
    const entries = driver.entries();
    expect(entries.filter(([key]) => "srx".includes(key[0]!))).toEqual([]);
  });

  it("is its user's alone: others neither run commands in it nor end, keep or settle it, and nobody guesses its name", () => {
    const driver = new SessionDriver();
    const as = (user: string, words: readonly string[], session?: { id: string; sequence: number }): string => {
      const numbering = session && { ...session, acknowledgedUpTo: 0 };
      const envelope = encodeCommand({
        words: words.map(bytesOf),
        notAfter: Number.MAX_SAFE_INTEGER,
        session: numbering,
        user,
        clientSignature: undefined,
      });
      const group: CommandGroup = { author: 0, timestamp: driver.time, payload: [envelope] };
      const index = driver.machine.index + 1;
      const { replies } = driver.machine.apply({ index, time: driver.time, chainDigest: `chain ${index}` }, [group]);
      return printReply(replies[0]![0]!);
    };
    const id = as("ann", ["SESSION.OPEN"]).replaceAll('"', "");
    expect(id).toMatch(/^\d+\.\d+\.[0-9a-z]{6,}$/);
    expect(as("ann", ["SET", "a", "secret", "GET"], { id, sequence: 1 })).toBe("(nil)");
    expect(as("ann", ["GETDEL", "a"], { id, sequence: 2 })).toBe('"secret"');
    for (const user of ["bob", ""]) {
      expect(as(user, ["GET", "a"], { id, sequence: 2 })).toMatch(/NOPERM the session was opened by another user/);
      for (const words of [
        ["SESSION.CLOSE", id],
        ["SESSION.KEEP", id],
        ["SESSION.RESOLVE", id, "3"],
      ])
        expect(as(user, words)).toMatch(/NOPERM the session was opened by another user/);
    }
    expect(as("ann", ["GET", "a"], { id, sequence: 2 })).toBe('"secret"');
    expect(as("ann", ["SESSION.CLOSE", id])).toBe("(integer) 1");
  });

  it("that nobody had signed in for is anybody's who knows its name", () => {
    const driver = new SessionDriver();
    expect(driver.send({ sequence: 1, words: ["INCR", "n"] })).toEqual(["(integer) 1"]);
    expect(driver.cli(`SESSION.CLOSE ${driver.id}`)).toBe("(integer) 1");
  });

  it("bound to a client's key takes only what that client signed", () => {
    const signatureOf = (byte: number): Uint8Array => new Uint8Array(64).fill(byte);
    const verifyClient = (key: Uint8Array, _message: Uint8Array, signature: Uint8Array): boolean =>
      key[0] === signature[0];
    const driver = new SessionDriver({ open: ["KEY", "\x07"], verifyClient });
    expect(driver.query(["SESSION.KEY", driver.id])).toEqual({ kind: "bulk", value: "\x07" });
    const command = { sequence: 1, words: ["INCR", "n"] };
    expect(driver.send(command)[0]).toMatch(/NOPERM/);
    expect(driver.send({ ...command, clientSignature: signatureOf(8) })[0]).toMatch(/NOPERM/);
    expect(driver.send({ ...command, clientSignature: signatureOf(7) })).toEqual(["(integer) 1"]);
    expect(new Driver().cli("SESSION.OPEN KEY abc")).toMatch(/cannot be bound/);
  });

  it("applies every number at most once under any mix of retries and acknowledgements", () => {
    const step = fc.record({ sequence: fc.integer({ min: 1, max: 30 }), lag: fc.nat(12), fresh: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const driver = new SessionDriver({ config: { sessionWindow: 8 } });
        const answers = new Map<number, string>();
        for (const { sequence, lag, fresh } of steps) {
          const acknowledgedUpTo = fresh ? 0 : Math.max(0, sequence - 1 - lag);
          const [answer] = driver.send({ sequence, acknowledgedUpTo, words: ["RPUSH", "log", String(sequence)] });
          if (answer!.startsWith("(error)")) continue;
          expect(answers.get(sequence) ?? answer).toBe(answer);
          answers.set(sequence, answer!);
        }
        const log = driver.run("LRANGE", "log", "0", "-1");
        const applied = log.kind === "array" ? log.items.map((item) => (item.kind === "bulk" ? item.value : "")) : [];
        expect(applied.toSorted()).toEqual([...answers.keys()].map(String).toSorted());
      }),
      { numRuns: 100 },
    );
  });
});
