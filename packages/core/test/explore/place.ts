// One replica of an exploration, as a value. A replica is deterministic: what it is follows from how it was started and
// from the inputs it got. So a place is a node in the tree of input sequences, made once however many worlds pass through
// it, and the real replica is only there to find out what the next node looks like.
//
// Two input sequences that differ only in order mostly make the same replica. Places are taken for the same when they got
// the same inputs in any order within each moment and have put out the same: frames, records, commits, answers, wishes, status. That this is
// enough is not believed but tried: every sequence that was merged into another one (up to `doubts` a place) takes the same next
// steps as that one, and where it then differs the merge is counted as a mistake.
//
// What a single replica must never do is checked here, where it is done: an own block is never shown before its record is
// confirmed, a round never has two own blocks, nobody jumps over undecided rounds, an amnesiac keeps silent and comes
// back high enough, a read is ready only when everything acknowledged before it was handed out, and nobody halts.
import { concatBytes, fromHex, toHex } from "../../src/bytes.ts";
import { decodeBlock } from "../../src/codec/block.ts";
import type { Channel, Effect, LogRecord } from "../../src/effect.ts";
import type { AuthorIndex, CommitIndex, Digest, Millis, Round } from "../../src/ids.ts";
import { authorName } from "../../src/ids.ts";
import type { Input } from "../../src/input.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import { isRejection } from "../../src/rejection.ts";
import { Replica } from "../../src/replica.ts";
import type { Setting } from "./setting.ts";

/** How a life of a replica began. */
export interface Root {
  readonly self: AuthorIndex;
  readonly boot: number;
  readonly kind: "fresh" | "restart" | "amnesia";
  readonly records: readonly LogRecord[];
  /** Commits that the found state reflects. */
  readonly state: readonly Handed[];
  /** Own blocks shown in earlier lives: digest by round. */
  readonly shown: ReadonlyMap<Round, Digest>;
}

/** A commit that was handed out. */
export interface Handed {
  readonly index: CommitIndex;
  readonly chainDigest: Digest;
  readonly stateDigest: Digest;
  readonly durableAfter: number;
  /** Commands (bits) up to here. */
  readonly has: number;
}

export interface Sent {
  readonly to: AuthorIndex;
  readonly channel: Channel;
  readonly frame: number;
}

export interface Place {
  readonly id: number;
  /** Inputs (with the time that the replica had last been told) and frames sent so far, each as a sorted list. */
  readonly got: readonly string[];
  readonly said: readonly number[];
  readonly root: Root;
  readonly rootId: number;
  readonly parent: Place | undefined;
  /** Inputs of this step: the one given, and the driver's own answers. */
  readonly inputs: readonly Input[];
  readonly sent: readonly Sent[];
  readonly tickAt: Millis;
  readonly records: readonly LogRecord[];
  readonly confirmed: number;
  /** Sequence of the newest own block that is not confirmed; 0 if none. */
  readonly unconfirmedOwn: number;
  readonly commits: readonly Handed[];
  /** Commands (bits) in what was handed out, in what was answered, and refused. */
  readonly has: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly ready: number;
  readonly readRefused: number;
  readonly shown: ReadonlyMap<Round, Digest>;
  /** Heads of the first answers to an amnesiac, by author. */
  readonly answers: ReadonlyMap<AuthorIndex, Round>;
  readonly returned: boolean;
  readonly wakeAt: Millis | undefined;
  /** What the last `heads` said. */
  readonly needy: boolean;
  readonly mode: string;
  readonly violation: string | undefined;
  /** What followed, by input. */
  readonly children: Map<string, Step & { readonly input: Input }>;
  /** Places that were taken for this one. */
  readonly doubles: Place[];
}

/** What an input led to: a place, or the one that it is taken for, and what was said on the way. */
export interface Step {
  readonly place: Place;
  readonly sent: readonly Sent[];
}

type Draft = { -readonly [Key in keyof Place]: Place[Key] };

export const WALL_AT_START = 1_000_000;
/** The bit of command `id`; its text is its number. */
export const bitOf = (id: number): number => 1 << id;
const LIVE_MAX = 4_000;
const NO_DIGEST: Digest = "00".repeat(32);

export class Places {
  readonly setting: Setting;
  /** Commands (bits) that every read must see: reads are asked only after all of them were acknowledged. */
  readonly #readNeeds: number;
  made = 0;
  replays = 0;
  /** Merged places that were tried against their like, and how many of them turned out to differ. */
  tried = 0;
  mistakes = 0;
  /** Merged places that are tried, for each place. */
  readonly #doubts: number;
  /** Whether the order of logs is told apart: only a crash that cuts a log can see it. */
  readonly #logOrder: boolean;
  readonly #known = new Map<string, Place>();
  /** Replicas that stand at a place, ready to go on. */
  readonly #live = new Map<number, Replica>();
  readonly #roots = new Map<string, Place>();

  constructor(
    setting: Setting,
    {
      readNeeds,
      doubts,
      logOrder,
    }: { readonly readNeeds: number; readonly doubts: number; readonly logOrder: boolean },
  ) {
    this.setting = setting;
    this.#logOrder = logOrder;
    this.#doubts = doubts;
    this.#readNeeds = readNeeds;
  }

  /** The beginning of a life. Equal beginnings are one place. */
  root(root: Root): Place {
    const shown = [...root.shown].map(([round, digest]) => `${round}=${digest}`).join();
    const records = root.records.map(({ bytes, kind }) => kind + toHex(bytes)).join();
    const key = `${root.self} ${root.boot} ${root.kind} ${root.state.length} ${shown} ${records}`;
    let place = this.#roots.get(key);
    if (place !== undefined) return place;
    place = {
      id: this.made++,
      got: [],
      said: [],
      root,
      rootId: this.#roots.size,
      parent: undefined,
      inputs: [],
      sent: [],
      tickAt: -1,
      records: root.records,
      confirmed: root.records.at(-1)?.sequence ?? 0,
      unconfirmedOwn: 0,
      commits: root.state,
      has: root.state.at(-1)?.has ?? 0,
      acknowledged: 0,
      refused: 0,
      ready: 0,
      readRefused: 0,
      shown: root.shown,
      answers: new Map(),
      returned: root.kind !== "amnesia",
      wakeAt: undefined,
      needy: false,
      mode: "normal",
      violation: undefined,
      children: new Map(),
      doubles: [],
    };
    this.#roots.set(key, place);
    return place;
  }

  /** The place after one more input. `key` names the input; unless `keep`, the answer is not remembered. */
  step(place: Place, key: string, input: Input, keep: boolean): Step {
    const known = place.children.get(key);
    if (known !== undefined) return known;
    const reached = this.#next(place, key, input);
    const { sent } = reached;
    if (!keep) return { place: reached, sent };
    const next = { input, place: this.#merge(reached), sent };
    place.children.set(key, next);
    for (const double of place.doubles) this.#try(double, key, input, next.place);
    return next;
  }

  #next(place: Place, key: string, input: Input): Place {
    const replica = this.#take(place);
    const next = this.#run(place, replica, key, input);
    this.#live.set(next.id, replica);
    if (this.#live.size > LIVE_MAX) for (const id of this.#live.keys()) if (this.#live.delete(id)) break;
    return next;
  }

  /** The place that this one is taken for. */
  #merge(place: Place): Place {
    const name = likenessOf(place, this.#logOrder);
    const like = this.#known.get(name);
    if (like === undefined) {
      this.#known.set(name, place);
      return place;
    }
    if (like.doubles.length < this.#doubts) {
      like.doubles.push(place);
      for (const [key, child] of like.children) this.#try(place, key, child.input, child.place);
    }
    return like;
  }

  #try(double: Place, key: string, input: Input, expected: Place): void {
    const next = this.#next(double, key, input);
    this.tried += 1;
    if (likenessOf(next, this.#logOrder) !== likenessOf(expected, this.#logOrder)) {
      this.mistakes += 1;
      this.mistaken ??= [double, expected, next];
    }
  }

  mistaken: readonly Place[] | undefined;

  /** A real replica that stands at that place. */
  #take(place: Place): Replica {
    const live = this.#live.get(place.id);
    if (live !== undefined) {
      this.#live.delete(place.id);
      return live;
    }
    this.replays += 1;
    const way: Place[] = [];
    for (let at: Place | undefined = place; at !== undefined; at = at.parent) way.push(at);
    const replica = this.#open(place.root);
    for (const step of way.toReversed()) for (const input of step.inputs) replica.step(input);
    return replica;
  }

  #open({ boot, kind, records, self, state }: Root): Replica {
    const { committee, block, options } = this.setting;
    const last = state.at(-1);
    return Replica.open({
      committee,
      self,
      genesisHash: block.genesisHash,
      limits: DEFAULT_LIMITS,
      crypto: this.setting.crypto(self),
      boot,
      start:
        kind === "restart"
          ? {
              kind,
              records,
              stateIndex: last?.index ?? 0,
              stateDigest: last?.stateDigest ?? "",
              nextDeadline: undefined,
            }
          : { kind },
      ...(options.tuning === undefined ? {} : { tuning: options.tuning }),
      ...(options.mutations === undefined ? {} : { mutations: options.mutations }),
    });
  }

  #run(before: Place, replica: Replica, key: string, first: Input): Place {
    const place: Draft = {
      ...before,
      id: this.made++,
      parent: before,
      inputs: [],
      sent: [],
      got: [...before.got, `${before.tickAt} ${key}`].toSorted(),
      children: new Map(),
      doubles: [],
    };
    const inputs: Input[] = [first];
    const sent: Sent[] = [];
    this.#observeInput(place, first);
    for (let at = 0; at < inputs.length; at++) {
      const input = inputs[at]!;
      for (const effect of replica.step(input)) this.#carryOut(place, effect, inputs, sent);
    }
    const { mode, undecidedRound } = replica.status();
    place.inputs = inputs;
    place.sent = sent;
    if (sent.length > 0) place.said = [...before.said, ...sent.map(nameOfSent)].toSorted((left, right) => left - right);
    this.#checkNewOwn(before, place, undecidedRound);
    place.mode = mode;
    return place;
  }

  #observeInput(place: Draft, input: Input): void {
    if (input.kind === "tick") {
      place.tickAt = input.now;
      // The wish to be woken is used up, as for every driver.
      if (place.wakeAt !== undefined && input.now >= place.wakeAt) place.wakeAt = undefined;
    }
    if (input.kind === "persisted") this.#confirm(place, input.upTo);
    if (input.kind !== "message" || place.root.kind !== "amnesia") return;
    const { message, blocks } = this.setting.frames[this.setting.number(input.bytes)]!;
    if (message.kind === "recovery" && !place.answers.has(input.from))
      place.answers = new Map([...place.answers, [input.from, blocks[0]?.round ?? 0]]);
  }

  #confirm(place: Draft, upTo: number): void {
    place.confirmed = Math.max(place.confirmed, upTo);
    if (place.unconfirmedOwn <= place.confirmed) place.unconfirmedOwn = 0;
  }

  #carryOut(place: Draft, effect: Effect, inputs: Input[], sent: Sent[]): void {
    const { self } = place.root;
    switch (effect.kind) {
      case "persist": {
        place.records = [...place.records, ...effect.records];
        for (const record of effect.records) if (this.#own(place, record)) place.unconfirmedOwn = record.sequence;
        if (this.setting.options.instantDisks) {
          const upTo = effect.records.at(-1)!.sequence;
          this.#confirm(place, upTo);
          inputs.push({ kind: "persisted", upTo });
        }
        return;
      }
      case "send":
        this.#send(place, effect, [effect.to], sent);
        return;
      case "broadcast":
        this.#send(
          place,
          effect,
          [...this.setting.committee.members.keys()].filter((to) => to !== self),
          sent,
        );
        return;
      case "commit": {
        const { batch, durableAfter } = effect;
        const payload = batch.blocks.flatMap((block) => block.payload);
        const previous = place.commits.at(-1)?.stateDigest ?? NO_DIGEST;
        const stateDigest = toHex(this.setting.block.crypto.hash(concatBytes([fromHex(previous), ...payload])));
        if (batch.index !== (place.commits.at(-1)?.index ?? 0) + 1)
          this.#fail(place, `commit ${batch.index} out of turn`);
        for (const command of payload) {
          const bit = bitOf(command[0]!);
          if ((place.has & bit) !== 0) this.#fail(place, `command ${command[0]} is handed out twice`);
          place.has |= bit;
        }
        place.commits = [
          ...place.commits,
          { index: batch.index, chainDigest: batch.chainDigest, stateDigest, durableAfter, has: place.has },
        ];
        for (const block of batch.blocks) for (const id of block.ids ?? []) place.acknowledged |= bitOf(id);
        inputs.push({ kind: "applied", upTo: batch.index, digest: stateDigest, nextDeadline: undefined });
        return;
      }
      case "read-ready":
        place.ready |= bitOf(effect.id);
        if ((place.has & this.#readNeeds) !== this.#readNeeds) this.#fail(place, `stale read at ${authorName(self)}`);
        return;
      case "read-refused":
        place.readRefused |= bitOf(effect.id);
        return;
      case "refused":
      case "dropped":
        place.refused |= bitOf(effect.id);
        return;
      case "wake-at":
        place.wakeAt = effect.time;
        return;
      case "evidence":
        this.#fail(place, `${authorName(self)} holds evidence against ${authorName(effect.author)}: ${effect.what}`);
        return;
      case "halt":
        this.#fail(place, `${authorName(self)} halts (${effect.reason}): ${effect.dump}`);
        return;
      default:
        return;
    }
  }

  #send(
    place: Draft,
    { bytes, channel }: { readonly bytes: Uint8Array; readonly channel: Channel },
    to: readonly AuthorIndex[],
    sent: Sent[],
  ): void {
    const { self } = place.root;
    const frame = this.setting.number(this.setting.spoken(self, bytes));
    const { message, blocks } = this.setting.frames[frame]!;
    if (message.kind === "heads") place.needy = message.needy;
    if (!place.returned && (message.kind === "frontier" || message.kind === "recovery"))
      this.#fail(place, `${authorName(self)} answers ${message.kind} before it has recovered`);
    for (const block of blocks) {
      if (block.author !== self) continue;
      const record = place.records.findLast(
        ({ bytes: stored, kind, round }) => kind === "block" && round === block.round && same(stored, block.bytes),
      );
      const durable = record !== undefined && record.sequence <= place.confirmed;
      if (!durable && this.setting.options.orderLaw !== false)
        this.#fail(place, `${authorName(self)}${block.round} is shown before it is durable`);
      const digest = place.shown.get(block.round);
      if (digest !== undefined && digest !== block.contentDigest)
        this.#fail(place, `${authorName(self)} has shown two blocks of round ${block.round}`);
      if (digest === undefined) place.shown = new Map([...place.shown, [block.round, block.contentDigest]]);
      if (block.recovered) place.returned = true;
    }
    for (const peer of to) sent.push({ to: peer, channel, frame });
  }

  /** An own block that was made in this step obeys A2 and fill; one that ends amnesia begins high enough. */
  #checkNewOwn(before: Place, place: Draft, undecidedRound: Round): void {
    const { self } = place.root;
    let recovered = before.records.some((record) => this.#own(place, record)?.recovered === true);
    for (const record of place.records.slice(before.records.length)) {
      const block = this.#own(place, record);
      // A block of an earlier life that comes back from a peer was made then.
      if (block === undefined || place.root.shown.get(block.round) === block.contentDigest) continue;
      const name = `${authorName(self)}${block.round}`;
      if (block.recovered) {
        recovered = true;
        const least = Math.max(0, ...place.answers.values()) + 2;
        if (block.round < least) this.#fail(place, `${name} ends amnesia below round ${least}`);
        continue;
      }
      if (before.mode === "recovering" && !recovered) this.#fail(place, `${name} is made before recovery is over`);
      const gap = block.round - (block.parents[0]?.round ?? 0);
      if (gap > 1 && undecidedRound + 1 < block.round)
        this.#fail(place, `${name} jumps over undecided round ${undecidedRound}`);
    }
  }

  #own(place: Draft, { bytes, kind }: LogRecord) {
    if (kind !== "block") return undefined;
    const block = decodeBlock(bytes, this.setting.block);
    return isRejection(block) || block.author !== place.root.self ? undefined : block;
  }

  #fail(place: Draft, what: string): void {
    place.violation ??= what;
  }
}

/** Everything about a place but the order in which it got and said things. */
function likenessOf(place: Place, logOrder: boolean): string {
  const { acknowledged, answers, commits, confirmed, got, has, mode, needy, ready, readRefused, records, refused } =
    place;
  const { root, rootId, said, shown, tickAt, unconfirmedOwn, violation, wakeAt } = place;
  const log = records.map(({ bytes, kind, sequence }) => `${kind} ${logOrder ? sequence : ""} ${toHex(bytes)}`);
  return [
    `${root.self} ${rootId}`,
    got.join(),
    said.join(),
    (logOrder ? log : log.toSorted()).join(),
    commits.map(({ chainDigest, durableAfter }) => `${chainDigest} ${logOrder ? durableAfter : ""}`).join(),
    [...answers]
      .map(([author, round]) => `${author}=${round}`)
      .toSorted()
      .join(),
    [...shown]
      .map(([round, digest]) => `${round}=${digest}`)
      .toSorted()
      .join(),
    `${confirmed} ${unconfirmedOwn} ${tickAt} ${wakeAt} ${needy} ${mode} ${violation}`,
    `${has} ${acknowledged} ${refused} ${ready} ${readRefused}`,
  ].join("|");
}

function nameOfSent({ channel, frame, to }: Sent): number {
  return 16 * frame + 2 * to + (channel === "blocks" ? 0 : 1);
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}
