// The cursor of a commit as bytes. All of it but the state's digest is hashed into the chain of commits, so the refs that
// cover what is output stand in one order: the same commit gives the same bytes everywhere.
import { compareRefs, type Digest } from "../ids.ts";
import { invariant } from "../invariant.ts";
import type { CommitPoint, Cursor } from "../message.ts";
import { type Rejection, reject } from "../rejection.ts";
import type { BlockContext } from "./block-context.ts";
import { digestText } from "./digest-text.ts";
import { domainTag, hashInDomain } from "./hashing.ts";
import { Reader } from "./reader.ts";
import { DIGEST_BYTES_MAX, REF_BYTES_MIN, readDigest, readRef, writeRef } from "./refs.ts";
import { Writer } from "./writer.ts";

const VERSION = 2;

const COMMIT_DOMAIN = domainTag("quorate commit 1");

/** Anchors that cover the output of one cursor: none is in another's history, so they lie within a few rounds. */
export const COVERING_MAX = 4096;

/** No cursor is larger. */
export const CURSOR_BYTES_MAX: number = 256 + 2 * DIGEST_BYTES_MAX + COVERING_MAX * 48;

/** Writes a cursor; the order in which its covering refs are given does not matter. */
export function encodeCursor(cursor: Cursor, context: Pick<BlockContext, "committee">): Uint8Array {
  const writer = new Writer(128 + 48 * cursor.covering.length);
  writePoint(writer, cursor, context);
  writer.sizedHex(cursor.stateDigest);
  return writer.finish();
}

/** The digest of the chain of commits up to a point. */
export function chainDigestOf(point: CommitPoint, context: BlockContext): Digest {
  scratch.clear();
  writePoint(scratch, point, context);
  return digestText(hashInDomain(COMMIT_DOMAIN, scratch.written(), context));
}

/** The point after every commit is hashed: nothing is allocated for it. */
const scratch = new Writer(1024);

function writePoint(writer: Writer, point: CommitPoint, context: Pick<BlockContext, "committee">): void {
  const { anchor, covering, epoch, horizon, index, ordered, time } = point;
  invariant(covering.length <= COVERING_MAX, "too many anchors cover a cursor");
  writer.byte(VERSION);
  writer.varint(epoch);
  writer.varint(index);
  writeRef(writer, anchor, context);
  writer.varint(horizon);
  writer.varint(time);
  writer.sizedHex(ordered);
  writer.varint(covering.length);
  for (const ref of covering.toSorted(compareRefs)) writeRef(writer, ref, context);
}

/** Reads a cursor. Never throws. */
export function decodeCursor(bytes: Uint8Array, context: Pick<BlockContext, "committee">): Cursor | Rejection {
  return decodeCursorFrom(new Reader(bytes), context);
}

/** The same from a reader at its start, for whoever wants to see what was granted. */
export function decodeCursorFrom(reader: Reader, context: Pick<BlockContext, "committee">): Cursor | Rejection {
  const size = reader.bytes.length;
  if (size > CURSOR_BYTES_MAX) return reject("too-large", { size, max: CURSOR_BYTES_MAX });
  const version = reader.byte();
  if (reader.failure === undefined && version !== VERSION) reader.fail("bad-version", { version, expected: VERSION });
  const epoch = reader.varint();
  if (reader.failure === undefined && epoch !== context.committee.epoch) {
    reader.fail("wrong-epoch", { expected: context.committee.epoch, actual: epoch });
  }
  const index = reader.varint();
  const anchor = readRef(reader, context);
  const horizon = reader.round();
  const time = reader.varint();
  const ordered = readDigest(reader);
  const count = reader.count(COVERING_MAX, REF_BYTES_MIN);
  const covering: Cursor["covering"][number][] = [];
  for (let entry = 0; entry < count && reader.failure === undefined; entry++) {
    const ref = readRef(reader, context);
    const previous = covering.at(-1);
    if (previous !== undefined && reader.failure === undefined && compareRefs(previous, ref) >= 0) {
      reader.fail("non-canonical", { covering: entry });
    }
    covering.push(ref);
  }
  const stateDigest = readDigest(reader);
  reader.end();
  return reader.failure ?? { epoch, index, anchor, horizon, time, ordered, covering, stateDigest };
}
