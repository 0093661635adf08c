// As many bytes as the bounds of frames and blocks allow, for others to keep.
import { type Block, blockBytesMax, FRAME_BYTES_MAX, type Round } from "@quorate/core";
import { craft } from "./craft.ts";
import type { LyingMember } from "./lying-member.ts";
import { randomBytes } from "./random-bytes.ts";

/** A frame's head, and the length before each block. */
const FRAME_REST_BYTES = 16;
const LENGTH_BYTES_MAX = 4;

/** How often a member does so in a round. Of many liars each does it less often: every byte of it is read and hashed. */
const often = ({ coalition }: LyingMember): boolean => coalition.rng.chance(0.03 / coalition.names.length);

/** Blocks beside the own chain, as large as can be, whose time never comes. */
export function sendHeavyBlocks(member: LyingMember, round: Round): void {
  const { coalition, context, seen, self } = member;
  if (!often(member)) return;
  const heavy = Array.from({ length: 1 + coalition.rng.integer(8) }, () => {
    const payload = [randomBytes(coalition.rng, 8), new Uint8Array(context.limits.payloadBytesMax - 64)];
    const content = { timestamp: Number.MAX_SAFE_INTEGER, payload };
    return craft({ author: self, round, own: undefined, content }, seen, context);
  });
  member.act("heavy blocks");
  for (const block of heavy) if (block !== undefined) member.tell(coalition.honest, [block]);
}

/** A small block in a frame as large as can be: who keeps the one should not keep the other. */
export function pad(member: LyingMember, { bytes }: Block): readonly Uint8Array[] {
  const { context } = member;
  if (!often(member)) return [];
  member.act("padded frames");
  const junk = new Uint8Array(blockBytesMax(context));
  const count = Math.floor((FRAME_BYTES_MAX - bytes.length - FRAME_REST_BYTES) / (junk.length + LENGTH_BYTES_MAX));
  return Array.from({ length: count }, () => junk);
}
