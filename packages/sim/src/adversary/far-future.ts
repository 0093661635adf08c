// Blocks from rounds that nobody will reach, signed as they should be, with parents that nobody made.
import { type Block, encodeBlock, type Round } from "@quorate/core";
import type { LyingMember } from "./lying-member.ts";
import { randomHex } from "./random-bytes.ts";

const AHEAD_ROUNDS = 1_000_000;
const BLOCKS = 20;

export function farFuture(member: LyingMember, round: Round): void {
  const { coalition } = member;
  // Of many liars each does so less often: the honest read every block.
  if (!coalition.rng.chance(0.3 / coalition.names.length)) return;
  member.act("far-future");
  const blocks = Array.from({ length: BLOCKS }, (_, step) => farFutureBlock(member, round + AHEAD_ROUNDS + step));
  // Not to each other: who believes in such rounds takes no part in those of today.
  member.tell(coalition.honest, blocks);
}

export function farFutureBlock({ coalition, context, self }: LyingMember, round: Round): Block {
  const parents = context.committee.members.map((_unused, author) => ({
    round: round - 1,
    author,
    digest: randomHex(coalition.rng, 32),
  }));
  const own = parents[self]!;
  const others = parents.filter(({ author }) => author !== self);
  return encodeBlock(
    {
      epoch: context.committee.epoch,
      author: self,
      round,
      parents: [own, ...others],
      timestamp: coalition.wall,
      recovered: false,
      commitVote: undefined,
      evidence: [],
      payload: [],
    },
    context,
  );
}
