// `/v1/commands`, `/v1/kv`, `/v1/txn`, sessions and operations, over real sockets and the real machine.
import { describe, expect, it } from "vitest";
import { openDoor } from "./open-door.ts";

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
    const { fetch } = await openDoor();
    const commands = [["SET", "a", "1"], ["LPUSH", "a", "x"], ["INCR", "a"], ["GET", "a"], ["NOSUCH"], ["GET"]];
    const told = await fetch("/v1/commands", {
      method: "POST",
      json: { commands: commands.map((words) => ({ words })) },
    });
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
});
