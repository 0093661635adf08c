// The first frame in each direction, inside TLS. TLS has proved by then which key the other side holds; the hello says
// what the key does not: which cluster and which formats, who is meant, and which connection of which attempt this is.
// It is bound to its connection by TLS, so that one that was recorded is worth nothing.
import { type AuthorIndex, type Channel, FORMAT_VERSION, Reader, Writer } from "@quorate/core";
import { REFUSALS, type Refusal } from "./reasons.ts";

/** Version of this handshake and of the framing. */
const VERSION = 1;
const MAGIC = Uint8Array.from("quorate peer", (letter) => letter.charCodeAt(0));
const CLUSTER_ID_BYTES = 16;
const HASH_BYTES = 32;

/** More than any hello of this version, and what may come before a peer is known. */
export const HELLO_BYTES_MAX = 512;

/** What every hello between two members of one cluster has in common. */
export interface Home {
  readonly clusterId: string;
  readonly genesisHash: Uint8Array;
}

export interface Hello {
  readonly from: AuthorIndex;
  readonly to: AuthorIndex;
  readonly channel: Channel;
  /** Which life of the dialler this is, and which of its attempts to reach this peer. Answers repeat both. */
  readonly boot: number;
  readonly attempt: number;
}

export type Answer = Hello | { readonly refused: Refusal };

export function encodeHello(hello: Hello, home: Home): Uint8Array {
  const writer = new Writer(128);
  writer.raw(MAGIC);
  writer.varint(VERSION);
  writer.byte(0);
  writer.varint(FORMAT_VERSION);
  writer.hex(home.clusterId);
  writer.raw(home.genesisHash);
  writer.varint(hello.from);
  writer.varint(hello.to);
  writer.flag(hello.channel === "catch-up");
  writer.varint(hello.boot);
  writer.varint(hello.attempt);
  return writer.finish();
}

/** Says why there will be no link. */
export function encodeRefusal(refusal: Refusal): Uint8Array {
  const writer = new Writer(32);
  writer.raw(MAGIC);
  writer.varint(VERSION);
  writer.byte(1 + REFUSALS.indexOf(refusal));
  return writer.finish();
}

/** Reads what a dialler or its peer said first: a hello of this cluster, the other side's refusal, or ours. */
export function decodeAnswer(bytes: Uint8Array, home: Home): Answer | Refusal {
  const reader = new Reader(bytes);
  const magic = reader.take(MAGIC.length);
  if (reader.failure !== undefined || magic.some((byte, index) => byte !== MAGIC[index])) return "malformed";
  const version = reader.varint();
  if (reader.failure === undefined && version !== VERSION) return "wrong-version";
  const refused = reader.byte();
  if (refused > 0) return { refused: REFUSALS[refused - 1] ?? "malformed" };
  const formatVersion = reader.varint();
  // What follows may be laid out differently in another version.
  if (reader.failure === undefined && formatVersion !== FORMAT_VERSION) return "wrong-version";
  const clusterId = reader.hex(CLUSTER_ID_BYTES);
  const genesisHash = reader.take(HASH_BYTES);
  const hello: Hello = {
    from: reader.varint(),
    to: reader.varint(),
    channel: reader.flag() ? "catch-up" : "blocks",
    boot: reader.varint(),
    attempt: reader.varint(),
  };
  reader.end();
  if (reader.failure !== undefined) return "malformed";
  if (clusterId !== home.clusterId) return "wrong-cluster";
  if (genesisHash.some((byte, index) => byte !== home.genesisHash[index])) return "wrong-genesis";
  return hello;
}
