// The block log, as the driver sees it. Append-only records with a sequence; durable after `sync`.
import type { LogRecord } from "../effect.ts";
import type { Round } from "../ids.ts";

export interface Storage {
  /** Appends in order; not durable until `sync` says so. */
  append(records: readonly LogRecord[]): void;
  /** Resolves with the highest sequence that is now durable. Callers in one turn share one sync. */
  sync(): Promise<number>;
  /** The record of that sequence, checked, or undefined if it was never written, was reclaimed, or is torn. */
  read(sequence: number): Promise<LogRecord | undefined>;
  /** All whole records in order of sequence, up to the first torn one. */
  range(): AsyncIterable<LogRecord>;
  /** Space of blocks at or below `round`, and of cursors older than `cursor`, may be reclaimed. */
  reclaim(until: { readonly round: Round; readonly cursor: number }): void;
  close(): Promise<void>;
}
