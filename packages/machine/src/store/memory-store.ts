// The store in memory: for the simulator, the browser and tests. A snapshot is a clone of the tree, which shares every
// node until one side writes to it, so taking one costs nothing and stops nobody.
import { type CommitIndex, invariant } from "@quorate/core";
import type { ByteString } from "../bytes/byte-string.ts";
import { type ByteTree, byteTree, treeRange } from "./byte-tree.ts";
import type { Entry, Range, Store, StoreReader, StoreReplacement, StoreSnapshot, Write } from "./store.ts";

class TreeReader implements StoreReader {
  protected tree: ByteTree<ByteString> = byteTree();

  get(key: ByteString): ByteString | undefined {
    return this.tree.get(key);
  }

  range(range: Range): Entry[] {
    return treeRange(this.tree, range);
  }
}

class MemorySnapshot extends TreeReader implements StoreSnapshot {
  readonly index: CommitIndex;
  #open = true;

  constructor(index: CommitIndex, tree: ByteTree<ByteString>) {
    super();
    this.index = index;
    this.tree = tree;
  }

  override get(key: ByteString): ByteString | undefined {
    invariant(this.#open, "a closed snapshot was read");
    return super.get(key);
  }

  override range(range: Range): Entry[] {
    invariant(this.#open, "a closed snapshot was read");
    return super.range(range);
  }

  close(): void {
    this.#open = false;
    this.tree = byteTree();
  }
}

/** A `Store` that lives and dies with the process. */
export class MemoryStore extends TreeReader implements Store {
  #index: CommitIndex = 0;

  get index(): CommitIndex {
    return this.#index;
  }

  commit(index: CommitIndex, writes: readonly Write[]): void {
    for (const [key, value] of writes) {
      if (value === undefined) this.tree.delete(key);
      else this.tree.set(key, value);
    }
    this.#index = index;
  }

  snapshot(): StoreSnapshot {
    return new MemorySnapshot(this.#index, this.tree.clone());
  }

  replace(): StoreReplacement {
    const tree: ByteTree<ByteString> = byteTree();
    return {
      add: (entries) => {
        for (const [key, value] of entries) tree.set(key, value);
      },
      finish: (index) => {
        this.tree = tree;
        this.#index = index;
      },
      abort: () => tree.clear(),
    };
  }
}
