// What was dropped in one step and whose records still have to go. Dropping writes one note; each commit then removes
// records up to a budget that depends on nothing but the log, so that every replica removes the same at the same place.
import { invariant } from "@quorate/core";
import type { ByteString } from "../bytes/byte-string.ts";
import { sized, Unpacker, varint } from "../bytes/packing.ts";
import type { Batch } from "../store/batch.ts";
import { childNodes, nodeKey } from "./counted-index.ts";
import { endOf, garbageKey } from "./layout.ts";
import type { Meta } from "./meta.ts";

type Note =
  /** Every record whose key starts so. */
  | { readonly kind: "prefix"; readonly prefix: ByteString }
  /** As `prefix`, but each record is a header whose own belongings go first. */
  | { readonly kind: "keyspace"; readonly prefix: ByteString }
  /** A subtree of a counted index. */
  | { readonly kind: "subtree"; readonly prefix: ByteString; readonly node: number; readonly height: number };

const PAGE = 256;

export class Garbage {
  readonly #batch: Batch;
  readonly #meta: Meta;
  readonly #dropHeader: (storeKey: ByteString, record: ByteString) => void;

  /** `dropHeader` lets go of what the header of a flushed key owns: its deadline, its collection. */
  constructor(batch: Batch, meta: Meta, dropHeader: (storeKey: ByteString, record: ByteString) => void) {
    this.#batch = batch;
    this.#meta = meta;
    this.#dropHeader = dropHeader;
  }

  add(note: Note): void {
    this.#batch.put(garbageKey(this.#meta.garbageNext++), packNote(note));
  }

  get empty(): boolean {
    return this.#meta.garbageFirst === this.#meta.garbageNext;
  }

  /** Removes up to `budget` records. */
  reclaim(budget: number): void {
    while (budget > 0 && !this.empty) {
      const key = garbageKey(this.#meta.garbageFirst);
      const record = this.#batch.get(key);
      invariant(record !== undefined, "the garbage list has a hole");
      const left = this.#work(unpackNote(record), budget);
      if (left < 0) return;
      this.#batch.delete(key);
      this.#meta.garbageFirst++;
      budget = left - 1;
    }
  }

  /** Works on one note; answers the budget left when it is done, or -1 when there is more to do. */
  #work(note: Note, budget: number): number {
    if (note.kind === "subtree") return this.#unfold(note, budget);
    const to = endOf(note.prefix);
    while (budget > 0) {
      const limit = Math.min(PAGE, budget);
      const page = this.#batch.range({ from: note.prefix, to, limit });
      for (const [key, record] of page) {
        if (note.kind === "keyspace") this.#dropHeader(key, record);
        this.#batch.delete(key);
      }
      budget -= page.length;
      if (page.length < limit) return Math.max(budget, 0);
    }
    return -1;
  }

  /** Removes one node and notes its children: a node's record may be gone already, with its whole generation. */
  #unfold({ prefix, node, height }: Note & { kind: "subtree" }, budget: number): number {
    const key = nodeKey(prefix, node);
    const record = this.#batch.get(key);
    if (record === undefined) return budget;
    this.#batch.delete(key);
    for (const child of height > 0 ? childNodes(record) : []) {
      if (height === 1) {
        this.#batch.delete(nodeKey(prefix, child));
        budget--;
      } else this.add({ kind: "subtree", prefix, node: child, height: height - 1 });
    }
    return Math.max(budget - 1, 0);
  }
}

function packNote(note: Note): ByteString {
  if (note.kind === "prefix") return `p${sized(note.prefix)}`;
  if (note.kind === "keyspace") return `k${sized(note.prefix)}`;
  return `s${sized(note.prefix)}${varint(note.node)}${varint(note.height)}`;
}

function unpackNote(record: ByteString): Note {
  const unpacker = new Unpacker(record, 1);
  const prefix = unpacker.sized();
  const tag = record[0];
  if (tag === "p") return { kind: "prefix", prefix };
  if (tag === "k") return { kind: "keyspace", prefix };
  return { kind: "subtree", prefix, node: unpacker.varint(), height: unpacker.varint() };
}
