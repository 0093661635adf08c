import { bytesOf, CommandError, type Reply } from "@quorate/machine";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { Access } from "../../../src/access/access.ts";
import { Connection, type ConnectionOptions } from "../../../src/doors/connection.ts";
import type { Ending } from "../../../src/doors/connection-entry.ts";
import type { Outcome, RunningReplica, Words } from "../../../src/running-replica.ts";
import { createSoloReplica, type SoloReplica } from "../../solo-replica.ts";
import { OPEN, until } from "./desk.ts";

const words = (line: string): Words => line.split(" ").map(bytesOf);
const textOf = (reply: Reply): string =>
  "text" in reply
    ? reply.text
    : "value" in reply
      ? String(reply.value)
      : "items" in reply
        ? reply.items.map(textOf).join(" ")
        : "nil";

interface Told {
  readonly text: string;
  readonly ending: Ending;
}

/** A connection, what it answered so far, and why it broke if it did. */
function connect(replica: RunningReplica, options: Partial<ConnectionOptions> = {}) {
  const answers: Told[] = [];
  const broken: string[] = [];
  const connection = new Connection({
    access: OPEN,
    ...options,
    replica,
    onBroken: (why) => {
      broken.push(why);
      answers.push({ text: "(closed)", ending: "refused" });
    },
  });
  const answer = (reply: Reply, ending: Ending): void => {
    answers.push({ text: textOf(reply), ending });
  };
  const send = (...lines: string[]): void => {
    for (const line of lines) connection.run(words(line), answer);
  };
  const texts = async (count: number): Promise<string[]> => {
    await until(() => answers.length >= count);
    return answers.splice(0, count).map(({ text }) => text);
  };
  return { connection, answers, broken, answer, send, texts };
}

/** What went where: the log or a read, and each answered when the test says so. */
class Puppet {
  readonly sent: {
    readonly way: "log" | "read";
    readonly name: string;
    answer: ((outcome: Outcome) => void) | undefined;
  }[] = [];
  readonly replica: RunningReplica;

  constructor(solo: SoloReplica) {
    const record =
      (way: "log" | "read") =>
      (sent: Words, answer: (outcome: Outcome) => void): void => {
        const name = sent.map((word) => Buffer.from(word).toString()).join(" ");
        this.sent.push({ way, name, answer });
      };
    const [log, read] = [record("log"), record("read")];
    this.replica = new Proxy<RunningReplica>(solo, {
      get(target, key) {
        if (key === "submit") return (submission: { words: Words }, answer: never) => log(submission.words, answer);
        if (key === "read") return read;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  get open() {
    return this.sent.filter(({ answer }) => answer !== undefined);
  }

  /** Answers one of those that wait. */
  settle(one: Puppet["sent"][number], outcome: Outcome): void {
    const { answer } = one;
    one.answer = undefined;
    answer?.(outcome);
  }
}

const replied = (text: string): Outcome => ({
  kind: "reply",
  reply: { kind: "simple", text },
  index: 1,
  block: undefined,
});
const isWrite = (name: string): boolean => name.startsWith("SET");

describe("connection", () => {
  it("answers each command once and in order, and sends nothing out of its order, whatever is answered when", () => {
    const step = fc.oneof(
      fc.constantFrom("write" as const, "read" as const, "local" as const),
      fc.record({ settle: fc.nat(), how: fc.constantFrom("reply", "reply", "reply", "refuse") }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const puppet = new Puppet(createSoloReplica());
        const { connection, answers, answer } = connect(puppet.replica);
        let count = 0;
        const asked: string[] = [];
        for (const one of steps) {
          if (typeof one === "object") {
            const waiting = puppet.open;
            const chosen = waiting[one.settle % Math.max(1, waiting.length)];
            if (chosen === undefined) continue;
            const outcome: Outcome =
              one.how === "reply" ? replied(chosen.name) : { kind: "refused", reason: "overloaded" };
            puppet.settle(chosen, outcome);
          } else {
            const name = one === "write" ? `SET ${count++} x` : one === "read" ? `GET ${count++}` : `local ${count++}`;
            asked.push(name);
            const before = puppet.open.length;
            if (one === "local") connection.local(() => ({ kind: "simple", text: name }), answer);
            else connection.run(words(name), answer);
            // A write waits for reads before it; a read behind writes rides the log; nothing else waits.
            const unsent = asked.filter((other) => !other.startsWith("local")).length - puppet.sent.length;
            if (one === "write" && unsent === 0) expect(puppet.open.some(({ way }) => way === "read")).toBe(false);
            if (one === "read" && unsent === 0 && puppet.open.length > before) {
              const hasOpenWrites = puppet.open.some((other) => other.way === "log" && isWrite(other.name));
              expect(puppet.sent.at(-1)!.way).toBe(hasOpenWrites ? "log" : "read");
            }
          }
        }
        while (puppet.open.length > 0) puppet.settle(puppet.open[0]!, replied(puppet.open[0]!.name));
        expect(puppet.sent.map(({ name }) => name)).toEqual(asked.filter((name) => !name.startsWith("local")));
        expect(answers.length).toBe(asked.length);
        for (const [at, { text }] of answers.entries())
          expect(text === asked[at] || text.startsWith("OVERLOADED")).toBe(true);
        expect(connection.pendingCount).toBe(0);
        expect(connection.pendingBytes).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it("sends writes together, lets reads behind them ride the log, and holds a write behind a read", () => {
    const puppet = new Puppet(createSoloReplica());
    const { send } = connect(puppet.replica);
    send("SET a 1", "SET b 2", "GET a");
    expect(puppet.sent.map(({ way }) => way)).toEqual(["log", "log", "log"]);
    for (const one of puppet.open) puppet.settle(one, replied("OK"));
    send("GET a", "GET b", "SET c 3", "GET c");
    expect(puppet.open.map(({ way, name }) => `${way} ${name}`)).toEqual(["read GET a", "read GET b"]);
    for (const one of puppet.open) puppet.settle(one, replied("1"));
    expect(puppet.open.map(({ way, name }) => `${way} ${name}`)).toEqual(["log SET c 3", "log GET c"]);
  });

  it("runs transactions, and only if what they watched is unchanged", async () => {
    const replica = createSoloReplica();
    const { send, texts } = connect(replica);
    const other = connect(replica);
    send("MULTI", "SET a 1", "INCR a", "GET a", "EXEC");
    expect(await texts(5)).toEqual(["OK", "QUEUED", "QUEUED", "QUEUED", "OK 2 2"]);
    send("WATCH a", "MULTI", "INCR a", "EXEC");
    expect(await texts(4)).toEqual(["OK", "OK", "QUEUED", "3"]);
    send("WATCH a", "GET a");
    expect(await texts(2)).toEqual(["OK", "3"]);
    other.send("SET a 9");
    await other.texts(1);
    send("MULTI", "INCR a", "EXEC", "GET a");
    expect(await texts(4)).toEqual(["OK", "QUEUED", "nil", "9"]);
    send("WATCH a", "UNWATCH");
    await texts(2);
    other.send("SET a 10");
    await other.texts(1);
    send("MULTI", "INCR a", "EXEC");
    expect(await texts(3)).toEqual(["OK", "QUEUED", "11"]);
  });

  it("puts its own answers amid a transaction into their places", async () => {
    const { connection, answer, send, texts } = connect(createSoloReplica());
    send("MULTI");
    connection.local(() => ({ kind: "simple", text: "first" }), answer);
    send("SET a 1");
    connection.local(() => ({ kind: "simple", text: "second" }), answer);
    send("GET a", "EXEC");
    expect(await texts(6)).toEqual(["OK", "QUEUED", "QUEUED", "QUEUED", "QUEUED", "first OK second 1"]);
  });

  it("discards a transaction of which a command was refused", async () => {
    const access: Access = { ...OPEN, refusal: (_, { name }) => (name === "DEL" ? "NOPERM no" : undefined) };
    const replica = createSoloReplica();
    const { connection, answer, send, texts } = connect(replica, { access });
    const aborted = "EXECABORT Transaction discarded because of previous errors.";
    send("MULTI", "SET a 1", "DEL a", "EXEC", "EXISTS a");
    expect(await texts(5)).toEqual(["OK", "QUEUED", "NOPERM no", aborted, "0"]);
    send("MULTI", "NONSENSE", "EXEC");
    expect((await texts(3))[2]).toBe(aborted);
    send("MULTI");
    connection.local(() => ({ kind: "simple", text: "x" }), answer, { amidTransaction: "refuse" });
    send("EXEC", "MULTI", "SET a 1", "EXEC");
    expect(await texts(6)).toEqual([
      "OK",
      "ERR Command not allowed inside a transaction",
      aborted,
      "OK",
      "QUEUED",
      "OK",
    ]);
  });

  it("asks again at EXEC whether the user may", async () => {
    let isDenied = false;
    const refusal: Access["refusal"] = (_, { name }) =>
      isDenied && name === "TXN.EXEC" ? "NOPERM no more" : undefined;
    const { send, texts } = connect(createSoloReplica(), { access: { ...OPEN, refusal } });
    send("MULTI", "SET a 1");
    await texts(2);
    isDenied = true;
    send("EXEC");
    expect(await texts(1)).toEqual(["EXECABORT Transaction discarded because of: NOPERM no more"]);
    isDenied = false;
    send("EXISTS a");
    expect(await texts(1)).toEqual(["0"]);
  });

  it("seals what has secrets before it leaves, and keeps what is behind waiting meanwhile", async () => {
    const seal: Access["seal"] = (sent) =>
      Buffer.from(sent[0]!).toString() === "SET" ? Promise.resolve([...sent.slice(0, 2), bytesOf("sealed")]) : sent;
    const { send, texts } = connect(createSoloReplica(), { access: { ...OPEN, seal } });
    send("SET a secret", "GET a");
    expect(await texts(2)).toEqual(["OK", "sealed"]);
    const refusing = connect(createSoloReplica(), {
      access: { ...OPEN, seal: () => Promise.reject(new CommandError("ERR not a fit secret")) },
    });
    refusing.send("SET a secret");
    expect(await refusing.texts(1)).toEqual(["ERR not a fit secret"]);
  });

  it("serves nobody before they signed in where that is asked", async () => {
    const access: Access = {
      ...OPEN,
      open: false,
      signIn: async (_, secret) => (secret === "right" ? "ann" : undefined),
    };
    const replica = createSoloReplica();
    const { connection, send, texts } = connect(replica, { access });
    send("GET a", "NONSENSE");
    expect(await texts(2)).toEqual(["NOAUTH Authentication required.", "NOAUTH Authentication required."]);
    expect(await connection.signIn(undefined, "wrong")).toBe(false);
    expect(await connection.signIn(undefined, "right")).toBe(true);
    send("SET a 1");
    expect(await texts(1)).toEqual(["OK"]);
    expect(replica.submissions.at(-1)!.user).toBe("ann");
    connection.reset();
    send("GET a");
    expect(await texts(1)).toEqual(["NOAUTH Authentication required."]);
  });

  it("tells a certain refusal and goes on", async () => {
    const replica = createSoloReplica();
    const { send, texts, broken } = connect(replica);
    replica.refuse("no-quorum");
    send("SET a 1", "SET a 2", "GET a");
    for (const text of await texts(3)) expect(text).toMatch(/^NOQUORUM .*not applied/);
    replica.refuse(undefined);
    send("GET a");
    expect(await texts(1)).toEqual(["nil"]);
    expect(broken).toEqual([]);
  });

  it("ends when a command was turned away on its way and later ones went through", async () => {
    const puppet = new Puppet(createSoloReplica());
    const { send, answers, broken } = connect(puppet.replica);
    send("SET a 1", "SET b 2", "SET c 3");
    puppet.settle(puppet.open[0]!, { kind: "refused", reason: "no-quorum" });
    puppet.settle(puppet.open[0]!, replied("OK"));
    await until(() => broken.length > 0);
    expect(answers.map(({ text }) => text.split(" ")[0])).toEqual(["NOQUORUM", "(closed)", "OK", "INDETERMINATE"]);
  });

  it("ends when nobody can tell of a command that later ones followed, and goes on when none did", async () => {
    const replica = createSoloReplica();
    const { send, texts, broken } = connect(replica);
    replica.blur("its block was lost from sight");
    send("SET a 1");
    const [text] = await texts(1);
    expect(text).toMatch(/^INDETERMINATE its block was lost from sight; .*may have been applied/);
    expect(broken).toEqual([]);
    send("SET a 1", "SET b 2");
    expect((await texts(3)).map((one) => one.split(" ")[0])).toEqual(["INDETERMINATE", "(closed)", "INDETERMINATE"]);
    send("GET a");
    expect(await texts(1)).toEqual(["NOQUORUM the connection has ended; the command was not applied"]);
  });

  it("answers in time: a write is indeterminate then, a read failed, what was never sent is not applied", async () => {
    const replica = createSoloReplica();
    replica.hold();
    const slow = connect(replica, { deadlineMs: 30 });
    slow.send("SET a 1");
    expect((await slow.texts(1))[0]).toMatch(/^INDETERMINATE no answer within 30 ms/);
    // At the same moment: a write that comes a little later would be sent when the read is given up, and not yet be late.
    const clock = vi.spyOn(performance, "now").mockReturnValue(performance.now());
    slow.send("GET a", "SET b 1");
    clock.mockRestore();
    const [read, write] = await slow.texts(2);
    expect(read).toMatch(/^NOQUORUM no answer within 30 ms; nothing was changed/);
    expect(write).toMatch(/^NOQUORUM no answer within 30 ms; the command was not applied/);
    expect(slow.broken).toEqual([]);
    replica.release();
    slow.send("EXISTS a b");
    expect(await slow.texts(1)).toEqual(["1"]);
  });

  it("takes no second answer for what it answered in time, and keeps its order afterwards", async () => {
    const puppet = new Puppet(createSoloReplica({ members: 3 }));
    const { connection, send, texts, answers } = connect(puppet.replica, { deadlineMs: 30 });
    send("SET a 1");
    expect((await texts(1))[0]).toMatch(/^INDETERMINATE/);
    expect(await connection.wait(1, 1)).toBe(0);
    puppet.settle(puppet.open[0]!, replied("OK"));
    expect(answers).toEqual([]);
    send("SET b 1", "GET b");
    expect(puppet.open.map(({ way, name }) => `${way} ${name}`)).toEqual(["log SET b 1", "log GET b"]);
  });

  it("lets no command be applied long after its client gave up", async () => {
    const replica = createSoloReplica();
    const { send, texts } = connect(replica, { deadlineMs: 1000 });
    replica.hold();
    send("SET a 1");
    await until(() => replica.submissions.length === 1);
    expect(replica.submissions[0]!.notAfter - replica.now()).toBeLessThanOrEqual(6000);
    replica.advance(6001);
    replica.release();
    expect(await texts(1)).toEqual(["REJECTED the command came too late and was not applied"]);
  });

  it("refuses what adds while space is short, and takes what removes", async () => {
    const replica = createSoloReplica();
    const { send, texts } = connect(replica);
    send("SET a 1", "RPUSH l x");
    await texts(2);
    replica.press("soft");
    send("SET b 1", "DEL a", "LPOP l", "GET a", "MULTI", "SET c 1", "EXEC", "MULTI", "DEL c", "EXEC");
    const told = await texts(10);
    expect(told[0]).toMatch(/^OOM /);
    expect(told.slice(1, 5)).toEqual(["1", "x", "nil", "OK"]);
    expect(told[5]).toMatch(/^OOM /);
    expect(told[6]).toMatch(/^EXECABORT /);
    expect(told.slice(7)).toEqual(["OK", "QUEUED", "0"]);
    replica.press("none");
    send("SET b 1");
    expect(await texts(1)).toEqual(["OK"]);
  });

  it("answers stale reads at once from here, but never ahead of its own writes", async () => {
    const replica = createSoloReplica();
    const { connection, send, texts, answers } = connect(replica);
    send("SET a 1");
    await texts(1);
    connection.stale = true;
    replica.refuse("no-quorum");
    send("GET a");
    expect(answers.splice(0)).toEqual([{ text: "1", ending: "done" }]);
    expect(connection.lastIndex).toBe(1);
    replica.refuse(undefined);
    send("SET a 2", "GET a");
    expect(await texts(2)).toEqual(["OK", "2"]);
  });

  it("numbers and signs what a client numbered and signed", async () => {
    const replica = createSoloReplica();
    const { connection, send, texts, answer } = connect(replica);
    send("SESSION.OPEN");
    const [id] = await texts(1);
    const session = { id: id!, sequence: 1, acknowledgedUpTo: 0 };
    connection.run(words("INCR a"), answer, { session, notAfter: replica.now() + 60_000 });
    connection.run(words("INCR a"), answer, { session, notAfter: replica.now() + 60_000 });
    expect(await texts(2)).toEqual(["1", "1"]);
    // Whoever has a session already is not told to use one.
    replica.blur("its block was lost from sight");
    connection.run(words("INCR a"), answer, { session: { ...session, sequence: 2 } });
    expect((await texts(1))[0]).toMatch(/; send it again under the same number of its session/);
    send("INCR a");
    expect((await texts(1))[0]).toMatch(/; read before you send it again, or use a session$/);
  });

  it("waits until so many members have its last write, or until the time is over", async () => {
    const replica = createSoloReplica({ members: 5 });
    const { connection, send, texts } = connect(replica);
    expect(await connection.wait(4, 1)).toBe(4);
    send("SET a 1");
    await texts(1);
    replica.spread(1);
    expect(await connection.wait(2, 5)).toBe(1);
    const waiting = connection.wait(3, 0);
    replica.spread(3);
    expect(await waiting).toBe(3);
    const forever = connection.wait(9, 0);
    connection.close();
    expect(await forever).toBe(3);
  });

  it("answers everything that is open when it is closed", async () => {
    const replica = createSoloReplica();
    replica.hold();
    const { connection, send, answers } = connect(replica);
    send("GET a", "SET a 1", "NONSENSE");
    connection.close();
    connection.close();
    expect(answers.map(({ text, ending }) => `${ending} ${text.split(" ")[0]}`)).toEqual([
      "refused NOQUORUM",
      "refused NOQUORUM",
      "refused NOQUORUM",
    ]);
    replica.release();
    await new Promise((resolve) => setImmediate(resolve));
    expect(answers.length).toBe(3);
  });

  it("says when it is full, and when it has room again", async () => {
    const replica = createSoloReplica();
    replica.hold();
    const { connection, send, texts } = connect(replica, { limits: { pendingMax: 4, pendingBytesMax: 100_000 } });
    send("SET a 1", "SET a 2", "SET a 3");
    expect(connection.isFull).toBe(false);
    send("SET a 4");
    expect(connection.isFull).toBe(true);
    replica.release();
    await texts(4);
    expect(connection.hasRoom).toBe(true);
    replica.hold();
    send(`SET a ${"x".repeat(100_000)}`);
    expect(connection.isFull).toBe(true);
    replica.release();
    await texts(1);
    expect(connection.pendingBytes).toBe(0);
  });
});
