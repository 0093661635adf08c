// Snapshots on their way: the one kept for laggards, and the one that comes in from a peer. Both pass through a file, so
// that a state larger than memory can be handed over; most checkpoints are never asked for, and those cost nothing.
//
// The law it keeps: neither file takes room that the log and the state need. Whoever cannot be served for the lack of it
// asks another member, and whoever lacks it itself says so and asks again later.
import { appendFileSync, closeSync, ftruncateSync, mkdirSync, openSync, readSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { AuthorIndex, CommitIndex, MachineSnapshot } from "@quorate/core";
import { StorageError } from "../storage/storage-error.ts";
import type { Log } from "../telemetry/log.ts";

export interface SnapshotsOptions {
  /** A folder of its own; what an earlier life left in it is removed. */
  readonly directory: string;
  /** How many more bytes snapshots may take on the disk. */
  readonly room: () => number;
  readonly log: Log;
}

/** Below what a frame of the protocol may carry. */
const PIECE_BYTES = 512 * 1024;

export interface SnapshotPiece {
  readonly to: AuthorIndex;
  readonly index: CommitIndex;
  readonly offset: number;
  readonly total: number;
  readonly bytes: Uint8Array;
}

type Question = Pick<SnapshotPiece, "to" | "index" | "offset">;

/** The kept snapshot as a file, and who asked for what while it was written. */
interface Spool {
  readonly questions: Map<AuthorIndex, number>;
  file: FileHandle | undefined;
  total: number;
}

interface Kept {
  readonly snapshot: MachineSnapshot;
  spool: Spool | undefined;
  /** With less room than this it is not tried: it did not fit before. */
  roomBytesMin: number;
  open: boolean;
}

interface Incoming {
  readonly index: CommitIndex;
  readonly file: number;
  length: number;
}

export class Snapshots {
  readonly #options: SnapshotsOptions;
  #kept: Kept | undefined;
  #incoming: Incoming | undefined;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
    rmSync(options.directory, { recursive: true, force: true });
  }

  /** Keeps this one for laggards, and lets go of the one before. */
  keep(snapshot: MachineSnapshot): void {
    this.#drop();
    this.#kept = { snapshot, spool: undefined, roomBytesMin: Number.NEGATIVE_INFINITY, open: true };
  }

  /** Answers a piece as soon as there is one; says nothing if that snapshot is not kept, or there is no room for it. */
  read({ to, index, offset }: Question, answer: (piece: SnapshotPiece) => void): void {
    const kept = this.#kept;
    if (kept === undefined || kept.snapshot.index !== index) return;
    if (kept.spool === undefined) {
      if (this.#options.room() < kept.roomBytesMin) return;
      kept.spool = { questions: new Map(), file: undefined, total: 0 };
      this.#fill(kept, kept.spool, answer).catch((cause: unknown) => {
        this.#options.log.warn({ index, cause }, "a snapshot could not be written for a laggard");
        kept.spool = undefined;
      });
    }
    const { file, questions } = kept.spool;
    if (file === undefined) questions.set(to, offset);
    else void this.#piece(kept.spool, { to, index, offset }, answer);
  }

  /**
   * Takes in a piece of a peer's snapshot; after the last one answers all of it, in order. Throws where the piece cannot be
   * taken in: what was staged is of no use then, and is to be let go of by `unstage`.
   */
  stage({
    index,
    offset,
    total,
    bytes,
  }: {
    readonly index: CommitIndex;
    readonly offset: number;
    readonly total: number;
    readonly bytes: Uint8Array;
  }): Iterable<Uint8Array> | undefined {
    if (offset === 0) this.#begin(index);
    const incoming = this.#incoming;
    if (incoming === undefined || incoming.index !== index || incoming.length !== offset) {
      throw new Error(`the piece at byte ${offset} of the snapshot of commit ${index} does not follow what is here`);
    }
    // The total is its sender's word: what it promises has to fit as well as what it brings.
    const neededBytes = Math.max(bytes.length, total - offset);
    if (this.#options.room() < neededBytes) {
      throw new StorageError("disk-full", `no room for ${neededBytes} bytes of the snapshot of commit ${index}`);
    }
    // Unlike a single write, this goes on where the system took only a part.
    appendFileSync(incoming.file, bytes);
    incoming.length += bytes.length;
    return incoming.length < total ? undefined : this.#staged(incoming);
  }

  /** Lets go of the pieces that were staged so far. */
  unstage(index: CommitIndex): void {
    if (this.#incoming?.index === index) this.#endIncoming();
  }

  close(): void {
    this.#drop();
    this.#endIncoming();
    rmSync(this.#options.directory, { recursive: true, force: true });
  }

  #drop(): void {
    const kept = this.#kept;
    if (kept === undefined) return;
    this.#kept = undefined;
    kept.open = false;
    kept.snapshot.close();
    kept.spool?.file?.close().catch(() => undefined);
  }

  async #fill(kept: Kept, spool: Spool, answer: (piece: SnapshotPiece) => void): Promise<void> {
    const { directory, room } = this.#options;
    const { index, pieces } = kept.snapshot;
    mkdirSync(directory, { recursive: true });
    const path = join(directory, `kept-${index}`);
    const file = await open(path, "w+");
    let total = 0;
    try {
      // Its name is not needed again, and without one nothing is left behind whatever happens.
      rmSync(path, { force: true });
      for (const piece of pieces) {
        if (room() < piece.length) {
          kept.roomBytesMin = total + piece.length;
          throw new StorageError(
            "disk-full",
            `no room for more than ${total} bytes of the snapshot of commit ${index}`,
          );
        }
        // Between two pieces the event loop goes round, and a newer snapshot may take the place of this one.
        await file.appendFile(piece);
        if (!kept.open) break;
        total += piece.length;
      }
    } catch (error) {
      await file.close();
      throw error;
    }
    if (!kept.open) {
      await file.close();
      return;
    }
    spool.total = total;
    spool.file = file;
    for (const [to, offset] of spool.questions) void this.#piece(spool, { to, index, offset }, answer);
    spool.questions.clear();
  }

  async #piece(spool: Spool, question: Question, answer: (piece: SnapshotPiece) => void): Promise<void> {
    const { offset } = question;
    if (spool.file === undefined || offset > spool.total) return;
    const bytes = new Uint8Array(Math.min(PIECE_BYTES, spool.total - offset));
    try {
      const { bytesRead } = await spool.file.read(bytes, 0, bytes.length, offset);
      if (bytesRead < bytes.length) return;
    } catch {
      // Closed meanwhile: the asker learns of the newer one.
      return;
    }
    answer({ ...question, total: spool.total, bytes });
  }

  #begin(index: CommitIndex): void {
    this.#endIncoming();
    const { directory } = this.#options;
    mkdirSync(directory, { recursive: true });
    const path = join(directory, "incoming");
    this.#incoming = { index, file: openSync(path, "w+"), length: 0 };
    rmSync(path, { force: true });
  }

  #endIncoming(): void {
    if (this.#incoming !== undefined) closeSync(this.#incoming.file);
    this.#incoming = undefined;
  }

  *#staged({ file, length }: Incoming): Generator<Uint8Array> {
    try {
      for (let offset = 0; offset < length; offset += PIECE_BYTES) {
        const bytes = new Uint8Array(Math.min(PIECE_BYTES, length - offset));
        if (readSync(file, bytes, 0, bytes.length, offset) < bytes.length) {
          throw new StorageError("storage-failed", `what was staged of a snapshot ends before byte ${length}`);
        }
        yield bytes;
      }
    } finally {
      ftruncateSync(file);
      this.#endIncoming();
    }
  }
}
