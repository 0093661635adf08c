// Asking a replica in this process, as a test writes it: a line of words in, an outcome or a plain value out.
import { bytesOf, type Reply, utf8 } from "@quorate/machine";
import type { Outcome, RunningReplica, Submission } from "../../src/running-replica.ts";

const WITHIN_MS = 60_000;
const PATIENCE_MS = 20_000;

export const wordsOf = (line: string): Uint8Array[] => line.split(" ").map((word) => bytesOf(utf8(word)));

/** Submits a write; resolves with what became of it. */
export function write(replica: RunningReplica, line: string, session?: Submission["session"]): Promise<Outcome> {
  return answerTo((answer) => {
    const submission = { words: wordsOf(line), notAfter: replica.now() + WITHIN_MS, user: "" };
    replica.submit(session === undefined ? submission : { ...submission, session }, answer);
  });
}

/** A linearizable read. */
export function read(replica: RunningReplica, line: string): Promise<Outcome> {
  return answerTo((answer) => replica.read(wordsOf(line), answer));
}

/** Clients do not wait for ever. */
function answerTo(ask: (answer: (outcome: Outcome) => void) => void): Promise<Outcome> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ kind: "indeterminate", why: "no answer came" }), PATIENCE_MS);
    ask((outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    });
  });
}

/** What a reply says, as a plain value. */
export function plain(reply: Reply): unknown {
  switch (reply.kind) {
    case "null":
    case "null-array":
      return null;
    case "array":
      return reply.items.map(plain);
    case "simple":
    case "error":
      return reply.text;
    case "integer":
    case "bulk":
      return reply.value;
    default:
      return reply;
  }
}

/** The value of an outcome that is a reply; any other outcome as it is. */
export const told = (outcome: Outcome): unknown => (outcome.kind === "reply" ? plain(outcome.reply) : outcome);

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves when the condition holds, with whether it did within that time. */
export async function within(ms: number, condition: () => boolean): Promise<boolean> {
  const until = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > until) return false;
    await pause(2);
  }
  return true;
}
