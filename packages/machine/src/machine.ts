// The state machine as the log drives it: `apply` a commit, `query` the state, hand out and take in snapshots. It is
// serial and deterministic: the same commits give the same replies, the same state and the same digests everywhere.
//
// A commit is one batch: deadlines that log time has reached come first, then the commands in their order, then a
// budget of clearing up. A command that refuses or fails is undone alone. The batch, the commit's index and its digest
// go into the store together, so a machine opened on that store stands exactly after that commit.
import {
  type AppliedCommit,
  type ApplyContext,
  type CommandGroup,
  type CommitIndex,
  type Digest,
  decodeCommand,
  invariant,
  isRejection,
  type Machine,
  type MachineSnapshot,
  type Millis,
  printRejection,
} from "@quorate/core";
import { byteString } from "./bytes/byte-string.ts";
import type { CommandFamily } from "./commands/command.ts";
import { Runner, type VerifyClient } from "./commands/runner.ts";
import { type CommandTable, commandTable, FAMILIES } from "./commands/table.ts";
import type { Digester } from "./digest/digester.ts";
import { fastDigester } from "./digest/fast-digester.ts";
import { Ledger } from "./digest/ledger.ts";
import { holdsWhatItCounted, restoreStore, snapshotOf } from "./machine-snapshot.ts";
import { errorReply, type Reply } from "./reply/reply.ts";
import { checkConfig, DEFAULT_CONFIG, type MachineConfig } from "./state/config.ts";
import { carryOutDeadlines, nextDeadline } from "./state/due.ts";
import { DeadlineMet } from "./state/keyspace.ts";
import { State } from "./state/state.ts";
import type { Store } from "./store/store.ts";

export interface MachineOptions {
  readonly store: Store;
  readonly config?: Partial<MachineConfig>;
  /** Fast (crash mode) unless given. */
  readonly digester?: Digester;
  /** Checks signatures of clients; without it no session can be bound to a client's key. */
  readonly verifyClient?: VerifyClient;
  /** Families of commands besides the built-in ones. */
  readonly families?: readonly CommandFamily[];
}

/** How much there is of what operators watch. */
export interface Census {
  readonly keys: number;
  /** Locks, semaphores and elections that are held or waited for; keys too. */
  readonly leases: number;
  readonly sessions: number;
}

/** Opens the machine whose state is in that store. */
export function createMachine(options: MachineOptions): KeyValueMachine {
  return new KeyValueMachine(options);
}

export class KeyValueMachine implements Machine<Reply> {
  readonly config: MachineConfig;
  /** Every command that it knows, by lower-case name. */
  readonly commands: CommandTable;
  readonly #store: Store;
  readonly #digester: Digester;
  readonly #verifyClient: VerifyClient | undefined;
  #ledger: Ledger;
  #queries = 0;

  constructor({ store, config, digester = fastDigester, families = [], verifyClient }: MachineOptions) {
    this.config = { ...DEFAULT_CONFIG, ...config };
    checkConfig(this.config);
    this.commands = commandTable([...FAMILIES, ...families]);
    this.#store = store;
    this.#digester = digester;
    this.#verifyClient = verifyClient;
    this.#ledger = new Ledger(store, digester);
  }

  get index(): CommitIndex {
    return this.#store.index;
  }

  /** The digest after the last commit. */
  get digest(): Digest {
    return this.#ledger.digest;
  }

  /** Earliest deadline (log time) that waits in the state: for whoever opened or restored the machine. */
  get nextDeadline(): Millis | undefined {
    return nextDeadline(new State(this.#store, this.config));
  }

  get census(): Census {
    const { keyCount, leaseCount, sessionCount } = new State(this.#store, this.config).meta;
    return { keys: keyCount, leases: leaseCount, sessions: sessionCount };
  }

  apply(context: ApplyContext, groups: readonly CommandGroup[]): AppliedCommit<Reply> {
    invariant(context.index === this.index + 1, () => `commit ${context.index} does not follow ${this.index}`);
    const state = new State(this.#store, this.config);
    invariant(context.time >= state.meta.time, "log time went back");
    state.meta.time = context.time;
    const runner = new Runner({ commands: this.commands, state, context, verifyClient: this.#verifyClient });
    const { deadlinesPerCommit, deadlinesPerCommand, reclaimPerCommit, reclaimPerCommand } = this.config;
    const commandCount = groups.reduce((count, { payload }) => count + payload.length, 0);
    const deadlines = deadlinesPerCommit + deadlinesPerCommand * commandCount;
    carryOutDeadlines(state, deadlines, (words, user) => runner.runDue(words, user));
    const replies = groups.map((group) =>
      group.payload.map((envelope) => {
        const command = decodeCommand(envelope);
        if (isRejection(command)) return errorReply(`ERR bad command: ${printRejection(command)}`);
        return runner.runLogged(command, group);
      }),
    );
    state.mark();
    state.garbage.reclaim(reclaimPerCommit + reclaimPerCommand * commandCount);
    const next = nextDeadline(state);
    const digest = this.#ledger.commit(context, replies, state.seal(context.index));
    return { replies, digest, nextDeadline: next };
  }

  query(words: readonly Uint8Array[], wall: Millis): { readonly reply: Reply } | { readonly deadline: Millis } {
    const state = new State(this.#store, this.config, wall);
    // Reads are answered by one replica: their chance need not be the others', only new each time.
    const chainDigest = `${this.digest}/${wall}/${this.#queries++}`;
    const context = { index: this.index, time: state.meta.time, chainDigest };
    try {
      return { reply: new Runner({ commands: this.commands, state, context, wall }).runQuery(words.map(byteString)) };
    } catch (error) {
      if (error instanceof DeadlineMet) return { deadline: error.at };
      throw error;
    }
  }

  /** Reads the whole state and tells whether it is what the commits have counted; false means rot below the store. */
  scrub(): boolean {
    const snapshot = this.#store.snapshot();
    try {
      return holdsWhatItCounted(snapshot, this.#digester);
    } finally {
      snapshot.close();
    }
  }

  snapshot(): MachineSnapshot {
    return snapshotOf(this.#store, this.digest);
  }

  restore(pieces: Iterable<Uint8Array>, expected: { readonly index: CommitIndex; readonly digest: Digest }): void {
    restoreStore(this.#store, this.#digester, pieces, expected);
    this.#ledger = new Ledger(this.#store, this.#digester);
  }
}
