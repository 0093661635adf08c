// The whole state as bytes and back. A snapshot is every entry of the store, in order, in pieces of bounded size; its
// digest binds the content, so a receiver believes what it counted itself and nothing else. Restoring builds the new
// content aside: until all of it has verified, nothing has changed.
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
  return readLedger(snapshot.get(LEDGER_KEY), digester).content === content.value();
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
    for (const piece of from) {
      const entries = unpackPiece(piece);
      for (const [key, value] of entries) {
        // A sum comes round to nothing when the same entry is added often enough: each key may come once.
        if (key <= last) throw new SnapshotError("snapshot-malformed", "the keys of the snapshot are not in order");
        last = key;
        if (key === LEDGER_KEY) ledger = value;
        else content.add(key, value);
      }
      replacement.add(entries);
    }
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

function unpackPiece(piece: Uint8Array): Entry[] {
  return wholeOrThrow(() => {
    const entries: Entry[] = [];
    const unpacker = new Unpacker(byteString(piece));
    while (!unpacker.done) entries.push([unpacker.sized(), unpacker.sized()]);
    return entries;
  });
}

/** Records that are cut short break an invariant anywhere else; in a snapshot they are somebody's bad bytes. */
function wholeOrThrow<T>(unpack: () => T): T {
  try {
    return unpack();
  } catch (cause) {
    throw new SnapshotError("snapshot-malformed", `a piece of the snapshot is not whole: ${String(cause)}`);
  }
}
