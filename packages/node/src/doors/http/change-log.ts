// Pages of the change log as this replica has it, turned into JSON once for all watches.
//
// The law: a page is contiguous, or it is an end that says why there is none.
import type { Change, ChangeStreamEnd } from "@quorate/core/api";
import { type ByteString, bytesOf, type Reply } from "@quorate/machine";
import type { Outcome, RunningReplica, Words } from "../../running-replica.ts";
import { readable, toJsonBytes } from "./json-reply.ts";
import { splitError } from "./problem.ts";

/** A change and its key as bytes, for filters. */
export interface LoggedChange {
  readonly key: ByteString;
  readonly change: Change;
}

export interface ChangePage {
  readonly kind: "page";
  readonly changes: readonly LoggedChange[];
  readonly next: number;
}

/** Where the log begins and where its next change will stand. */
export interface ChangeRange {
  readonly kind: "range";
  readonly first: number;
  readonly next: number;
}

const wordsOf = (...words: readonly (string | number)[]): Words => words.map((word) => bytesOf(String(word)));

const RANGE = wordsOf("CHANGES.RANGE");

export function readChanges(replica: RunningReplica, from: number, count: number): ChangePage | ChangeStreamEnd {
  const reply = readHere(replica, wordsOf("CHANGES.READ", from, "COUNT", count));
  if (reply.kind === "end") return reply;
  const [next, changes] = reply.kind === "array" ? reply.items : [];
  if (next?.kind !== "integer" || changes?.kind !== "array") return unexpected;
  return { kind: "page", changes: changes.items.map(loggedChange), next: Number(next.value) };
}

export function changeRange(replica: RunningReplica): ChangeRange | ChangeStreamEnd {
  return rangeIn(readHere(replica, RANGE));
}

/** The range with everything in it that was acknowledged before this was asked. */
export function settledRange(replica: RunningReplica, deadlineMs: number): Promise<ChangeRange | ChangeStreamEnd> {
  return new Promise((resolve) => {
    const late = unavailable(`the end of the change log was not found within ${deadlineMs} ms; ask another replica`);
    const timer = setTimeout(() => resolve(late), deadlineMs).unref();
    replica.read(RANGE, (outcome) => {
      clearTimeout(timer);
      resolve(rangeIn(replyIn(outcome)));
    });
  });
}

type Told = Exclude<Reply, { kind: "error" }> | ChangeStreamEnd;

export function unavailable(message: string): ChangeStreamEnd {
  return { kind: "end", code: "unavailable", message };
}

const unexpected: ChangeStreamEnd = unavailable("the change log answered in a way that this door does not know");

/** A store that cannot be read is the replica's trouble; for a watch it is a reason to go elsewhere. */
function readHere(replica: RunningReplica, words: Words): Told {
  try {
    return replyIn(replica.readStale(words));
  } catch (error) {
    return unavailable(`the change log cannot be read (${String(error)}); ask another replica`);
  }
}

function rangeIn(reply: Told): ChangeRange | ChangeStreamEnd {
  if (reply.kind === "end") return reply;
  const [first, last] = reply.kind === "array" ? reply.items : [];
  if (first?.kind !== "integer" || last?.kind !== "integer") return unexpected;
  return { kind: "range", first: Number(first.value), next: Number(last.value) + 1 };
}

function replyIn(outcome: Outcome): Told {
  if (outcome.kind === "refused") return unavailable(`this replica cannot tell (${outcome.reason}); ask another one`);
  if (outcome.kind === "indeterminate") return unavailable(`${outcome.why}; ask again, or another replica`);
  if (outcome.reply.kind !== "error") return outcome.reply;
  const { code, message } = splitError(readable(outcome.reply.text));
  if (code === "COMPACTED")
    return { kind: "end", code: "compacted", message: `${message}; read the keys anew and watch from there` };
  if (code === "GAP")
    return {
      kind: "end",
      code: "gap",
      message: `${message}; the revision is from another history, or from the future`,
    };
  return unavailable(message);
}

function loggedChange(reply: Reply): LoggedChange {
  const [revision, event, key, index, time] = reply.kind === "array" ? reply.items : [];
  const bytes = textIn(key);
  return {
    key: bytes,
    change: {
      revision: numberIn(revision),
      event: textIn(event),
      key: toJsonBytes(bytes),
      index: numberIn(index),
      time: numberIn(time),
    },
  };
}

const textIn = (reply: Reply | undefined): ByteString => (reply?.kind === "bulk" ? reply.value : "");
const numberIn = (reply: Reply | undefined): number => (reply?.kind === "integer" ? Number(reply.value) : 0);
