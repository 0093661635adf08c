// Runs commands for a request: each request is a short connection of its own, so commands posted together are run in their
// order, and a transaction may be spelled out among them. What comes back is an `Answer`, with one of three outcomes.
import { SIGNATURE_BYTES } from "@quorate/core";
import type { Answer, CommandRequest, JsonWord } from "@quorate/core/api";
import { byteString, bytesOf, CommandError, type Reply, utf8 } from "@quorate/machine";
import type { Words } from "../../running-replica.ts";
import { Connection } from "../connection.ts";
import type { Ending, RunOptions } from "../connection-entry.ts";
import type { DoorContext } from "./door-context.ts";
import { ClientGone, type Exchange } from "./exchange.ts";
import { readable, replyBytes, toBytes, toJsonReply } from "./json-reply.ts";
import { badRequest, type HttpProblem, problem, problemOf, splitError } from "./problem.ts";

/** A command on its way in. */
export interface Asked {
  readonly words: Words;
  readonly options: RunOptions;
  readonly withinMs?: number | undefined;
}

/** A command on its way out. */
export interface Ended {
  readonly reply: Reply;
  readonly ending: Ending;
  readonly index: number;
  /** It was numbered in a session. */
  readonly numbered: boolean;
}

/** What a command's own time leaves for its refusal to come back. */
const REFUSAL_MS = 1000;

/** Runs them in their order; answers when the last one ended. */
export function ask(exchange: Exchange, asked: readonly Asked[]): Promise<readonly Ended[]> {
  const { user, response } = exchange;
  const { replica, access, limits } = exchange.door;
  const within = asked.length === 1 ? asked[0]!.withinMs : undefined;
  const deadlineMs = Math.min(limits.deadlineMs, within === undefined ? limits.deadlineMs : within + REFUSAL_MS);
  return new Promise((resolve, reject) => {
    const ended: Ended[] = [];
    let endedBytes = 0;
    const onBroken = (): void => connection.close();
    const connection = new Connection({ replica, access, deadlineMs, onBroken });
    connection.user = user;
    const leave = (): void => {
      connection.close();
      reject(new ClientGone("the client left before its answer"));
    };
    response.once("close", leave);
    for (const { words, options } of asked) {
      const numbered = options.session !== undefined;
      const answer = (reply: Reply, ending: Ending, index: number): void => {
        ended.push({ reply, ending, index, numbered });
        endedBytes += replyBytes(reply);
        exchange.holdAnswer(endedBytes);
        if (endedBytes > limits.responseBytesMax) reject(answersTooLarge(exchange, asked));
        else if (ended.length < asked.length) return;
        response.off("close", leave);
        resolve(ended);
        // Not before the connection is done with this answer.
        queueMicrotask(() => connection.close());
      };
      connection.run(words, answer, options);
    }
  });
}

/** The rest is not sent any more; what was sent may be done. */
function answersTooLarge({ door: { limits, replica } }: Exchange, asked: readonly Asked[]): HttpProblem {
  const onlyReads = asked.every(({ words }) =>
    replica.commands.get(byteString(words[0]!).toLowerCase())?.flags.includes("readonly"),
  );
  return problem(
    "TOOLARGE",
    `the answers to a request have at most ${limits.responseBytesMax} bytes together; ask for less at once`,
    { outcome: onlyReads ? "rejected" : "indeterminate" },
  );
}

/** Runs one; what is no reply is thrown as a problem. */
export async function askOne(exchange: Exchange, asked: Asked): Promise<Ended> {
  const [ended] = await ask(exchange, [asked]);
  const answer = toAnswer(ended!);
  if (answer.outcome !== "committed") throw problemOf(answer);
  return ended!;
}

/** Words of ours, with bytes among them. */
export function command(...words: readonly (string | number | Uint8Array)[]): Words {
  return words.map((word) => (word instanceof Uint8Array ? word : bytesOf(utf8(String(word)))));
}

/** A posted command, checked as far as its schema could not. */
export function askedBy(request: CommandRequest, now: number, place = ""): Asked {
  const { session, seq, ack = 0, withinMs, notAfter, stale, signature } = request;
  if ((session === undefined) !== (seq === undefined)) throw badRequest(`${place}session and seq go together`);
  if (withinMs !== undefined && notAfter !== undefined)
    throw badRequest(`${place}withinMs and notAfter say the same in two ways; send one of them`);
  const until = notAfter ?? (withinMs === undefined ? undefined : now + withinMs);
  const options: RunOptions = {
    ...(session === undefined ? {} : { session: { id: session, sequence: seq!, acknowledgedUpTo: ack } }),
    ...(until === undefined ? {} : { notAfter: until }),
    ...(stale === undefined ? {} : { stale }),
    ...(signature === undefined ? {} : { clientSignature: signatureBytes(signature, place) }),
  };
  return { words: wordsOf(request.words, `${place}words`), options, withinMs };
}

export function wordsOf(words: readonly JsonWord[], place: string): Words {
  return words.map((word, at) => wordBytes(word, `${place}.${at}`));
}

export function wordBytes(word: JsonWord, place: string): Uint8Array {
  const bytes = toBytes(word);
  if (typeof bytes === "string") throw badRequest(`${place}: ${bytes}`);
  return bytes;
}

function signatureBytes(signature: string, place: string): Uint8Array {
  const bytes = wordBytes({ base64: signature }, `${place}signature`);
  if (bytes.length !== SIGNATURE_BYTES) throw badRequest(`${place}signature has ${SIGNATURE_BYTES} bytes`);
  return bytes;
}

/**
 * What became of a command. Where a session does not know a number any more, the command was not applied now, but may
 * have been before: only the machine could tell, and it has forgotten.
 */
export function toAnswer({ reply, ending, index, numbered }: Ended): Answer {
  if (reply.kind !== "error") return { outcome: "committed", reply: toJsonReply(reply), index };
  const { code, message } = splitError(readable(reply.text));
  if (ending === "indeterminate") return { outcome: "indeterminate", code: "INDETERMINATE", message };
  if (numbered && (code === "NOSESSION" || code === "STALE"))
    return { outcome: "indeterminate", code: "INDETERMINATE", message: `${code} ${message}` };
  return { outcome: "rejected", code, message };
}

/** Who asks, by the Authorization header; throws if the secret is nobody's. */
export async function signIn({ door, request }: Exchange): Promise<string | undefined> {
  const header = request.headers.authorization;
  if (header === undefined) {
    if (door.access.open) return undefined;
    throw notSignedIn(door);
  }
  const [, scheme = "", credentials = ""] = /^(\S+) +(\S+) *$/.exec(header) ?? [];
  const [user, secret] = /^bearer$/i.test(scheme) ? [undefined, credentials] : basic(scheme, credentials);
  const name = await signedIn(door.access.signIn(user, secret));
  if (name === undefined) throw problem("WRONGPASS", "the token, or the name with the password, is nobody's here");
  return name;
}

/** A replica that has yet to learn its users says so: signing in would not help. */
function notSignedIn({ access, replica }: DoorContext): HttpProblem {
  const { code, message } = splitError(access.refusal("", replica.commands.get("get")!) ?? "NOAUTH");
  if (code !== "NOAUTH") return problem(code, message);
  return problem("NOAUTH", "sign in: send Authorization: Bearer TOKEN, or Basic with a user's name and password");
}

/** Whether a secret could be checked at all is a matter of its own. */
export async function signedIn(checking: Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await checking;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const { code, message } = splitError(error.reply);
    throw problem(code, message);
  }
}

function basic(scheme: string, credentials: string): readonly [string, string] {
  const text = Buffer.from(credentials, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (!/^basic$/i.test(scheme) || colon < 0)
    throw problem("NOAUTH", "Authorization is Bearer TOKEN, or Basic with a user's name and password");
  return [text.slice(0, colon), text.slice(colon + 1)];
}
