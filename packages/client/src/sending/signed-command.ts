// Commands signed by the client, for clusters whose replicas may lie: whoever carries a command can then neither alter it
// nor put another one under its number. The bytes that are signed are the log's own encoding of a command, version 1, as
// the core's codec writes it; a test holds the two together.
import type { CommandRequest } from "@quorate/core/api";
import { type Command, toBase64, toJsonWord, type Word } from "../command.ts";
import { QuorateError } from "../errors.ts";
import type { Numbered } from "./session.ts";

/** A key of one session. */
export interface Signer {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

type Key = Parameters<typeof globalThis.crypto.subtle.sign>[1];

interface KeyPair {
  readonly publicKey: Key;
  readonly privateKey: Key;
}

const VERSION = 0x10;
const HAS_SESSION = 1;
const HAS_USER = 2;

export async function createSigner(): Promise<Signer> {
  const { subtle } = globalThis.crypto;
  try {
    const keys = (await subtle.generateKey("Ed25519", false, ["sign", "verify"])) as KeyPair;
    const publicKey = new Uint8Array(await subtle.exportKey("raw", keys.publicKey));
    return {
      publicKey,
      sign: async (message) =>
        new Uint8Array(await subtle.sign("Ed25519", keys.privateKey, message as Uint8Array<ArrayBuffer>)),
    };
  } catch (error) {
    throw new QuorateError(
      "NOTSUPPORTED",
      "writes to a cluster whose replicas may lie are signed with Ed25519, which this platform's Web Crypto does not " +
        "offer; use a newer browser (in a secure context), or Node 20.19 or later",
      { cause: error },
    );
  }
}

export interface Unsigned {
  readonly words: readonly Word[];
  readonly notAfter: number;
  readonly session: string;
  readonly seq: number;
  readonly ack: number;
  readonly user: string;
}

/** The command as it is posted, with the signature of its session's key. */
export async function signedRequest(
  { words }: Command,
  { session, seq }: Numbered,
  { notAfter, user }: Pick<Unsigned, "notAfter" | "user">,
): Promise<CommandRequest> {
  const ack = Math.min(session.acknowledged, seq - 1);
  const signature = await session.signer!.sign(toSign({ words, notAfter, session: session.id, seq, ack, user }));
  return { words: words.map(toJsonWord), session: session.id, seq, ack, notAfter, signature: toBase64(signature) };
}

/** The bytes that a signature covers. */
export function toSign({ words, notAfter, session, seq, ack, user }: Unsigned): Uint8Array {
  const bytes: number[] = [VERSION | HAS_SESSION | (user === "" ? 0 : HAS_USER)];
  const varint = (value: number): void => {
    for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
    bytes.push(value);
  };
  const sized = (word: Uint8Array): void => {
    varint(word.length);
    for (const byte of word) bytes.push(byte);
  };
  varint(notAfter);
  sized(utf8(session));
  varint(seq);
  varint(ack);
  if (user !== "") sized(utf8(user));
  varint(words.length);
  for (const word of words) sized(word instanceof Uint8Array ? word : utf8(String(word)));
  return Uint8Array.from(bytes);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
