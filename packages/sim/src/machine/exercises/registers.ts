// Single values: read, write, compare and set, set if missing. Every written value is unlike any other, so that the search
// for a linearisation can tell which write a read saw. Some reads ride the log.
import type { Value } from "../../history/event.ts";
import type { Exercise, Stage } from "../exercise.ts";
import type { MachineClient, Step } from "../machine-client.ts";
import { queued, replyValue } from "../words.ts";

export function registers(stage: Stage): Exercise {
  /** What was last seen, so that comparisons have a chance to hold. */
  const seen = new Map<string, Value>();

  function* go(client: MachineClient): Step {
    const key = `r${client.rng.integer(stage.spec.keys)}`;
    switch (client.rng.pick(["read", "read", "read", "logged read", "write", "write", "cas", "cas", "once"] as const)) {
      case "read":
        yield* observeRead(client, key, false);
        return;
      case "logged read":
        yield* observeRead(client, key, true);
        return;
      case "write": {
        const value = stage.unique();
        const raw = client.feelsRaw();
        yield* client.observe({ f: "write", key, value }, client.command(["SET", key, value], { raw }), (reply) =>
          replyValue(reply) === "OK" ? { type: "ok" } : { type: "fail" },
        );
        seen.set(key, value);
        return;
      }
      case "once": {
        // Only where nothing is: on keys that are taken away again.
        const own = `n${key}`;
        const value = stage.unique();
        const held = seen.get(own) ?? null;
        if (held === null)
          yield* compareAndSet(client, own, null, value, ["SET", own, value, "NX"], (reply) => reply === "OK");
        else {
          const words = ["TXN", "IF", "VALUE", own, "=", String(held), "THEN", ...queued("DEL", own)];
          yield* compareAndSet(client, own, held, null, words, holds);
        }
        return;
      }
      case "cas": {
        const expected = seen.get(key) ?? null;
        const next = stage.unique();
        const condition = expected === null ? ["MISSING", key] : ["VALUE", key, "=", String(expected)];
        const words = ["TXN", "IF", ...condition, "THEN", ...queued("SET", key, next)];
        yield* compareAndSet(client, key, expected, next, words, holds);
      }
    }
  }

  function* observeRead(client: MachineClient, key: string, logged: boolean): Step {
    const ask = logged ? client.command(["GET", key]) : client.read(["GET", key]);
    const reply = yield* client.observe({ f: "read", key, value: null }, ask, (got) => ({
      type: "ok",
      value: replyValue(got),
    }));
    if (reply !== undefined) seen.set(key, replyValue(reply));
  }

  function* compareAndSet(
    client: MachineClient,
    key: string,
    expected: Value,
    next: Value,
    words: readonly (string | number)[],
    isDone: (reply: Value) => boolean,
  ): Step {
    const raw = next !== null && client.feelsRaw();
    const reply = yield* client.observe(
      { f: "cas", key, value: [expected, next] },
      client.command(words, { raw }),
      (got) => (isDone(replyValue(got)) ? { type: "ok" } : { type: "fail" }),
    );
    if (reply === undefined) seen.delete(key);
    else if (isDone(replyValue(reply))) seen.set(key, next);
    else yield* observeRead(client, key, false);
  }

  return { go };
}

function holds(reply: Value): boolean {
  return Array.isArray(reply) && reply[0] === 1;
}
