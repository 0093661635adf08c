// Keeps the two hashes of the state and commits them with it. One record of the store, left out of the content hash
// that it holds: what the state is, as of the last commit.
import type { ApplyContext, CommitIndex, Digest } from "@quorate/core";
import type { ByteString } from "../bytes/byte-string.ts";
import { sized, Unpacker, varint } from "../bytes/packing.ts";
import { packReply } from "../reply/pack-reply.ts";
import type { Reply } from "../reply/reply.ts";
import type { Batch } from "../store/batch.ts";
import type { Store } from "../store/store.ts";
import type { ContentHash, Digester } from "./digester.ts";
import { hexDigest } from "./fast-digester.ts";

/** Where the ledger's record lives. */
export const LEDGER_KEY = "d";

export interface LedgerRecord {
  /** The commit that it was written with. */
  readonly index: CommitIndex;
  readonly running: ByteString;
  readonly content: ByteString;
}

export class Ledger {
  readonly #store: Store;
  readonly #digester: Digester;
  readonly #content: ContentHash;
  #running: ByteString;

  constructor(store: Store, digester: Digester) {
    this.#store = store;
    this.#digester = digester;
    const { running, content } = readLedger(store.get(LEDGER_KEY), digester);
    this.#running = running;
    this.#content = digester.content(content);
  }

  get digest(): Digest {
    const { index } = this.#store;
    return stateDigest(this.#digester, { index, running: this.#running, content: this.#content.value() });
  }

  /** Commits a batch over the store with what it does to the hashes; answers the digest after it. */
  commit(context: ApplyContext, replies: readonly (readonly Reply[])[], batch: Batch): Digest {
    const writes = batch.writes();
    for (const [key, value] of writes) {
      const before = batch.before(key);
      if (before === value) continue;
      if (before !== undefined) this.#content.remove(key, before);
      if (value !== undefined) this.#content.add(key, value);
    }
    const content = this.#content.value();
    const answered = replies.map((group) => group.map((reply) => sized(packReply(reply))).join("")).join("");
    this.#running = this.#digester.digest(
      this.#running + varint(context.index) + varint(context.time) + content + this.#digester.digest(answered),
    );
    writes.push([LEDGER_KEY, packLedger({ index: context.index, running: this.#running, content })]);
    this.#store.commit(context.index, writes);
    return this.digest;
  }
}

/** One digest for both hashes and the commit: the few bytes that replicas compare. */
export function stateDigest(digester: Digester, record: LedgerRecord): Digest {
  return hexDigest(digester.digest(packLedger(record)));
}

function packLedger({ index, running, content }: LedgerRecord): ByteString {
  return varint(index) + sized(running) + sized(content);
}

/** What a record says, or what the hashes are before the first commit. */
export function readLedger(record: ByteString | undefined, digester: Digester): LedgerRecord {
  if (record === undefined) return { index: 0, running: digester.digest(""), content: digester.content().value() };
  const unpacker = new Unpacker(record);
  return { index: unpacker.varint(), running: unpacker.sized(), content: unpacker.sized() };
}
