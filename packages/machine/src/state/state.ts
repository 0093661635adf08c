// The state as one commit, or one query, sees it: a batch over the store and the parts that keep its records. Commands
// change state through the parts; marks and rollbacks go through here, so that a command is undone in all of them.
import type { CommitIndex, Millis } from "@quorate/core";
import { Batch } from "../store/batch.ts";
import type { StoreReader, Write } from "../store/store.ts";
import { ChangeLog } from "./change-log.ts";
import type { MachineConfig } from "./config.ts";
import type { NodeCache } from "./counted-index.ts";
import { Deadlines } from "./deadlines.ts";
import { Garbage } from "./garbage.ts";
import { Keyspace } from "./keyspace.ts";
import { META_KEY } from "./layout.ts";
import { type Meta, packMeta, unpackMeta } from "./meta.ts";
import { Sessions } from "./sessions.ts";

export class State {
  readonly batch: Batch;
  readonly meta: Meta;
  readonly log: ChangeLog;
  readonly deadlines: Deadlines;
  readonly garbage: Garbage;
  readonly keys: Keyspace;
  readonly sessions: Sessions;
  readonly config: MachineConfig;
  /** Shared by every state of one machine. */
  readonly cache: NodeCache;
  #marked: Meta;

  /** `wall` is the reader's clock when this state only answers a query. */
  constructor(reader: StoreReader, config: MachineConfig, cache: NodeCache, wall?: Millis) {
    this.cache = cache;
    this.config = config;
    this.batch = new Batch(reader);
    this.meta = unpackMeta(reader.get(META_KEY));
    this.#marked = { ...this.meta };
    this.log = new ChangeLog(this.batch, this.meta, config);
    this.deadlines = new Deadlines(this.batch);
    this.garbage = new Garbage(this.batch, this.meta, (key, record) => this.keys.releaseFlushed(key, record));
    this.keys = new Keyspace(this, wall);
    this.sessions = new Sessions(this);
  }

  /** Everything before this stays; `rollback` undoes what comes after. */
  mark(): void {
    this.batch.mark();
    this.log.mark();
    this.#marked = { ...this.meta };
  }

  /** Back to the last mark. */
  rollback(): void {
    this.batch.rollback();
    this.log.rollback();
    Object.assign(this.meta, this.#marked);
  }

  /** Ends the commit: packs what was gathered, and answers every write. */
  seal(index: CommitIndex): Write[] {
    this.log.seal(index, this.meta.time);
    this.batch.put(META_KEY, packMeta(this.meta));
    return this.batch.writes();
  }
}
