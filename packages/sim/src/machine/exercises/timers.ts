// Durable timers: what they say is done once, not before its time, and in the very commit in which log time gets there;
// what was cancelled is never done. A list that only timers append to shows it to every reader.
import type { Millis } from "@quorate/core";
import type { Value } from "../../history/event.ts";
import { checkDeadlines, type Deadline } from "../deadline-oracle.ts";
import type { Exercise, ExerciseEnd, Stage } from "../exercise.ts";
import type { MachineClient, Step } from "../machine-client.ts";
import { listOf, replyValue } from "../words.ts";

const FIRED = "fired";
const DELAYS_MS: readonly Millis[] = [1, 50, 400, 1_500];

interface Timer {
  readonly value: number;
  /** By the setter's clock it is not due before. */
  readonly notBefore: Millis;
  state: "unknown" | "set" | "failed" | "cancelled";
}

export function timers(stage: Stage): Exercise {
  const all = new Map<number, Timer>();
  const reads: { readonly at: Millis; readonly values: readonly Value[] }[] = [];

  function* go(client: MachineClient): Step {
    if (client.rng.chance(0.3)) {
      yield* look(client);
      return;
    }
    const value = stage.unique();
    const delay = client.rng.pick(DELAYS_MS) + client.rng.integer(200);
    const timer: Timer = { value, notBefore: client.now + delay, state: "unknown" };
    all.set(value, timer);
    const words = ["TIMER.SET", nameOf(value), delay, "RPUSH", FIRED, value];
    const heard = yield* client.command(words, { raw: client.feelsRaw() });
    if (heard.kind === "reply") timer.state = "set";
    if (heard.kind === "failed") timer.state = "failed";
    if (heard.kind !== "reply" || client.rng.chance(0.5)) return;
    yield* client.sleep(client.rng.next() * 1.5 * delay);
    client.turn();
    if (client.rng.chance(0.5)) {
      yield* look(client);
      return;
    }
    const cancelled = yield* client.command(["TIMER.CANCEL", nameOf(value)]);
    if (cancelled.kind === "reply" && replyValue(cancelled.reply) === 1) timer.state = "cancelled";
    else if (cancelled.kind === "unknown") timer.state = "unknown";
  }

  function* look(client: MachineClient): Step {
    const words = ["LRANGE", FIRED, 0, -1];
    const heard = yield* client.read(words);
    if (heard.kind === "reply") reads.push({ at: client.now, values: listOf(heard.reply) });
  }

  function judge({ ask, changes, clocksRight, complain, log }: ExerciseEnd): void {
    const last = listOf(ask("LRANGE", FIRED, 0, -1));
    for (const { at, values } of [...reads, { at: Number.POSITIVE_INFINITY, values: last }]) {
      const seen = new Set<Value>();
      for (const value of values) {
        const timer = all.get(Number(value));
        if (seen.has(value)) complain(`timer ${value} ran twice`);
        seen.add(value);
        if (timer === undefined || timer.state === "failed") complain(`timer ${value} ran, and was never set`);
        else if (clocksRight && at < timer.notBefore)
          complain(`timer ${value} had run by ${at} ms, and was not due before ${timer.notBefore} ms`);
        if (timer?.state === "cancelled") complain(`timer ${value} ran after it was cancelled`);
      }
    }
    const ran = new Set(last);
    const deadlines = log.commands.flatMap(({ index, start, words }): readonly Deadline[] => {
      if (words[0] !== "TIMER.SET") return [];
      const key = words[1] ?? "";
      const cancelled = log.commands.find((other) => other.words[0] === "TIMER.CANCEL" && other.words[1] === key);
      return [{ key, at: start + Number(words[2]), from: index, until: cancelled?.index }];
    });
    for (const { at, from, key, until } of deadlines) {
      const value = Number(key.slice(NAMES.length));
      if (until === undefined && log.commitAt(at, from) !== undefined && !ran.has(value))
        complain(`timer ${value} was due and has not run`);
    }
    const events = ["timer", "timer_failed"];
    for (const fault of checkDeadlines(deadlines, { events, prefix: NAMES }, { changes, log })) complain(fault);
  }

  return {
    go,
    judge,
    get counts() {
      return { "timers set": all.size };
    },
  };
}

const NAMES = "timer:";
const nameOf = (value: number): string => `${NAMES}${value}`;
