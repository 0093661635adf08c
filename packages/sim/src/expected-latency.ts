// How long a command should take from the member that received it to the moment when that member may reply, computed
// from message delays alone: everybody is up, nothing is lost, disks and processors cost nothing. What a real cluster
// adds to these figures is its own work; what it takes away would be a mistake in them.
//
// Members race as the pacemaker lets them: a block of the next round is made when a parent quorum is there and whoever
// is nearly there has been waited for. Members too far away to be voted for in time own no slots; their blocks are
// parents of somebody's next block and commit with it.
import { activeStakeMin, type Committee, readQuorum } from "@quorate/core";

/** Expected delays of one member, in the unit of the delays that were given. */
export interface ExpectedLatency {
  /** A command that wakes an idle cluster. */
  readonly idle: number;
  /** A command among many: half a round of waiting for the next block, then that block's way. */
  readonly loaded: number;
  /** A linearizable read of an idle cluster: a round trip to a read quorum. */
  readonly read: number;
}

/** One-way delay between two different members. */
export type MemberDelay = (from: number, to: number) => number;

/** What each member may expect, in member order. */
export function expectedLatency(committee: Committee, delay: MemberDelay): readonly ExpectedLatency[] {
  const distance: MemberDelay = (from, to) => (from === to ? 0 : delay(from, to));
  const loaded = loadedLatencies(committee, distance);
  return committee.members.map((_, member) => ({
    idle: idleLatency(committee, { waker: member, distance }),
    loaded: loaded[member]!,
    read: amountBy(
      committee,
      readQuorum(committee.thresholds),
      (peer) => distance(member, peer) + distance(peer, member),
    ),
  }));
}

// The waker's block wakes the others; each adds its own block of the round and makes the next one, its vote, as soon as
// a parent quorum is there.
function idleLatency(committee: Committee, { waker, distance }: { waker: number; distance: MemberDelay }): number {
  const { rule, parents, commit, slow } = committee.thresholds;
  const members = committee.members.map((_, member) => member);
  const woken = members.map((member) => distance(waker, member));
  // Whoever is woken wakes others in turn, which is shorter where the table breaks the triangle inequality.
  for (const middle of members) {
    for (const member of members) {
      woken[member] = Math.min(woken[member]!, woken[middle]! + distance(middle, member));
    }
  }
  const next = (made: readonly number[], to: number) =>
    amountBy(committee, parents, (from) => made[from]! + distance(from, to));
  const votes = members.map((voter) => Math.max(next(woken, voter), distance(waker, voter)));
  const fast = amountBy(committee, commit, (voter) => votes[voter]! + distance(voter, waker));
  if (rule === "cft2") return fast;
  const certificates = members.map((certifier) => next(votes, certifier));
  return Math.min(
    fast,
    amountBy(committee, slow, (certifier) => certificates[certifier]! + distance(certifier, waker)),
  );
}

/** Rounds until the race runs evenly. */
const WARM_UP_ROUNDS = 30;

/** Longest wait for blocks beyond the parent quorum, as a part of the time the quorum took; more where less decides nothing. */
const HOLD_BACKS = [0.25, 1, Number.POSITIVE_INFINITY];

/** Rounds that may pass while a message is under way to the farthest member. */
const ROUNDS_IN_FLIGHT_MAX = 200;

function loadedLatencies(committee: Committee, distance: MemberDelay): readonly number[] {
  const { stakes, members } = committee;
  // A whole rotation of slots where it is cheap, a part of one in large committees.
  const measured = Math.min(60, Math.max(6, Math.floor(1000 / members.length)));
  const window = { first: WARM_UP_ROUNDS, end: WARM_UP_ROUNDS + measured };
  for (const holdBack of HOLD_BACKS) {
    const race = new Race(committee, { distance, holdBack, measuredEnd: window.end });
    const owners = members.flatMap((_, member) => (race.alwaysDecides(member, window.first) ? [member] : []));
    const owned = owners.reduce((sum, owner) => sum + stakes[owner]!, 0);
    // Below this stake of slot owners a cluster would not exclude anyone: it waits for them instead.
    if (owned < activeStakeMin(committee.thresholds) && holdBack !== Number.POSITIVE_INFINITY) continue;
    return members.map((_, member) => averageLatency(race, { member, owners, ...window }));
  }
  return [];
}

interface Measurement {
  readonly member: number;
  readonly owners: readonly number[];
  readonly first: number;
  readonly end: number;
}

function averageLatency(race: Race, { member, owners, first, end }: Measurement): number {
  // When the member outputs each owner's slot: slots go out in order, so none before the ones ahead of it.
  const output = new Map<number, number[]>();
  let last = 0;
  for (let round = first; round < race.decidableEnd; round++) {
    const row: number[] = [];
    for (const owner of race.committee.slotsOf(round)) {
      if (!owners.includes(owner)) continue;
      last = Math.max(last, race.decidedAt({ owner, round, observer: member }));
      row[owner] = last;
    }
    output.set(round, row);
  }
  let sum = 0;
  for (let round = first; round < end; round++) {
    const made = race.made[round]![member]!;
    const ways = owners.map((owner) => output.get(race.firstAbove({ author: member, round, by: owner }))?.[owner]);
    sum += Math.min(...ways.map((at) => at ?? Number.POSITIVE_INFINITY)) - made;
  }
  const interval = (race.made[end]![member]! - race.made[first]![member]!) / (end - first);
  return sum / (end - first) + interval / 2;
}

interface Support {
  readonly voters: readonly number[];
  readonly certifiers: readonly number[];
}

/** When each member makes its block of each round, and what follows from it. */
class Race {
  readonly committee: Committee;
  readonly made: number[][];
  private readonly distance: MemberDelay;
  private readonly supports = new Map<number, Support>();

  constructor(committee: Committee, options: { distance: MemberDelay; holdBack: number; measuredEnd: number }) {
    const { distance, holdBack, measuredEnd } = options;
    this.committee = committee;
    this.distance = distance;
    this.made = [committee.members.map(() => 0)];
    const distances = committee.members.flatMap((_, from) =>
      committee.members.flatMap((_, to) => (from === to ? [] : [distance(from, to)])),
    );
    const farthest = Math.max(0, ...distances);
    // A member that is a quorum by itself would otherwise make rounds in no time.
    const interval = Math.max(0.4 * Math.min(farthest, ...distances), farthest / ROUNDS_IN_FLIGHT_MAX);
    // Blocks of the last measured round get the time to reach everybody, and their votes the time to come back.
    let enough = Number.POSITIVE_INFINITY;
    for (let round = 1; round <= measuredEnd + 3 || Math.min(...this.made[round - 1]!) < enough; round++) {
      if (round === measuredEnd + 1) enough = Math.max(...this.made[measuredEnd]!) + 4 * farthest;
      this.made.push(this.nextRound(this.made[round - 1]!, { holdBack, interval }));
    }
  }

  private nextRound(
    before: readonly number[],
    { holdBack, interval }: { holdBack: number; interval: number },
  ): number[] {
    const { committee, distance } = this;
    return before.map((own, member) => {
      const arrivals = before.map((at, author) => at + distance(author, member));
      const quorum = amountBy(committee, committee.thresholds.parents, (author) => arrivals[author]!);
      const ready = Math.max(quorum, own + interval);
      const waited = holdBack === Number.POSITIVE_INFINITY ? holdBack : ready + holdBack * (ready - own);
      return Math.max(ready, ...arrivals.filter((at) => at <= waited));
    });
  }

  /** The round below which every block's votes and certificates have been made. */
  get decidableEnd(): number {
    return this.made.length - 2;
  }

  /** Whether the member's blocks are committed directly in every round from one on. */
  alwaysDecides(member: number, first: number): boolean {
    for (let round = first; round < this.decidableEnd; round++) {
      if (this.decidedAt({ owner: member, round, observer: member }) === Number.POSITIVE_INFINITY) return false;
    }
    return true;
  }

  /** Whether a block reaches a member before it makes its own of the next round, and so is a parent of it. */
  private isParent(block: { author: number; round: number }, child: number): boolean {
    return (
      this.made[block.round]![block.author]! + this.distance(block.author, child) <= this.made[block.round + 1]![child]!
    );
  }

  /** Who votes for the owner's block of the round, and whose block of the round after certifies it. */
  private supportOf(owner: number, round: number): Support {
    const { stakes, thresholds, members } = this.committee;
    const key = round * members.length + owner;
    const known = this.supports.get(key);
    if (known !== undefined) return known;
    const voters = members.flatMap((_, voter) => (this.isParent({ author: owner, round }, voter) ? [voter] : []));
    const certifiers = members.flatMap((_, certifier) => {
      if (thresholds.rule === "cft2") return [];
      let seen = 0;
      for (const voter of voters) {
        if (this.isParent({ author: voter, round: round + 1 }, certifier)) seen += stakes[voter]!;
      }
      return seen >= thresholds.certificate ? [certifier] : [];
    });
    const support = { voters, certifiers };
    this.supports.set(key, support);
    return support;
  }

  /** When the observer sees the owner's block of the round committed directly. */
  decidedAt({ owner, round, observer }: { owner: number; round: number; observer: number }): number {
    const { rule, commit, slow } = this.committee.thresholds;
    const { voters, certifiers } = this.supportOf(owner, round);
    const fast = this.seenBy(observer, { authors: voters, round: round + 1, amount: commit });
    if (rule === "cft2") return fast;
    return Math.min(fast, this.seenBy(observer, { authors: certifiers, round: round + 2, amount: slow }));
  }

  private seenBy(
    observer: number,
    { authors, round, amount }: { authors: readonly number[]; round: number; amount: number },
  ): number {
    const { stakes } = this.committee;
    const votes = authors.map((author) => ({
      stake: stakes[author]!,
      time: this.made[round]![author]! + this.distance(author, observer),
    }));
    return timeOfAmount(votes, amount);
  }

  /** The round of the first block by a member that has the author's block of the round in its history. */
  firstAbove({ author, round, by }: { author: number; round: number; by: number }): number {
    if (author === by) return round;
    const arrival = this.made[round]![author]! + this.distance(author, by);
    const above = this.made.findIndex((row, later) => later > round && row[by]! >= arrival);
    return above === -1 ? Number.POSITIVE_INFINITY : above;
  }
}

/** The earliest time at which members holding the amount of stake are there, each at its own time. */
function amountBy({ stakes }: Committee, amount: number, timeOf: (member: number) => number): number {
  return timeOfAmount(
    stakes.map((stake, member) => ({ stake, time: timeOf(member) })),
    amount,
  );
}

function timeOfAmount(votes: { readonly stake: number; readonly time: number }[], amount: number): number {
  let sum = 0;
  // Votes of the same time may stand in any order: the answer is a time.
  return (
    votes.toSorted((left, right) => left.time - right.time).find(({ stake }) => (sum += stake) >= amount)?.time ??
    Number.POSITIVE_INFINITY
  );
}
