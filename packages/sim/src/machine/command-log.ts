// The log as the first replica to apply each commit saw it, command by command: the names under which judges know them, and
// what a client cannot see. It checks at once what must hold of every commit: a number of a session is applied once and
// answered the same for ever, and what comes after its time is not applied.
import {
  type Batch,
  type CommitIndex,
  decodeCommand,
  decodeUtf8,
  isRejection as isUndecodable,
  type Millis,
} from "@quorate/core";
import type { Reply } from "@quorate/machine";
import type { CommandName } from "../checkers/types.ts";
import { commandName } from "../workload/command-name.ts";
import type { CommandEffect } from "../workload/workload.ts";
import { errorCode, isRejection, replyText, replyValue } from "./words.ts";

/** A command that took effect. */
export interface LoggedCommand {
  readonly name: CommandName;
  readonly words: readonly string[];
  readonly index: CommitIndex;
  /** Where its deadlines start: the later of log time and the timestamp of its block. */
  readonly start: Millis;
  readonly reply: Reply;
}

export class CommandLog {
  readonly #complain: (text: string) => void;
  readonly #effects = new Map<CommitIndex, readonly CommandEffect[]>();
  /** By name, what the commands of sessions were answered when they took effect. */
  readonly #answers = new Map<CommandName, string>();
  /** Numbers of sessions that were settled as never to be applied. */
  readonly #settled = new Set<CommandName>();
  readonly #commands: LoggedCommand[] = [];
  /** Log time of each commit. */
  readonly times: Map<CommitIndex, Millis> = new Map();
  /** Numbers that came again and were recognised. */
  repetitions = 0;
  /** Commands that came too late. */
  late = 0;

  constructor(complain: (text: string) => void) {
    this.#complain = complain;
  }

  /** What took effect, in the order of the log. */
  get commands(): readonly LoggedCommand[] {
    return this.#commands;
  }

  /** The last commit. */
  last: CommitIndex = 0;

  /** The first commit after that one in which log time has reached a deadline; undefined if none has. */
  commitAt(deadline: Millis, after: CommitIndex): CommitIndex | undefined {
    let [from, to] = [after + 1, this.last + 1];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.times.get(middle) ?? 0) >= deadline) to = middle;
      else from = middle + 1;
    }
    return from > this.last ? undefined : from;
  }

  effects(batch: Batch, replies: readonly (readonly Reply[])[]): readonly CommandEffect[] {
    const known = this.#effects.get(batch.index);
    if (known !== undefined) return known;
    this.times.set(batch.index, batch.time);
    this.last = Math.max(this.last, batch.index);
    const effects = batch.blocks.flatMap(({ payload, timestamp }, place) =>
      payload.map((bytes, position) => this.#take(bytes, batch, timestamp, replies[place]?.[position])),
    );
    this.#effects.set(batch.index, effects);
    return effects;
  }

  #take(bytes: Uint8Array, { index, time }: Batch, timestamp: Millis, reply: Reply | undefined): CommandEffect {
    const command = decodeCommand(bytes);
    if (isUndecodable(command) || reply === undefined)
      return { command: `undecodable in commit ${index}`, fresh: false };
    const name = commandName(command);
    const isLate = command.notAfter < time;
    const answer = replyText(reply);
    const before = this.#answers.get(name);
    const isRefused = isRejection(reply, command.session !== undefined);
    if (before !== undefined) {
      if (isRefused) return { command: name, fresh: false };
      this.repetitions += 1;
      if (answer !== before)
        this.#complain(
          `${name} was answered ${replyValue(reply)} in commit ${index}, and differently when it took effect before`,
        );
      return { command: name, fresh: false };
    }
    if (isRefused) {
      this.late += isLate ? 1 : 0;
      if (errorCode(reply) === "REJECTED") this.#settled.add(name);
      return { command: name, fresh: false };
    }
    if (this.#settled.has(name)) this.#complain(`${name} was applied in commit ${index} after it had been rejected`);
    if (isLate) this.#complain(`${name} was applied in commit ${index}, ${time - command.notAfter} ms after its time`);
    if (command.session !== undefined) this.#answers.set(name, answer);
    const words = command.words.map((word) => decodeUtf8(word) ?? "");
    this.#commands.push({ name, words, index, start: Math.max(time, timestamp), reply });
    return { command: name, fresh: true };
  }
}
