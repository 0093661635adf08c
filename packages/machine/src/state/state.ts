// The state as one commit, or one query, sees it: a batch over the store and the parts that keep its records. Commands
// change state through the parts; marks and rollbacks go through here, so that a command is undone in all of them.
import type { CommitIndex, Millis } from "@quorate/core";
import { Batch } from "../store/batch.ts";
import type { StoreReader } from "../store/store.ts";
import { ChangeLog } from "./change-log.ts";
import type { MachineConfig } from "./config.ts";
import { Deadlines } from "./deadlines.ts";
import { Garbage } from "./garbage.ts";
import { Keyspace } from "./keyspace.ts";
import { META_KEY } from "./layout.ts";
import { type Meta, packMeta, unpackMeta } from "./meta.ts";
import { Sessions } from "./sessions.ts";
import { Users } from "./users.ts";

/** A state to go back to. */
export interface Savepoint {
  readonly batch: number;
  readonly log: number;
  readonly meta: Meta;
}

export class State {
  readonly batch: Batch;
  readonly meta: Meta;
  readonly log: ChangeLog;
  readonly deadlines: Deadlines;
  readonly garbage: Garbage;
  readonly keys: Keyspace;
  readonly sessions: Sessions;
  readonly users: Users;
  readonly config: MachineConfig;

  /** `wall` is the reader's clock when this state only answers a query. */
  constructor(reader: StoreReader, config: MachineConfig, wall?: Millis) {
    this.config = config;
    this.batch = new Batch(reader);
    this.meta = unpackMeta(reader.get(META_KEY));
    this.log = new ChangeLog(this.batch, this.meta, config);
    this.deadlines = new Deadlines(this.batch);
    this.garbage = new Garbage(this.batch, this.meta, (key, record) => this.keys.releaseFlushed(key, record));
    this.keys = new Keyspace(this, wall);
    this.sessions = new Sessions(this);
    this.users = new Users(this.batch);
  }

  /** Everything before this stays; the savepoint is the state as it is now. */
  mark(): Savepoint {
    this.batch.mark();
    return this.savepoint();
  }

  /** The state as it is now, until the next mark. */
  savepoint(): Savepoint {
    return { batch: this.batch.savepoint, log: this.log.savepoint, meta: { ...this.meta } };
  }

  /** Back to a savepoint, in all parts. */
  rollback({ batch, log, meta }: Savepoint): void {
    this.batch.rollback(batch);
    this.log.rollback(log);
    Object.assign(this.meta, meta);
  }

  /** Ends the commit: packs what was gathered, and answers everything that was written. */
  seal(index: CommitIndex): Batch {
    this.log.seal(index, this.meta.time);
    this.batch.put(META_KEY, packMeta(this.meta));
    return this.batch;
  }
}
