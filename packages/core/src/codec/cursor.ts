// The cursor of a commit as bytes. It is hashed, stored and compared between replicas, so the refs that cover what is
// output stand in one order: the same commit gives the same bytes everywhere.
import { compareRefs } from "../ids.ts";
import { invariant } from "../invariant.ts";
import type { Cursor } from "../message.ts";
import { type Rejection, reject } from "../rejection.ts";
import type { BlockContext } from "./block-context.ts";
import { Reader } from "./reader.ts";
import { DIGEST_BYTES_MAX, REF_BYTES_MIN, readDigest, readRef, writeRef } from "./refs.ts";
import { Writer } from "./writer.ts";

const VERSION = 1;

/** Anchors that cover the output of one cursor: none is in another's history, so they lie within a few rounds. */
export const COVERING_MAX = 4096;

/** No cursor is larger. */
export const CURSOR_BYTES_MAX: number = 256 + 2 * DIGEST_BYTES_MAX + COVERING_MAX * 48;

/** Writes a cursor; the order in which its covering refs are given does not matter. */
export function encodeCursor(cursor: Cursor, context: Pick<BlockContext, "committee">): Uint8Array {
  invariant(cursor.covering.length <= COVERING_MAX, "too many anchors cover a cursor");
  const writer = new Writer(128 + 48 * cursor.covering.length);
  writer.byte(VERSION);
  writer.varint(cursor.epoch);
  writer.varint(cursor.index);
  writeRef(writer, cursor.anchor, context);
  writer.varint(cursor.horizon);
  writer.varint(cursor.time);
  writer.sizedHex(cursor.chainDigest);
  writer.sizedHex(cursor.stateDigest);
  writer.varint(cursor.covering.length);
  for (const ref of cursor.covering.toSorted(compareRefs)) writeRef(writer, ref, context);
  return writer.finish();
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
  const chainDigest = readDigest(reader);
  const stateDigest = readDigest(reader);
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
  reader.end();
  return reader.failure ?? { epoch, index, anchor, horizon, time, chainDigest, stateDigest, covering };
}
