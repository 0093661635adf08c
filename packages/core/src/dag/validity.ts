// The rules that a block keeps or breaks by itself, whatever else its judge has seen. They read the block and the
// genesis and nothing local, no clock, no DAG and no horizon, so that all honest replicas judge alike; rules that need
// other blocks are kept where blocks are accepted.
//
//   V1  epoch and author are the committee's, the round is at least 1 (round 0 is implicit)
//   V2  parents at exactly round − 1 hold the parent quorum
//   V3  the first parent is the author's own latest earlier block
//   V4  at most one parent per author, so that a block votes for at most one twin
//   V5  a parent is older than the block, and no older than weakDepth rounds
//   V7  commands, their bytes and proofs stay within the limits
//   V8  proofs of equivocation prove what they say (the block's own signature is verified where it is decoded)
//
// The own parent is exempt from V5's lower bound. An author that was silent for longer than weakDepth would otherwise
// never speak again, since V3 asks for its last block. The exemption is objective, for it looks at nothing but the
// block, and safe: a parent that old carries no vote (votes stand at round − 1), it is one ref a block, so fetching
// stays bounded by the author's own chain, and once it lies at or below the horizon it is a name that nobody follows.
//
// A timestamp is never a reason to refuse (V9), as long as it can be written.
import { type BlockContext, DIGEST_BYTES, isSigned, voteDigestBytes } from "../codec/block-context.ts";
import { payloadBytesOf } from "../codec/body.ts";
import { verifyEquivocation } from "../codec/evidence.ts";
import { type AuthorIndex, type BlockRef, type Digest, ROUND_MAX, type Round } from "../ids.ts";
import { type Rejection, reject } from "../rejection.ts";
import type { BlockContent } from "./block.ts";

/** Why a block breaks a rule, if it does. For content of any origin; decoding a block asks this too. */
export function checkBlock(content: BlockContent, context: BlockContext): Rejection | undefined {
  return checkForm(content, context) ?? checkParents(content, context) ?? checkBody(content, context);
}

/** V1 to V5, for content whose numbers and digests are known to be well-formed because they were read from bytes. */
export function checkParents(
  content: Pick<BlockContent, "epoch" | "author" | "round" | "parents">,
  context: BlockContext,
): Rejection | undefined {
  const { committee, limits } = context;
  const { epoch, author, round, parents } = content;
  const { stakes } = committee;
  if (epoch !== committee.epoch) return reject("wrong-epoch", { expected: committee.epoch, actual: epoch });
  if (author >= stakes.length) return reject("unknown-author", { author, members: stakes.length });
  if (round < 1) return reject("bad-round", { author, round });
  const own = parents[0];
  if (own === undefined) return reject("no-parents", { author, round });
  if (own.author !== author) return reject("no-own-parent", { author, round, first: own.author });
  if (own.round >= round) return reject("parent-not-older", { author, round, parent: own.author, at: own.round });
  let stake = own.round === round - 1 ? stakes[author]! : 0;
  const oldest = round - limits.weakDepth;
  let previous = -1;
  for (let index = 1; index < parents.length; index++) {
    const parent = parents[index]!;
    if (parent.author >= stakes.length)
      return reject("unknown-author", { author: parent.author, round, members: stakes.length });
    if (parent.author === author || parent.author === previous) {
      return reject("two-parents-of-one-author", { author, round, parent: parent.author });
    }
    if (parent.author < previous)
      return reject("non-canonical", { author, round, parent: parent.author, after: previous });
    if (parent.round >= round) {
      return reject("parent-not-older", { author, round, parent: parent.author, at: parent.round });
    }
    if (parent.round < oldest) {
      return reject("parent-too-old", { author, round, parent: parent.author, at: parent.round, oldest });
    }
    if (parent.round === round - 1) stake += stakes[parent.author]!;
    previous = parent.author;
  }
  const needed = committee.thresholds.parents;
  if (stake < needed) return reject("no-parent-quorum", { author, round, stake, needed });
  return undefined;
}

/** V7, and the proofs of V8. */
export function checkBody(content: BlockContent, context: BlockContext): Rejection | undefined {
  const { limits } = context;
  const { author, round, evidence, payload } = content;
  if (payload.length > limits.commandsPerBlockMax) {
    return reject("too-large", { author, round, commands: payload.length, max: limits.commandsPerBlockMax });
  }
  const payloadBytes = payloadBytesOf(payload);
  if (payloadBytes > limits.payloadBytesMax) {
    return reject("too-large", { author, round, payloadBytes, max: limits.payloadBytesMax });
  }
  if (evidence.length > limits.evidencePerBlockMax) {
    return reject("too-large", { author, round, proofs: evidence.length, max: limits.evidencePerBlockMax });
  }
  for (const proof of evidence) {
    const refused = verifyEquivocation(proof, context);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

/** What bytes cannot even say: fractions, digests of the wrong size, proofs where nobody signs. */
function checkForm(content: BlockContent, context: BlockContext): Rejection | undefined {
  const { author, round, timestamp, commitVote, evidence } = content;
  if (!isWhole(content.epoch))
    return reject("wrong-epoch", { expected: context.committee.epoch, actual: content.epoch });
  if (!isAuthor(author)) return reject("unknown-author", { author });
  if (!isRound(round)) return reject("bad-round", { author, round });
  if (!isWhole(timestamp)) return reject("bad-number", { author, round, timestamp });
  for (const parent of content.parents) {
    const refused = checkRefForm(parent, context);
    if (refused !== undefined) return refused;
  }
  if (commitVote !== undefined) {
    if (!isWhole(commitVote.index) || commitVote.index === 0) {
      return reject("bad-number", { author, round, commitIndex: commitVote.index });
    }
    if (!isDigest(commitVote.digest, voteDigestBytes(context))) {
      return reject("bad-number", { author, round, commitDigest: commitVote.digest });
    }
  }
  if (evidence.length > 0 && !isSigned(context)) {
    return reject("bad-evidence", { author: evidence[0]!.author, why: "nobody signs in this cluster" });
  }
  return undefined;
}

function checkRefForm(ref: BlockRef, context: BlockContext): Rejection | undefined {
  if (!isAuthor(ref.author)) return reject("unknown-author", { author: ref.author });
  if (!isRound(ref.round)) return reject("bad-round", { author: ref.author, round: ref.round });
  const digestBytes = isSigned(context) && ref.round > 0 ? DIGEST_BYTES : 0;
  if (!isDigest(ref.digest, digestBytes)) {
    return reject("bad-number", { author: ref.author, round: ref.round, digest: ref.digest });
  }
  return undefined;
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isAuthor(author: AuthorIndex): boolean {
  return isWhole(author);
}

function isRound(round: Round): boolean {
  return isWhole(round) && round <= ROUND_MAX;
}

function isDigest(digest: Digest, bytes: number): boolean {
  return digest.length === 2 * bytes && /^[0-9a-f]*$/.test(digest);
}
