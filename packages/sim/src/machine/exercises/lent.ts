// Values that expire in log time: once gone they stay gone, whichever replica is asked and whatever its clock says, and
// nothing is gone before its time. What is left of their time is never told as nothing.
import type { Millis } from "@quorate/core";
import type { Reply } from "@quorate/machine";
import type { Value } from "../../history/event.ts";
import { pairOperations } from "../../history/operation.ts";
import { HistoryRecorder } from "../../history/recorder.ts";
import { checkExpiry } from "../../run/judge-expiry.ts";
import type { LoggedCommand } from "../command-log.ts";
import { checkDeadlines, type Deadline } from "../deadline-oracle.ts";
import type { Exercise, ExerciseEnd, Stage } from "../exercise.ts";
import type { MachineClient, Step } from "../machine-client.ts";
import { numberOf, queued, replyValue } from "../words.ts";

const LENT = "lent:";

export function lent(stage: Stage): Exercise {
  const ttls = new Map<Value, Millis>();
  /** Registers that forget would make the run's history wrong for every other checker. */
  const history = new HistoryRecorder();
  const counts = { "values lent": 0, "found gone": 0 };

  function* go(client: MachineClient): Step {
    const key = `${LENT}${client.rng.integer(stage.spec.keys)}`;
    switch (client.rng.pick(["write", "read", "read", "left"] as const)) {
      case "write": {
        const value = stage.unique();
        const ttlMs = 1 + client.rng.integer(stage.spec.ttlMs);
        ttls.set(value, ttlMs);
        counts["values lent"] += 1;
        const words = client.rng.chance(0.5)
          ? ["SET", key, value, "PX", ttlMs]
          : ["TXN", "THEN", ...queued("SET", key, value), ...queued("PEXPIRE", key, ttlMs)];
        const ask = client.command(words, { raw: client.feelsRaw() });
        yield* client.observe({ f: "write", key, value }, ask, () => ({ type: "ok" }), history);
        // Some stay to see it end.
        if (client.rng.chance(0.5)) return;
        yield* client.sleep(client.rng.next() * 2 * ttlMs);
        client.turn();
        yield* look(client, key);
        return;
      }
      case "read":
        yield* look(client, key);
        return;
      case "left": {
        const heard = yield* client.read(["PTTL", key]);
        const left = heard.kind === "reply" ? numberOf(heard.reply) : undefined;
        if (left !== undefined && left <= 0 && left !== -2) stage.complain(`${key} has ${left} ms left`);
      }
    }
  }

  function* look(client: MachineClient, key: string): Step {
    const found = (got: Reply): { type: "ok"; value: Value } => ({ type: "ok", value: replyValue(got) });
    const reply = yield* client.observe({ f: "read", key, value: null }, client.read(["GET", key]), found, history);
    if (reply?.kind === "null" && ttls.size > 0) counts["found gone"] += 1;
  }

  function judge({ changes, clocksRight, complain, expiryLateMs, log, take }: ExerciseEnd): void {
    const set = log.commands.flatMap((command) => lentBy(command));
    const deadlines = set.map(({ at, from, key }, place) => {
      const next = set.slice(place + 1).find((other) => other.key === key);
      return { key, at, from, until: next?.from };
    });
    const faults = checkDeadlines(deadlines, { events: ["expired"], prefix: LENT }, { changes, log });
    for (const fault of faults) complain(fault);
    const { events } = history;
    const operations = pairOperations(events);
    take("safety", "expiry", checkExpiry(operations, events, ttls, { clocksRight, expiryLateMs }));
  }

  return { go, judge, counts };
}

/** The deadline that a command of the log set for a key, in one of the two ways above. */
function lentBy({ index, start, words }: LoggedCommand): readonly Omit<Deadline, "until">[] {
  const [name, ...rest] = words;
  const key = name === "SET" ? rest[0] : rest[3];
  if (key?.startsWith(LENT) !== true) return [];
  return [{ key, at: start + Number(words.at(-1)), from: index }];
}
