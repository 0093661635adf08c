// The whole state as bytes and back. A snapshot is every entry of the store, in order, in pieces of bounded size; its
// digest binds the content, so a receiver believes what it counted itself and nothing else. Restoring builds the new
// content aside: until all of it has verified, nothing has changed. On the way the bytes may be cut anew, anywhere.
import type { CommitIndex, Digest, MachineSnapshot } from "@quorate/core";
import { type ByteString, byteString, bytesOf } from "./bytes/byte-string.ts";
import { sized, Unpacker } from "./bytes/packing.ts";
import type { Digester } from "./digest/digester.ts";
import { LEDGER_KEY, readLedger, stateDigest } from "./digest/ledger.ts";
import type { Entry, Store, StoreSnapshot } from "./store/store.ts";

const PIECE_BYTES = 64 * 1024;
const PAGE = 256;

/** Thrown when the bytes of a snapshot are not the state that they were announced as. */
export class SnapshotError extends Error {
  override readonly name: string = "SnapshotError";
  readonly code: string;

  constructor(code: "snapshot-malformed" | "snapshot-mismatch", message: string) {
    super(message);
    this.code = code;
  }
}

export function snapshotOf(store: Store, digest: Digest): MachineSnapshot {
  const snapshot = store.snapshot();
  return {
    index: snapshot.index,
    digest,
    pieces: { [Symbol.iterator]: () => pieces(snapshot) },
    close: () => snapshot.close(),
  };
}

/** Whether a store still holds what its ledger counted: what a scrub asks, of a snapshot, so that it stops nobody. */
export function holdsWhatItCounted(snapshot: StoreSnapshot, digester: Digester): boolean {
  const content = digester.content();
  for (let from = ""; ; ) {
    const page = snapshot.range({ from, limit: PAGE });
    for (const [key, value] of page) if (key !== LEDGER_KEY) content.add(key, value);
    if (page.length < PAGE) break;
    from = `${page.at(-1)![0]}\0`;
  }
  const ledger = readLedger(snapshot.get(LEDGER_KEY), digester);
  // The index that the store tells is no record: rot in it would have commits applied twice, or not at all.
  return ledger.index === snapshot.index && ledger.content === content.value();
}

/** Entries joined until a piece is full. An entry never spans two pieces, so a large value makes a large piece. */
function* pieces(snapshot: StoreSnapshot): Generator<Uint8Array> {
  let from = "";
  let piece = "";
  for (;;) {
    const page = snapshot.range({ from, limit: PAGE });
    for (const [key, value] of page) {
      piece += sized(key) + sized(value);
      if (piece.length < PIECE_BYTES) continue;
      yield bytesOf(piece);
      piece = "";
    }
    if (page.length < PAGE) break;
    from = `${page.at(-1)![0]}\0`;
  }
  if (piece !== "") yield bytesOf(piece);
}

export function restoreStore(
  store: Store,
  digester: Digester,
  from: Iterable<Uint8Array>,
  expected: { readonly index: CommitIndex; readonly digest: Digest },
): void {
  const replacement = store.replace();
  try {
    const content = digester.content();
    let ledger: ByteString | undefined;
    let last = "";
    let rest = "";
    for (const piece of from) {
      const bytes = rest + byteString(piece);
      const { entries, end } = wholeEntries(bytes);
      rest = bytes.slice(end);
      for (const [key, value] of entries) {
        // A sum comes round to nothing when the same entry is added often enough: each key may come once.
        if (key <= last) throw new SnapshotError("snapshot-malformed", "the keys of the snapshot are not in order");
        last = key;
        if (key === LEDGER_KEY) ledger = value;
        else content.add(key, value);
      }
      replacement.add(entries);
    }
    if (rest !== "") throw new SnapshotError("snapshot-malformed", "the last entry of the snapshot is cut short");
    const counted = content.value();
    const held = wholeOrThrow(() => readLedger(ledger, digester));
    const isIt = held.content === counted && held.index === expected.index;
    if (!isIt || stateDigest(digester, held) !== expected.digest) {
      throw new SnapshotError(
        "snapshot-mismatch",
        `the snapshot of commit ${expected.index} does not hold the state of digest ${expected.digest}; fetch it from another replica`,
      );
    }
    replacement.finish(expected.index);
  } catch (error) {
    replacement.abort();
    throw error;
  }
}

/** The entries that are whole, and where the one begins that is not. */
function wholeEntries(bytes: ByteString): { readonly entries: Entry[]; readonly end: number } {
  const entries: Entry[] = [];
  let end = 0;
  for (;;) {
    const value = sizedEnd(bytes, sizedEnd(bytes, end));
    if (value === undefined) return { entries, end };
    const unpacker = new Unpacker(bytes, end);
    entries.push([unpacker.sized(), unpacker.sized()]);
    end = value;
  }
}

/** Where the sized string that begins there ends; undefined if it is not all there. */
function sizedEnd(bytes: ByteString, from: number | undefined): number | undefined {
  if (from === undefined) return undefined;
  let length = 0;
  for (let at = from, scale = 1; at < bytes.length; at++, scale *= 0x80) {
    const byte = bytes.charCodeAt(at);
    length += (byte & 0x7f) * scale;
    if (length > Number.MAX_SAFE_INTEGER)
      throw new SnapshotError("snapshot-malformed", "an entry of the snapshot is longer than anything can be");
    if (byte < 0x80) return at + 1 + length <= bytes.length ? at + 1 + length : undefined;
  }
  return undefined;
}

/** Records that are cut short break an invariant anywhere else; in a snapshot they are somebody's bad bytes. */
function wholeOrThrow<T>(unpack: () => T): T {
  try {
    return unpack();
  } catch (cause) {
    throw new SnapshotError("snapshot-malformed", `a piece of the snapshot is not whole: ${String(cause)}`);
  }
}
