// Where the machine's state lives: ordered byte keys and values. Synchronous, because LMDB is and because a command
// must not see the world move between two reads. Reads come back as arrays bounded by a limit, never as open
// iterators: nothing can be invalidated by a write, and no read transaction stays open.
//
// The laws, which `storeConformance` checks on every adapter: a commit is atomic and carries its commit index with it;
// a snapshot never changes and stops no writer; keys are ordered as unsigned bytes.
import type { CommitIndex } from "@quorate/core";
import type { ByteString } from "../bytes/byte-string.ts";

export type Entry = readonly [key: ByteString, value: ByteString];

/** From `from` (inclusive) to `to` (exclusive; absent: no end), lowest first, or highest first when `reverse`. */
export interface Range {
  readonly from: ByteString;
  readonly to?: ByteString | undefined;
  readonly reverse?: boolean;
  /** At most this many entries come back; 1 or more. */
  readonly limit: number;
}

/**
 * Thrown by a store that cannot answer, because what it holds is not what was written, say. No command is to blame and
 * other replicas can answer, so none is told that it failed: whoever drives the machine has to give up this store.
 */
export class StoreFailure extends Error {
  override readonly name: string = "StoreFailure";
}

/** What can be read: a store, a snapshot of one, or a batch over one. */
export interface StoreReader {
  get(key: ByteString): ByteString | undefined;
  range(range: Range): Entry[];
}

/** One change of a commit; undefined deletes. */
export type Write = readonly [key: ByteString, value: ByteString | undefined];

export interface Store extends StoreReader {
  /** The commit that the state reflects; 0 when new. */
  readonly index: CommitIndex;
  /** Applies every write, in no particular order and with keys all different, and the index: all or nothing. */
  commit(index: CommitIndex, writes: readonly Write[]): void;
  /** The state as it is now; later commits do not change it. Cheap to take. */
  snapshot(): StoreSnapshot;
  /** Begins to replace the whole content, as a restore does. */
  replace(): StoreReplacement;
}

/** A new content in the making. Until `finish`, the store reads as before; if it never comes, nothing has happened. */
export interface StoreReplacement {
  /** Adds entries, in any order and with keys all different. */
  add(entries: readonly Entry[]): void;
  /** Makes it the store's content, as of that commit: all or nothing. Snapshots taken before stay as they are. */
  finish(index: CommitIndex): void;
  abort(): void;
}

export interface StoreSnapshot extends StoreReader {
  readonly index: CommitIndex;
  /** Lets go of what the snapshot holds. May be called twice; reads after it are an error. */
  close(): void;
}

/**
 * Keys have from 1 to this many bytes, values any number: adapters must take them (LMDB's limit for keys at its default
 * page size is 1,978). The bounds of a range may be empty.
 */
export const STORE_KEY_BYTES_MAX: number = 1500;
