// Commands from the code that holds a replica: words in, a plain value out, or a typed error. They take the way of every
// client's commands (a connection each), so they are ordered, timed out and refused by the same rules.
//
// What is different: nobody signs in. Whoever holds a replica holds its key and its disk; permissions would be a pretence.
import type { Access } from "../access/access.ts";
import { createAccess } from "../access/replicated-access.ts";
import { Connection } from "../doors/connection.ts";
import type { RunOptions } from "../doors/connection-entry.ts";
import { toAnswer } from "../doors/http/ask.ts";
import type { RunningReplica, Submission } from "../running-replica.ts";
import { CallError } from "./call-error.ts";
import { bytesOfWord, toValue, type Value, type Word } from "./value.ts";

export interface TryCallOptions {
  /** Longest wait for an outcome; 10 s unless given. */
  readonly timeoutMs?: number;
  /** Reads: answer from this replica's own state as it is, at once. It may lag. */
  readonly stale?: boolean;
  /** What was stored comes as bytes, also where it is text. */
  readonly bytes?: boolean;
  /** In whose name the command stands in the log, and modules see it; nobody's unless given. Permissions are not asked. */
  readonly user?: string;
  /** Numbered in a session (`SESSION.OPEN` makes one), and so applied once, however often and through whomever it is sent. */
  readonly session?: NonNullable<Submission["session"]>;
}

export type CallOutcome<T extends Value = Value> =
  /** Done. `index` is the commit whose state the value reflects. */
  | { readonly kind: "committed"; readonly value: T; readonly index: number }
  /** Certainly not applied. */
  | { readonly kind: "rejected"; readonly error: CallError }
  /** Nobody here can tell. With a session it is safe to send again. */
  | { readonly kind: "indeterminate"; readonly error: CallError };

/**
 * Runs a command and answers its reply; throws a `CallError` for what was refused or is in doubt. `T` is what the caller
 * knows of the reply, and is not checked.
 *
 * @example
 * await call(replica, "SET", "greeting", "hello");
 * const visits = await call<number>(replica, "INCR", "visits");
 */
export async function call<T extends Value = Value>(
  replica: RunningReplica,
  ...words: readonly [name: string, ...Word[]]
): Promise<T> {
  const outcome = await tryCall<T>(replica, words);
  if (outcome.kind === "committed") return outcome.value;
  throw outcome.error;
}

/** The same with options, answering what became of the command as a value. */
export function tryCall<T extends Value = Value>(
  replica: RunningReplica,
  words: readonly [name: string, ...Word[]],
  { timeoutMs, stale, bytes = false, user, session }: TryCallOptions = {},
): Promise<CallOutcome<T>> {
  const name = words[0].toUpperCase();
  if (replica.commands.get(words[0].toLowerCase())?.flags.includes("connection") === true) {
    const message = `${name} was refused: it needs a connection, and each call has its own; use TXN`;
    return Promise.resolve({ kind: "rejected", error: new CallError("rejected", "ERR", message) });
  }
  const options: RunOptions = {
    ...(stale === undefined ? {} : { stale }),
    ...(session === undefined ? {} : { session }),
  };
  return new Promise((resolve) => {
    const onBroken = (): void => connection.close();
    const connection = new Connection({ replica, access: trustedAccess(replica), deadlineMs: timeoutMs, onBroken });
    connection.user = user;
    connection.run(
      words.map(bytesOfWord),
      (reply, ending, index) => {
        // Not before the connection is done with this answer.
        queueMicrotask(() => connection.close());
        if (reply.kind !== "error") {
          resolve({ kind: "committed", value: toValue(reply, bytes) as T, index });
          return;
        }
        const answer = toAnswer({ reply, ending, index, numbered: session !== undefined });
        if (answer.outcome === "committed") throw new Error("unreachable: an error is not a reply");
        const { code, message, outcome } = answer;
        const text =
          outcome === "rejected" ? `${name} was refused: ${code} ${message}` : `${name} is in doubt: ${message}`;
        resolve({ kind: outcome, error: new CallError(outcome, code, text) });
      },
      options,
    );
  });
}

const TRUSTED = new WeakMap<RunningReplica, Access>();

/** Everything is allowed; what must not stand in the log as it is (a password) still does not. */
function trustedAccess(replica: RunningReplica): Access {
  let access = TRUSTED.get(replica);
  if (access === undefined) {
    const users = createAccess(replica);
    access = {
      open: true,
      signIn: (user, secret) => users.signIn(user, secret),
      refusal: () => undefined,
      seal: (words) => users.seal(words),
    };
    TRUSTED.set(replica, access);
  }
  return access;
}
