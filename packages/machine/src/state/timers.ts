// Durable timers: a command that runs at a log time, once, whatever happened to whoever set it.
import type { Millis } from "@quorate/core";
import { type ByteString, textOf, utf8 } from "../bytes/byte-string.ts";
import { sized, Unpacker, varint } from "../bytes/packing.ts";
import type { Reply } from "../reply/reply.ts";
import type { State } from "./state.ts";

export interface Timer {
  readonly at: Millis;
  /** On whose behalf it runs: the user who set it. */
  readonly user: string;
  readonly words: readonly ByteString[];
}

/** Runs a timer's command on behalf of a user. */
export type RunTimer = (words: readonly ByteString[], user: string) => Reply;

export function readTimer(state: State, name: ByteString): Timer | undefined {
  const record = state.batch.get(`i${name}`);
  if (record === undefined) return undefined;
  const from = new Unpacker(record);
  const [at, user] = [from.varint(), textOf(from.sized()) ?? ""];
  const words: ByteString[] = [];
  while (!from.done) words.push(from.sized());
  return { at, user, words };
}

/** Sets a timer; one of that name is replaced. */
export function setTimer(state: State, name: ByteString, { at, user, words }: Timer): void {
  cancelTimer(state, name);
  state.batch.put(`i${name}`, varint(at) + sized(utf8(user)) + words.map(sized).join(""));
  state.deadlines.add({ at, kind: "t", ident: name });
}

/** Takes a timer away; false if there is none. */
export function cancelTimer(state: State, name: ByteString): boolean {
  const timer = readTimer(state, name);
  if (timer === undefined) return false;
  state.batch.delete(`i${name}`);
  state.deadlines.remove({ at: timer.at, kind: "t", ident: name });
  return true;
}

/** Runs what a due timer says. It is gone before it runs, so that its command may set it again. */
export function timerDue(state: State, run: RunTimer, name: ByteString, at: Millis): void {
  const timer = readTimer(state, name);
  state.deadlines.remove({ at, kind: "t", ident: name });
  if (timer === undefined || timer.at !== at) return;
  state.batch.delete(`i${name}`);
  const reply = run(timer.words, timer.user);
  state.log.record(reply.kind === "error" ? "timer_failed" : "timer", name, false);
}
