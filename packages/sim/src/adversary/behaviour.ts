// The tricks, one by one. Each changes what a lying member says in a round, or sends something on top of it.
import {
  type AuthorIndex,
  type Block,
  type BlockContent,
  encodeBlock,
  encodeUtf8,
  type Message,
  type Round,
} from "@quorate/core";
import { FalseState } from "./false-state.ts";
import { farFuture } from "./far-future.ts";
import { pad, sendHeavyBlocks } from "./heavy.ts";
import type { LyingMember } from "./lying-member.ts";
import { randomHex } from "./random-bytes.ts";
import type { BehaviourName } from "./spec.ts";
import { thirdTwins } from "./third-twins.ts";

/** One block of a round: which story it goes on, who hears it, what is odd about it. */
export interface Saying {
  readonly branch: number;
  readonly to: readonly AuthorIndex[];
  readonly content: Partial<Pick<BlockContent, "timestamp" | "payload" | "commitVote" | "recovered">>;
  readonly choose?: (twins: readonly Block[]) => Block | undefined;
}

export interface Behaviour {
  readonly silent?: boolean;
  readonly stingy?: boolean;
  readonly underReports?: boolean;
  plan?(member: LyingMember, round: Round, sayings: readonly Saying[]): readonly Saying[];
  /** What stands in one frame with an own block. */
  pad?(member: LyingMember, block: Block): readonly Uint8Array[];
  pester?(member: LyingMember, round: Round): void;
  /** A link came up: whether the first word is said, or will be. */
  greet?(member: LyingMember, peer: AuthorIndex): boolean;
  hear?(member: LyingMember, from: AuthorIndex, message: Message): void;
}

/** A behaviour of its own for each member: some remember what they did. */
export function createBehaviour(name: BehaviourName): Behaviour {
  switch (name) {
    case "silent":
      return { silent: true };
    case "stingy":
      return { stingy: true, pester: flooder() };
    case "equivocate":
      return { plan: equivocate, pester: thirdTwins };
    case "withhold":
      return { plan: withhold };
    case "vote-both":
      return { plan: voteBoth };
    case "chain-bomb":
      return chainBomb();
    case "far-future":
      return { pester: farFuture };
    case "forge":
      return { pester: forge };
    case "replay":
      return { pester: replay };
    case "poison-time":
      return { plan: poisonTime, pester: sendHeavyBlocks };
    case "garbage":
      return { pester: garbage, pad };
    case "under-report":
      return underReport();
    case "lie-votes":
      return { plan: lieVotes };
  }
}

/** Two blocks that differ in nothing but a command that means nothing. */
function equivocate(member: LyingMember, round: Round, sayings: readonly Saying[]): readonly Saying[] {
  const { coalition } = member;
  const episode = coalition.episodeAt(round);
  if (episode === undefined) {
    member.settle(coalition.rng.integer(2));
    return sayings;
  }
  member.act("equivocate");
  const friends = coalition.names.filter((name) => name !== member.self);
  return episode.halves.map((half, branch): Saying => {
    const choose = (twins: readonly Block[]): Block | undefined =>
      twins.find(({ ref }) => coalition.branchOf.get(`${ref.round}:${ref.author}:${ref.digest}`) === branch);
    const payload = [encodeUtf8(`story ${branch} of round ${round}`)];
    return { branch, to: [...half, ...friends], content: { timestamp: coalition.wall, payload }, choose };
  });
}

function withhold(member: LyingMember, _round: Round, sayings: readonly Saying[]): readonly Saying[] {
  const { coalition, context } = member;
  if (!coalition.rng.chance(0.6)) return sayings;
  member.act("withhold");
  const { byzantine, parents, commit } = context.committee.thresholds;
  const goal = coalition.rng.chance(0.5) ? commit - 1 : parents - byzantine;
  return sayings.map((saying) => {
    const to: AuthorIndex[] = [];
    // Its own vote counts for its own block.
    let stake = context.committee.stakes[member.self] ?? 0;
    for (const peer of coalition.rng.shuffle(saying.to)) {
      const more = context.committee.stakes[peer] ?? 0;
      if (stake + more > goal) continue;
      stake += more;
      to.push(peer);
    }
    return { ...saying, to };
  });
}

function voteBoth(member: LyingMember, round: Round, sayings: readonly Saying[]): readonly Saying[] {
  const { coalition, seen } = member;
  const [first] = sayings;
  if (sayings.length > 1 || first === undefined) return sayings;
  const twins = [...seen.authorsAt(round - 1)].some((author) => seen.by(author, round - 1).length > 1);
  if (!twins) return sayings;
  member.act("vote-both");
  const halves = coalition.split();
  return halves.map(
    (half, branch): Saying => ({
      ...first,
      branch,
      to: half,
      choose: (candidates) => candidates[branch % candidates.length],
    }),
  );
}

function chainBomb(): Behaviour {
  let secret: Block[] = [];
  let until: Round = 0;
  return {
    plan(member, round, sayings) {
      if (round > until && secret.length === 0 && member.coalition.rng.chance(0.1)) {
        until = round + 4 + member.coalition.rng.integer(25);
      }
      return round <= until ? sayings.map((saying) => ({ ...saying, to: [] })) : sayings;
    },
    pester(member, round) {
      const made = member.tip(0);
      if (round <= until && made?.round === round) secret.push(made);
      if (round < until || secret.length === 0) return;
      member.act("chain-bomb");
      // Youngest first: every one of them arrives without its parent.
      member.tell(member.others, secret.toReversed());
      secret = [];
    },
  };
}

function forge(member: LyingMember, round: Round): void {
  const { coalition, context, seen } = member;
  if (!coalition.rng.chance(0.3)) return;
  const victims = seen.at(round - 1).filter(({ author }) => author !== member.self);
  const victim = victims[coalition.rng.integer(Math.max(1, victims.length))];
  if (victim === undefined) return;
  member.act("forge");
  const bent = victim.bytes.slice();
  bent[coalition.rng.integer(bent.length)]! ^= 1 << coalition.rng.integer(8);
  // In the victim's name, with another stamp, under the wrong key.
  const { epoch, author, parents, recovered, commitVote, evidence, payload } = victim;
  const forged = encodeBlock(
    {
      epoch,
      author,
      round: victim.round,
      parents,
      timestamp: victim.timestamp === 0 ? 1 : victim.timestamp - 1,
      recovered,
      commitVote,
      evidence,
      payload,
    },
    context,
  );
  member.say(member.others, "blocks", { kind: "blocks", blocks: [bent, forged.bytes] });
}

function replay(member: LyingMember): void {
  const { coalition, frames } = member;
  if (frames.length === 0 || !coalition.rng.chance(0.3)) return;
  member.act("replay");
  for (const peer of member.others) member.sendRaw(peer, "blocks", coalition.rng.pick(frames));
}

function poisonTime(member: LyingMember, _round: Round, sayings: readonly Saying[]): readonly Saying[] {
  const { coalition } = member;
  member.act("poison-time");
  const timestamp = coalition.rng.pick([
    Number.MAX_SAFE_INTEGER,
    0,
    coalition.wall + 450,
    coalition.wall + 600,
    coalition.wall - 3_600_000,
  ]);
  return sayings.map((saying) => ({ ...saying, content: { ...saying.content, timestamp } }));
}

function garbage(member: LyingMember): void {
  const { coalition, frames } = member;
  if (!coalition.rng.chance(0.3)) return;
  member.act("garbage");
  for (const peer of member.others) {
    const noise = Uint8Array.from({ length: coalition.rng.integer(200) }, () => coalition.rng.integer(256));
    member.sendRaw(peer, "blocks", noise);
    const frame = frames[coalition.rng.integer(Math.max(1, frames.length))];
    if (frame !== undefined) member.sendRaw(peer, "blocks", frame.subarray(0, coalition.rng.integer(frame.length + 1)));
  }
}

const FLOOD_QUESTIONS = 8;
/** So long a first word may wait. */
const GREETING_MS_MAX = 10;

function underReport(): Behaviour {
  const states = new FalseState();
  return {
    underReports: true,
    greet(member, peer) {
      const { coalition } = member;
      if (coalition.rng.chance(0.5)) return false;
      // One who lags believes in no single voice: it is the second or third that is asked for a state.
      coalition.after(coalition.rng.next() * GREETING_MS_MAX, () => states.boast(member, [peer]));
      return true;
    },
    pester(member) {
      if (!member.coalition.rng.chance(0.1)) return;
      if (member.coalition.rng.chance(0.5)) misreport(member);
      else states.boast(member, member.others);
    },
    hear(member, from, message) {
      if (message.kind === "heads") states.heads(member, from, message);
      else if (message.kind === "digest-request") tellFalseDigests(member, from, message);
      else if (message.kind === "snapshot-request") states.answer(member, from, message);
      else if (message.kind === "snapshot") states.take(member, from, message);
    },
  };
}

/** Claims to stand where nobody stands. */
function misreport(member: LyingMember): void {
  const { coalition, context } = member;
  member.act("under-report");
  const far = coalition.rng.pick([0, 1, 5_000]);
  member.say(member.others, "blocks", {
    kind: "heads",
    rounds: context.committee.members.map(() => (far === 0 ? 0 : member.seen.highest + far)),
    floor: coalition.rng.pick([0, member.seen.highest]),
    index: far * 3,
    digest: far === 0 ? "" : randomHex(coalition.rng, 32),
    checkpoint: far,
    sentAt: Math.floor(coalition.now),
    echo: coalition.rng.pick([0, Math.floor(coalition.now), Number.MAX_SAFE_INTEGER]),
    wall: coalition.rng.pick([0, coalition.wall, Number.MAX_SAFE_INTEGER]),
    needy: coalition.rng.chance(0.5),
  });
}

/** Vouches for what the coalition has offered; of other commits it tells anything. */
function tellFalseDigests(
  member: LyingMember,
  to: AuthorIndex,
  { from, to: last }: Extract<Message, { kind: "digest-request" }>,
): void {
  const { rng, vouched } = member.coalition;
  const count = Math.max(0, Math.min(64, last - from + 1));
  const digests = Array.from({ length: count }, (_, at) => vouched.get(from + at) ?? randomHex(rng, 32));
  member.say([to], "blocks", { kind: "digests", from, digests });
}

/**
 * Asks one member for everything that it has to answer, over and over. Few ask for snapshots: one that is asked for stays,
 * with all blocks since, and if everybody kept these no laggard would ever need a snapshot.
 */
function flooder(): NonNullable<Behaviour["pester"]> {
  let wantsSnapshots: boolean | undefined;
  return (member) => {
    const { honest, rng } = member.coalition;
    if (!rng.chance(0.05)) return;
    member.act("flood");
    wantsSnapshots ??= rng.chance(0.2);
    const victim = rng.pick(honest);
    for (let question = 0; question < FLOOD_QUESTIONS; question++) {
      const id = rng.integer(1_000_000);
      const from = rng.integer(500);
      member.say([victim], "blocks", { kind: "frontier-request", id });
      member.say([victim], "blocks", { kind: "recovery-request", nonce: id });
      member.say([victim], "blocks", { kind: "digest-request", from, to: from + rng.integer(64) });
      if (!wantsSnapshots) continue;
      member.say([victim], "catch-up", { kind: "snapshot-request", index: 0, offset: rng.integer(2_000) });
    }
  };
}

function lieVotes(member: LyingMember, _round: Round, sayings: readonly Saying[]): readonly Saying[] {
  const { coalition } = member;
  member.act("lie-votes");
  return sayings.map((saying) => {
    const commitVote = { index: 1 + coalition.rng.integer(2_000), digest: randomHex(coalition.rng, 32) };
    return { ...saying, content: { ...saying.content, commitVote } };
  });
}
