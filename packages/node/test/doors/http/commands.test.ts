// `/v1/commands`: any command as JSON, over real sockets and the real machine; and what its three outcomes look like.
import { describe, expect, it } from "vitest";
import { type OpenDoor, openDoor, until } from "./open-door.ts";

const post = ({ fetch }: OpenDoor, json: unknown) => fetch("/v1/commands", { method: "POST", json });

describe("/v1/commands", () => {
  it("runs a command and answers with its reply and its commit", async () => {
    const { command } = await openDoor();
    const set = await command("SET", "a", 1);
    expect(set.status).toBe(200);
    expect(set.json).toEqual({ outcome: "committed", reply: "OK", index: 1 });
    expect(set.headers["quorate-index"]).toBe("1");
    expect((await command("INCR", "a")).json).toMatchObject({ reply: 2 });
    expect((await command("GET", "a")).json).toEqual({ outcome: "committed", reply: "2", index: 2 });
    expect((await command("GET", "none")).json).toMatchObject({ reply: null });
  });

  it("answers several in their order, each with its own outcome", async () => {
    const open = await openDoor();
    const commands = [["SET", "a", "1"], ["LPUSH", "a", "x"], ["INCR", "a"], ["GET", "a"], ["NOSUCH"], ["GET"]];
    const told = await post(open, { commands: commands.map((words) => ({ words })) });
    expect(told.status).toBe(200);
    expect(told.json.answers).toMatchObject([
      { outcome: "committed", reply: "OK" },
      { outcome: "rejected", code: "WRONGTYPE" },
      { outcome: "committed", reply: 2 },
      { outcome: "committed", reply: "2" },
      { outcome: "rejected", code: "ERR", message: expect.stringContaining("unknown command 'NOSUCH'") },
      { outcome: "rejected", code: "ERR", message: expect.stringContaining("wrong number of arguments") },
    ]);
  });

  it("runs a transaction that is spelled out among several", async () => {
    const open = await openDoor();
    const commands = [["MULTI"], ["INCR", "a"], ["LPUSH", "a", "x"], ["EXEC"]].map((words) => ({ words }));
    const { json } = await post(open, { commands });
    expect(json.answers.at(-1)).toMatchObject({
      outcome: "committed",
      reply: [1, { error: expect.stringMatching(/^WRONGTYPE /) }],
    });
  });

  it("spells out in a reply what JSON does not hold", async () => {
    const { command, fetch } = await openDoor();
    const bytes = Buffer.from([0, 0xff, 0x80]).toString("base64");
    const words = ["SET", "blob", { base64: bytes }];
    expect((await fetch("/v1/commands", { method: "POST", json: { words } })).status).toBe(200);
    expect((await command("GET", "blob")).json.reply).toEqual({ base64: bytes });
    await command("SET", "text", "grüße 🌍");
    expect((await command("GET", "text")).json.reply).toBe("grüße 🌍");
    await command("SET", "n", "9223372036854775806");
    expect((await command("INCR", "n")).json.reply).toEqual({ integer: "9223372036854775807" });
    await command("ZADD", "z", "inf", "a", "1.5", "b");
    expect((await command("ZRANGE", "z", 0, -1, "WITHSCORES")).json.reply).toEqual([
      ["b", 1.5],
      ["a", { double: "inf" }],
    ]);
    await command("HSET", "h", "f", "v");
    expect((await command("HGETALL", "h")).json.reply).toEqual({ map: [["f", "v"]] });
  });

  it("takes no word that JSON may have bent", async () => {
    const open = await openDoor();
    const refused = async (word: unknown): Promise<string> => {
      const { status, json } = await post(open, { words: ["SET", "a", word] });
      expect(status).toBe(400);
      expect(json).toMatchObject({ outcome: "rejected", code: "BADREQUEST" });
      return json.detail;
    };
    expect(await refused(2 ** 53)).toContain("send it as text");
    expect(await refused("\ud800")).toContain("base64");
    expect(await refused({ base64: "a" })).toContain("standard alphabet");
    expect(await refused({ base64: "YQ" })).toContain("padded");
    expect(await refused(true)).toContain("words.2");
    expect((await post(open, { words: [] })).status).toBe(400);
    expect((await post(open, { words: ["GET", "a"], sesion: "1.1" })).json.detail).toContain("sesion");
    expect(open.replica.submissions).toEqual([]);
  });

  it("applies a number of a session once, however often and from wherever it is sent", async () => {
    const open = await openDoor();
    const session = (await open.command("SESSION.OPEN")).json.reply;
    const numbered = { words: ["INCR", "a"], session, seq: 1 };
    expect((await post(open, numbered)).json).toMatchObject({ reply: 1 });
    expect((await post(open, numbered)).json).toMatchObject({ reply: 1 });
    expect((await post(open, { ...numbered, seq: 2, ack: 1 })).json).toMatchObject({ reply: 2 });
    // What was acknowledged, or belongs to no session, is refused, and nobody can tell any more what became of it.
    const stale = await post(open, numbered);
    expect([stale.status, stale.json.outcome, stale.json.code]).toEqual([504, "indeterminate", "INDETERMINATE"]);
    expect(stale.json.detail).toMatch(/^STALE /);
    const lost = await post(open, { ...numbered, session: "9.9" });
    expect([lost.status, lost.json.outcome]).toEqual([504, "indeterminate"]);
    expect(lost.json.detail).toMatch(/^NOSESSION /);
    expect((await open.command("GET", "a")).json.reply).toBe("2");
    expect((await post(open, { words: ["INCR", "a"], session })).status).toBe(400);
    // Outside of a session it is certain: this very command did nothing.
    expect((await open.command("SESSION.KEEP", "9.9")).json).toMatchObject({ outcome: "rejected", code: "NOSESSION" });
  });

  it("says which command must not be applied any more, and is told so", async () => {
    const { replica, ...open } = await openDoor();
    replica.hold();
    const late = post({ replica, ...open }, { words: ["SET", "a", "1"], withinMs: 900 });
    await until(() => replica.submissions.length === 1);
    expect(replica.submissions[0]!.notAfter).toBeLessThanOrEqual(replica.now() + 900);
    replica.advance(5000);
    replica.release();
    expect((await late).json).toMatchObject({ outcome: "rejected", code: "REJECTED" });
    expect((await late).status).toBe(409);
    expect((await open.command("EXISTS", "a")).json.reply).toBe(0);
  });

  it("gives every command its own end, by default well after the client gave up", async () => {
    const { replica, command } = await openDoor({ limits: { deadlineMs: 2000 } });
    await command("SET", "a", "1");
    const { notAfter } = replica.submissions[0]!;
    expect(notAfter).toBeGreaterThan(replica.now() + 5000);
    expect(notAfter).toBeLessThanOrEqual(replica.now() + 7000);
  });

  it.each([
    ["no-quorum", 503, "rejected", "NOQUORUM"],
    ["recovering", 503, "rejected", "NOQUORUM"],
    ["stopping", 503, "rejected", "NOQUORUM"],
    ["overloaded", 503, "rejected", "OVERLOADED"],
    ["too-large", 413, "rejected", "ERR"],
  ] as const)("tells that nothing was applied when it was refused: %s", async (reason, status, outcome, code) => {
    const { replica, command, fetch } = await openDoor();
    replica.refuse(reason);
    const told = await command("SET", "a", "1");
    expect([told.status, told.json.outcome, told.json.code]).toEqual([status, outcome, code]);
    expect(told.json.status).toBe(status);
    expect(told.headers["content-type"]).toBe("application/problem+json");
    expect(told.headers["retry-after"]).toBe(status === 503 ? "1" : undefined);
    if (reason !== "too-large") {
      expect((await command("GET", "a")).json).toMatchObject({ outcome: "rejected", code });
      const several = await fetch("/v1/commands", { method: "POST", json: { commands: [{ words: ["INCR", "a"] }] } });
      expect(several.json).toMatchObject({ answers: [{ outcome, code }] });
    }
    expect(replica.machine.index).toBe(0);
  });

  it("tells that nobody can tell", async () => {
    const { replica, command } = await openDoor();
    replica.blur("its block was lost");
    const told = await command("SET", "a", "1");
    expect([told.status, told.json.outcome, told.json.code]).toEqual([504, "indeterminate", "INDETERMINATE"]);
    replica.blur(undefined);
    // As it happens it was applied.
    expect((await command("GET", "a")).json.reply).toBe("1");
  });

  it("gives up waiting, for a write without knowing and for a read with certainty", async () => {
    const { replica, command } = await openDoor({ limits: { deadlineMs: 100 } });
    replica.hold();
    expect((await command("SET", "a", "1")).json).toMatchObject({ outcome: "indeterminate", status: 504 });
    expect((await command("GET", "a")).json).toMatchObject({ outcome: "rejected", code: "NOQUORUM" });
    replica.release();
  });

  it("answers a stale read from here, without asking anybody", async () => {
    const open = await openDoor();
    await open.command("SET", "a", "1");
    open.replica.refuse("no-quorum");
    const before = open.replica.reads.length;
    const told = await post(open, { words: ["GET", "a"], stale: true });
    expect(told.json).toEqual({ outcome: "committed", reply: "1", index: 1 });
    expect(open.replica.reads.length).toBe(before);
    expect((await post(open, { words: ["SET", "a", "2"], stale: true })).status).toBe(503);
  });

  it("refuses more commands at once than it said", async () => {
    const open = await openDoor({ limits: { commandsMax: 3 } });
    const commands = Array.from({ length: 4 }, () => ({ words: ["INCR", "a"] }));
    expect((await post(open, { commands })).status).toBe(413);
    expect((await post(open, { commands: commands.slice(1) })).status).toBe(200);
  });

  it("maps what the machine refuses to a status that fits", async () => {
    const { command } = await openDoor();
    await command("SET", "a", "1");
    await command("LOCK.TRY", "door", "me", 1000);
    const statusOf = async (...words: (string | number)[]): Promise<unknown> => {
      const { status, json } = await command(...words);
      return [status, json.code, json.type];
    };
    expect(await statusOf("LPUSH", "a", "x")).toEqual([409, "WRONGTYPE", "urn:quorate:problem:wrongtype"]);
    expect(await statusOf("FENCE", "door", 7, "SET", "a", 2)).toEqual([409, "FENCED", "urn:quorate:problem:fenced"]);
    expect(await statusOf("CHANGES.READ", 99)).toEqual([409, "GAP", "urn:quorate:problem:gap"]);
    expect(await statusOf("SET", "a")).toEqual([400, "ERR", "urn:quorate:problem:bad-command"]);
  });
});
