// Twins beyond the second. Honest members take two blocks of an author and round as they come, and another one only if
// somebody needs it: so a liar first sends blocks that need it, and says what they need afterwards.
//
//   alone      each child stands on a twin of its own. Others have built on both of two twins that were told before, so
//              both are in the new twin's history and its child is refused (V8): who took the twin took it for nothing
//   together   each block stands on fresh ones of its author's friends, and these on others, down the rounds
import { type Block, encodeUtf8, type Round } from "@quorate/core";
import { craft } from "./craft.ts";
import type { LyingMember } from "./lying-member.ts";

const COUNT_MAX = 3;
const DEPTH_MAX = 4;
/** Each friend more doubles what a child stands on, round by round. */
const FRIENDS_MAX = 2;

export interface TwinPlan {
  /** Children in the newest round. */
  readonly count: number;
  /** Rounds of twins below them. */
  readonly depth: number;
  readonly alone: boolean;
}

/** Sends some now and then. */
export function thirdTwins(member: LyingMember, round: Round): void {
  const { names, rng } = member.coalition;
  if (!rng.chance(0.03)) return;
  const alone = names.length === 1 || rng.chance(0.5);
  sendThirdTwins(member, round, { count: 1 + rng.integer(COUNT_MAX), depth: 1 + rng.integer(DEPTH_MAX), alone });
}

/** Sends children and the twins that they need, youngest first. */
export function sendThirdTwins(member: LyingMember, round: Round, { count, depth, alone }: TwinPlan): void {
  const { honest, members } = member.coalition;
  const liars = alone ? [member] : members;
  const made: Block[] = [];
  for (let child = 0; child < count; child++) grow(member, liars, round, depth, made);
  if (made.length === 0) return;
  member.act("third twins");
  member.tell(honest, made.toReversed());
}

/** Makes a fresh block, behind the fresh ones that it stands on: its author's if it is alone, else its friends'. */
function grow(
  author: LyingMember,
  liars: readonly LyingMember[],
  round: Round,
  depth: number,
  made: Block[],
): Block | undefined {
  const { context, coalition, seen } = author;
  const below = (liar: LyingMember): Block | undefined =>
    depth === 0 || round === 1 ? undefined : grow(liar, liars, round - 1, depth - 1, made);
  const own = liars.length === 1 ? below(author) : undefined;
  const friends = liars.filter((liar) => liar !== author).slice(0, FRIENDS_MAX);
  const others = friends.flatMap((friend) => below(friend)?.ref ?? []);
  coalition.stories += 1;
  const content = { timestamp: coalition.wall, payload: [encodeUtf8(`story ${coalition.stories}`)] };
  const block = craft({ author: author.self, round, own, others, content }, seen, context);
  if (block !== undefined) made.push(block);
  return block;
}
