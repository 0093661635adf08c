// Proof that an author said two things in one round. It convinces anybody who knows the committee, needs no other
// block, and cannot be made against an honest member, because an honest member signs one header a round.
//
// The headers in a proof carry only the root of their own evidence, never the evidence itself: proofs do not nest, and
// their size is bounded by the committee's.
import type { Block, EquivocationProof } from "../dag/block.ts";
import { compareDigests } from "../ids.ts";
import { invariant } from "../invariant.ts";
import { isRejection, type Rejection, reject } from "../rejection.ts";
import type { BlockContext } from "./block-context.ts";
import { bodyBytesOf } from "./body.ts";
import { decodeHeader, type SignedHeader } from "./header.ts";

/** The header of a signed block with its signature: everything before the body. */
export function signedHeaderOf(block: Block): Uint8Array {
  return block.bytes.subarray(0, block.bytes.length - bodyBytesOf(block));
}

/** The proof that two blocks make, in its one canonical form. They must be twins. */
export function equivocationProof(left: Block, right: Block): EquivocationProof {
  invariant(left.author === right.author && left.round === right.round, "twins share author and round");
  const order = compareDigests(left.ref.digest, right.ref.digest);
  invariant(order !== 0, "twins differ");
  const [first, second] = order < 0 ? [left, right] : [right, left];
  return { author: left.author, headers: [signedHeaderOf(first), signedHeaderOf(second)] };
}

/** Why a proof proves nothing, if so: two headers of one epoch, author and round, in order of digest, both signed. */
export function verifyEquivocation(proof: EquivocationProof, context: BlockContext): Rejection | undefined {
  const first = decodeHeader(proof.headers[0], context);
  const second = decodeHeader(proof.headers[1], context);
  if (isRejection(first)) return badEvidence(proof, `first header: ${first.code}`);
  if (isRejection(second)) return badEvidence(proof, `second header: ${second.code}`);
  if (first.header.author !== proof.author || second.header.author !== proof.author) {
    return badEvidence(proof, "a header is by another author");
  }
  if (first.header.round !== second.header.round) return badEvidence(proof, "the rounds differ");
  const order = compareDigests(first.digest, second.digest);
  if (order === 0) return badEvidence(proof, "both headers are the same");
  if (order > 0) return badEvidence(proof, "the headers are not in order of their digests");
  if (!verifyHeader(first, context) || !verifyHeader(second, context)) return badEvidence(proof, "a signature is bad");
  return undefined;
}

function verifyHeader({ header, digestBytes, signature }: SignedHeader, context: BlockContext): boolean {
  return context.crypto.verify(header.author, digestBytes, signature);
}

function badEvidence(proof: EquivocationProof, why: string): Rejection {
  return reject("bad-evidence", { author: proof.author, why });
}
