// Snapshots on their way: the one kept for laggards, and the one that comes in from a peer. Both pass through a file, so
// that a state larger than memory can be handed over; most checkpoints are never asked for, and those cost nothing.
import { closeSync, ftruncateSync, mkdirSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { AuthorIndex, CommitIndex, MachineSnapshot } from "@quorate/core";
import type { Log } from "../telemetry/log.ts";

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
  open: boolean;
}

interface Incoming {
  readonly index: CommitIndex;
  readonly file: number;
  length: number;
}

export class Snapshots {
  readonly #directory: string;
  readonly #log: Log;
  #kept: Kept | undefined;
  #incoming: Incoming | undefined;

  /** `directory` is a folder of its own; what an earlier life left in it is removed. */
  constructor(directory: string, log: Log) {
    this.#directory = directory;
    this.#log = log;
    rmSync(directory, { recursive: true, force: true });
  }

  /** Keeps this one for laggards, and lets go of the one before. */
  keep(snapshot: MachineSnapshot): void {
    this.#drop();
    this.#kept = { snapshot, spool: undefined, open: true };
  }

  /** Answers a piece as soon as there is one; says nothing if that snapshot is not kept. */
  read({ to, index, offset }: Question, answer: (piece: SnapshotPiece) => void): void {
    const kept = this.#kept;
    if (kept === undefined || kept.snapshot.index !== index) return;
    if (kept.spool === undefined) {
      kept.spool = { questions: new Map(), file: undefined, total: 0 };
      this.#fill(kept, kept.spool, answer).catch((cause: unknown) => {
        this.#log.warn({ index, cause }, "a snapshot could not be written for a laggard");
        kept.spool = undefined;
      });
    }
    const { file, questions } = kept.spool;
    if (file === undefined) questions.set(to, offset);
    else void this.#piece(kept.spool, { to, index, offset }, answer);
  }

  /** Takes in a piece of a peer's snapshot; after the last one answers all of it, in order. */
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
    if (incoming === undefined || incoming.index !== index || incoming.length !== offset) return undefined;
    writeSync(incoming.file, bytes, 0, bytes.length, offset);
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
    rmSync(this.#directory, { recursive: true, force: true });
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
    mkdirSync(this.#directory, { recursive: true });
    const path = join(this.#directory, `kept-${kept.snapshot.index}`);
    const file = await open(path, "w+");
    // Its name is not needed again, and without one nothing is left behind whatever happens.
    rmSync(path, { force: true });
    let total = 0;
    try {
      for (const piece of kept.snapshot.pieces) {
        // Between two pieces the event loop goes round, and a newer snapshot may take the place of this one.
        await file.write(piece, 0, piece.length, total);
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
    for (const [to, offset] of spool.questions)
      void this.#piece(spool, { to, index: kept.snapshot.index, offset }, answer);
    spool.questions.clear();
  }

  async #piece(spool: Spool, question: Question, answer: (piece: SnapshotPiece) => void): Promise<void> {
    const { offset } = question;
    if (spool.file === undefined || offset > spool.total) return;
    const bytes = new Uint8Array(Math.min(PIECE_BYTES, spool.total - offset));
    try {
      await spool.file.read(bytes, 0, bytes.length, offset);
    } catch {
      // Closed meanwhile: the asker learns of the newer one.
      return;
    }
    answer({ ...question, total: spool.total, bytes });
  }

  #begin(index: CommitIndex): void {
    this.#endIncoming();
    mkdirSync(this.#directory, { recursive: true });
    const path = join(this.#directory, "incoming");
    const file = openSync(path, "w+");
    rmSync(path, { force: true });
    this.#incoming = { index, file, length: 0 };
  }

  #endIncoming(): void {
    if (this.#incoming !== undefined) closeSync(this.#incoming.file);
    this.#incoming = undefined;
  }

  *#staged({ file, length }: Incoming): Generator<Uint8Array> {
    try {
      for (let offset = 0; offset < length; offset += PIECE_BYTES) {
        const bytes = new Uint8Array(Math.min(PIECE_BYTES, length - offset));
        readSync(file, bytes, 0, bytes.length, offset);
        yield bytes;
      }
    } finally {
      ftruncateSync(file);
      this.#endIncoming();
    }
  }
}
