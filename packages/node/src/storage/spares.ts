// Segments made ahead of need: zeros are written and synced in the background, so that no write waits for them, and some
// are kept back so that votes and deletions go on while the disk is full.
//
// The law it keeps: a segment gets its name only after all of it is durable, and is used only after its name is.
import { join } from "node:path";
import type { Files } from "./files.ts";
import { encodeSegmentHeader, type LogIdentity, Segment, segmentName } from "./segment.ts";
import { deviceError, FULL_TODO, isDiskFull, StorageError } from "./storage-error.ts";

export interface SpareOptions {
  readonly files: Files;
  readonly directory: string;
  readonly identity: LogIdentity;
  readonly segmentBytes: number;
  /** Segments kept back for a full disk, beside the one that is used next. */
  readonly reservedSegments: number;
  /** No segment is made that would leave less than this: the state needs room as well. */
  readonly keepFreeBytes: number;
}

export const MAKING_NAME = "making.tmp";
const CHUNK = Buffer.alloc(256 * 1024);
/** Synced this often, so that a log write never queues behind a long train of zeros. */
const SYNC_EVERY_BYTES = 1024 * 1024;

export class Spares {
  readonly #options: SpareOptions;
  readonly #changed: () => void;
  readonly #ready: Segment[];
  #next: number;
  #making: Promise<void> | undefined;
  /** The last attempt to make one found no room. */
  #full: unknown;
  #failure: unknown;
  #closed = false;
  /** As of the last look. */
  freeBytes: number = Number.POSITIVE_INFINITY;

  /** `changed` is called whenever there may be more or fewer, or more or less room for them. */
  constructor(options: SpareOptions, ready: readonly Segment[], next: number, changed: () => void) {
    this.#options = options;
    this.#changed = changed;
    this.#ready = [...ready];
    this.#next = next;
  }

  get ready(): number {
    return this.#ready.length;
  }

  /** The reserve could not be made whole. */
  get full(): boolean {
    return this.#full !== undefined;
  }

  /** The next segment, at once if there is one. */
  async take(): Promise<Segment> {
    for (;;) {
      const segment = this.#ready.shift();
      this.refill();
      if (segment !== undefined) return segment;
      await this.#making;
      if (this.#ready.length > 0) continue;
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#full !== undefined) throw this.#full;
      if (this.#closed) throw new StorageError("storage-failed", "the block log is closed");
    }
  }

  /** Makes what is missing, in the background. */
  refill(): void {
    if (this.#making !== undefined || this.#closed || this.#failure !== undefined) return;
    if (this.#ready.length > this.#options.reservedSegments) return;
    this.#making = this.#make().finally(() => {
      this.#making = undefined;
      this.#changed();
    });
  }

  /** Looks at the disk again, and makes what there is room for. */
  async check(): Promise<void> {
    this.freeBytes = this.#options.files.freeBytes(this.#options.directory);
    this.refill();
    await this.#making;
    this.#changed();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#making;
    for (const segment of this.#ready) segment.file.close();
  }

  async #make(): Promise<void> {
    const { files, directory, segmentBytes, keepFreeBytes, reservedSegments } = this.#options;
    try {
      while (!this.#closed && this.#ready.length <= reservedSegments) {
        this.freeBytes = files.freeBytes(directory);
        if (this.freeBytes - segmentBytes < keepFreeBytes) {
          throw new StorageError("disk-full", `no room for another log segment in ${directory}; ${FULL_TODO}`);
        }
        this.#ready.push(await makeSegment(this.#options, this.#next));
        this.#next += 1;
        this.#full = undefined;
      }
    } catch (cause) {
      const error = deviceError(`make a log segment in ${directory}`, cause);
      if (isDiskFull(error)) this.#full = error;
      else this.#failure = error;
    }
  }
}

/** Writes a segment of zeros and makes it durable before it gets its name. */
async function makeSegment(
  { files, directory, identity, segmentBytes }: SpareOptions,
  number: number,
): Promise<Segment> {
  const making = join(directory, MAKING_NAME);
  const path = join(directory, segmentName(number));
  const header = encodeSegmentHeader(identity, number);
  const made = await files.create(making);
  try {
    made.write(header, 0);
    for (let at = header.length, unsynced = 0; at < segmentBytes; ) {
      const bytes = CHUNK.subarray(0, Math.min(CHUNK.length, segmentBytes - at));
      await made.writeLater(bytes, at);
      at += bytes.length;
      unsynced += bytes.length;
      if (unsynced < SYNC_EVERY_BYTES && at < segmentBytes) continue;
      await made.sync();
      unsynced = 0;
    }
  } catch (error) {
    made.close();
    await files.remove(making);
    throw error;
  }
  made.close();
  await files.rename(making, path);
  await files.syncDirectory(directory);
  return new Segment(number, path, await files.open(path), header);
}
