// Feeds every watch of this door from the change log. The newest changes are read once and kept for a while, so a thousand
// watches cost one reading; a watch that comes from further back reads pages of its own until it has caught up. Each is
// served a page at a time and in turns, and only as fast as its client reads.
//
// The laws: a watch is given every change that matches, once, in order, from its first revision on; where that cannot be
// kept it ends with the reason. What waits for a client that does not read is bounded.
import type { ChangeStreamEnd, ChangeStreamEvent } from "@quorate/core/api";
import type { ByteString, CommandDefinition } from "@quorate/machine";
import type { Access } from "../../access/access.ts";
import type { RunningReplica } from "../../running-replica.ts";
import {
  type ChangePage,
  changeRange,
  type LoggedChange,
  readChanges,
  settledRange,
  unavailable,
} from "./change-log.ts";
import type { HttpLimits } from "./limits.ts";

/** Which changes: of one key, of all keys with a prefix, or all. */
export interface ChangeFilter {
  readonly key?: ByteString | undefined;
  readonly prefix?: ByteString | undefined;
}

/** The client's side of a watch. */
export interface WatchSink {
  /** Puts it on its way; false when there is enough on the way: `resume` says that there is room again. */
  send(event: ChangeStreamEvent): boolean;
  /** A sign of life where there is nothing to say. */
  beat(): void;
  /** The last thing that is called. */
  end(end: ChangeStreamEnd): void;
}

export interface Watch {
  /** The client has read what waited. */
  resume(): void;
  /** The client left; its sink is not called any more. */
  stop(): void;
}

export interface FeedOptions {
  readonly replica: RunningReplica;
  readonly access: Access;
  readonly limits: Pick<HttpLimits, "deadlineMs" | "heartbeatMs" | "slowMs" | "watchesMax">;
}

const PAGE = 256;
const WINDOW_MAX = 8192;
/** How long one turn may serve before the event loop gets its turn. */
const TURN_MS = 4;

interface Watcher {
  readonly filter: ChangeFilter;
  readonly user: string;
  readonly sink: WatchSink;
  next: number;
  /** What the client knows as its place. */
  told: number;
  /** Since when its client has not read; undefined: it reads. */
  blockedAt: number | undefined;
  isQueued: boolean;
}

export class ChangeFeed {
  readonly #replica: RunningReplica;
  readonly #access: Access;
  readonly #limits: FeedOptions["limits"];
  readonly #command: CommandDefinition;
  readonly #watchers = new Set<Watcher>();
  #hungry: Watcher[] = [];
  /** The newest changes, contiguous up to `#head`. */
  #window: LoggedChange[] = [];
  #head = 0;
  #isTurning = false;
  #unlisten: (() => void) | undefined;
  #heart: NodeJS.Timeout | undefined;
  #isUnready = false;
  #ended: ChangeStreamEnd | undefined;

  constructor({ replica, access, limits }: FeedOptions) {
    this.#replica = replica;
    this.#access = access;
    this.#limits = limits;
    this.#command = replica.commands.get("changes.read")!;
    void replica.stopped.then(() => this.close("this replica has stopped; resume on another one"));
  }

  get count(): number {
    return this.#watchers.size;
  }

  /** By how many revisions the slowest watch is behind what this replica has read. */
  get lagRevisions(): number {
    let lag = 0;
    for (const { next } of this.#watchers) lag = Math.max(lag, this.#head - next);
    return lag;
  }

  /** Finds where a watch begins: at a revision, or now. Or why it cannot. */
  async locate(user: string, from: number | undefined): Promise<number | ChangeStreamEnd> {
    const refused = this.#refusal(user);
    if (refused !== undefined) return refused;
    if (this.#watchers.size >= this.#limits.watchesMax)
      return unavailable(`${this.#limits.watchesMax} watches are open here; ask another replica`);
    const { ready, why } = this.#replica.ready();
    if (!ready) return unavailable(`this replica is not ready (${why}); ask another one`);
    if (from === undefined) {
      const range = changeRange(this.#replica);
      return range.kind === "end" ? range : range.next;
    }
    let page = readChanges(this.#replica, from, 1);
    // A revision that is unknown here may have been given out where the client was before: this replica may lag.
    if (page.kind === "end" && page.code === "gap") {
      const range = await settledRange(this.#replica, this.#limits.deadlineMs);
      if (range.kind === "end") return range;
      page = readChanges(this.#replica, from, 1);
    }
    return page.kind === "end" ? page : from;
  }

  /** Begins a watch at a place that `locate` found. */
  watch(from: number, user: string, filter: ChangeFilter, sink: WatchSink): Watch {
    const watcher: Watcher = { filter, user, sink, next: from, told: from, blockedAt: undefined, isQueued: false };
    if (this.#ended !== undefined) {
      sink.end(this.#ended);
      return { resume() {}, stop() {} };
    }
    this.#watchers.add(watcher);
    if (this.#watchers.size === 1) this.#begin();
    // At once, so that a client that is cut off before the first change knows where to resume.
    this.#give(watcher, { kind: "progress", next: from });
    this.#queue(watcher);
    return {
      resume: () => {
        watcher.blockedAt = undefined;
        this.#queue(watcher);
      },
      stop: () => this.#drop(watcher),
    };
  }

  /** Ends all watches, those to come included. */
  close(message: string): void {
    this.#ended ??= unavailable(message);
    for (const watcher of this.#watchers) this.#end(watcher, this.#ended);
  }

  /** The first watch: from now on commits are followed. */
  #begin(): void {
    this.#window = [];
    const range = changeRange(this.#replica);
    this.#head = range.kind === "end" ? 0 : range.next;
    this.#unlisten = this.#replica.onCommit(() => this.#wake());
    this.#heart = setInterval(() => this.#beat(), this.#limits.heartbeatMs).unref();
  }

  #drop(watcher: Watcher): void {
    if (!this.#watchers.delete(watcher) || this.#watchers.size > 0) return;
    this.#unlisten?.();
    clearInterval(this.#heart);
    this.#window = [];
    this.#hungry = [];
  }

  #end(watcher: Watcher, end: ChangeStreamEnd): void {
    if (!this.#watchers.has(watcher)) return;
    this.#drop(watcher);
    watcher.sink.end(end);
  }

  #queue(watcher: Watcher): void {
    if (watcher.isQueued || watcher.blockedAt !== undefined || !this.#watchers.has(watcher)) return;
    watcher.isQueued = true;
    this.#hungry.push(watcher);
    this.#wake();
  }

  #wake(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(() => this.#turn());
  }

  /** Reads on, then serves a page to each watch that is behind, until the turn's time is over. */
  #turn(): void {
    this.#isTurning = false;
    if (this.#watchers.size === 0) return;
    if (this.#readOn()) for (const watcher of this.#watchers) this.#queue(watcher);
    const until = performance.now() + TURN_MS;
    const hungry = this.#hungry;
    this.#hungry = [];
    let served = 0;
    for (; served < hungry.length && performance.now() < until; served++) {
      const watcher = hungry[served]!;
      watcher.isQueued = false;
      if (this.#serve(watcher)) this.#queue(watcher);
    }
    if (served < hungry.length) this.#hungry = [...hungry.slice(served), ...this.#hungry];
    if (this.#hungry.length > 0) this.#wake();
  }

  /** Takes new changes into the window; answers whether there were any. */
  #readOn(): boolean {
    const page = readChanges(this.#replica, this.#head, PAGE);
    if (page.kind === "end") {
      // The state was replaced by a later one; or it cannot be read just now. Each watch finds out for itself.
      const range = changeRange(this.#replica);
      if (range.kind === "end") return false;
      this.#window = [];
      this.#head = range.next;
      return true;
    }
    if (page.changes.length === 0) return false;
    this.#window.push(...page.changes);
    if (this.#window.length > 2 * WINDOW_MAX) this.#window = this.#window.slice(-WINDOW_MAX);
    this.#head = page.next;
    // There may be more than a page.
    this.#wake();
    return true;
  }

  /** Gives a watch its next page; answers whether it is to be served again. */
  #serve(watcher: Watcher): boolean {
    if (!this.#watchers.has(watcher) || watcher.blockedAt !== undefined || watcher.next >= this.#head) return false;
    const refused = this.#refusal(watcher.user);
    if (refused !== undefined) {
      this.#end(watcher, refused);
      return false;
    }
    const page = this.#page(watcher.next);
    if (page.kind === "end") {
      this.#end(watcher, page);
      return false;
    }
    if (page.changes.length === 0) return false;
    watcher.next = page.next;
    const changes = page.changes.filter((each) => matches(watcher.filter, each)).map(({ change }) => change);
    if (changes.length > 0) this.#give(watcher, { kind: "changes", changes, next: page.next });
    return watcher.next < this.#head;
  }

  #page(from: number): ChangePage | ChangeStreamEnd {
    const at = from - (this.#head - this.#window.length);
    if (at < 0) return readChanges(this.#replica, from, PAGE);
    const changes = this.#window.slice(at, at + PAGE);
    return { kind: "page", changes, next: from + changes.length };
  }

  #give(watcher: Watcher, event: ChangeStreamEvent): void {
    watcher.told = event.next;
    if (!watcher.sink.send(event)) watcher.blockedAt = performance.now();
  }

  #beat(): void {
    const { ready, why } = this.#replica.ready();
    // Once may be a passing moment; a client of a replica that is cut off is better served elsewhere.
    const end =
      !ready && this.#isUnready ? unavailable(`this replica is not ready (${why}); resume on another one`) : undefined;
    this.#isUnready = !ready;
    for (const watcher of this.#watchers) {
      const { blockedAt, next, told, sink } = watcher;
      if (end !== undefined) this.#end(watcher, end);
      else if (blockedAt !== undefined) {
        if (performance.now() - blockedAt >= this.#limits.slowMs) this.#end(watcher, this.#slow());
      } else if (next > told) this.#give(watcher, { kind: "progress", next });
      else sink.beat();
    }
  }

  #slow(): ChangeStreamEnd {
    const message = `nothing was read for ${this.#limits.slowMs} ms; resume where you are, and read faster or watch fewer keys`;
    return { kind: "end", code: "slow", message };
  }

  /** Users may lose the permission while they watch. */
  #refusal(user: string): ChangeStreamEnd | undefined {
    const message = this.#access.refusal(user, this.#command);
    return message === undefined ? undefined : { kind: "end", code: "not-allowed", message };
  }
}

function matches({ key, prefix }: ChangeFilter, changed: LoggedChange): boolean {
  // A flush concerns every key, and names none.
  if (changed.key === "" && changed.change.event.startsWith("flush")) return true;
  if (key !== undefined) return changed.key === key;
  return prefix === undefined || changed.key.startsWith(prefix);
}
