// The body of a block: proofs of equivocation, then commands. Each section exists only if it has something to say, which
// a flag in the header tells; under Byzantine faults the header also carries a hash of each, so that a signed header
// speaks for its body without having it at hand.
import type { EquivocationProof } from "../dag/block.ts";
import { SIGNATURE_BYTES } from "../ports/crypto.ts";
import type { BlockContext } from "./block-context.ts";
import { domainTag, hashInDomain } from "./hashing.ts";
import { headerBytesMax } from "./header.ts";
import type { Reader } from "./reader.ts";
import { varintBytes, type Writer } from "./writer.ts";

const EVIDENCE_DOMAIN = domainTag("quorate block evidence 1");
const PAYLOAD_DOMAIN = domainTag("quorate block payload 1");

/** Hash of the evidence section as it stands in the block. */
export function evidenceRoot(section: Uint8Array, context: BlockContext): Uint8Array {
  return hashInDomain(EVIDENCE_DOMAIN, section, context);
}

/** Hash of the payload section as it stands in the block: the number of commands, then each behind its length. */
export function payloadRoot(section: Uint8Array, context: BlockContext): Uint8Array {
  return hashInDomain(PAYLOAD_DOMAIN, section, context);
}

export function writePayload(writer: Writer, payload: readonly Uint8Array[]): void {
  writer.varint(payload.length);
  for (const command of payload) writer.sized(command);
}

/** The commands as views into the block's bytes. */
export function readPayload(reader: Reader, context: BlockContext): readonly Uint8Array[] {
  const { commandsPerBlockMax, payloadBytesMax } = context.limits;
  const count = reader.count(commandsPerBlockMax, 1);
  if (count === 0) reader.fail("non-canonical", { payload: "an empty payload is told by its flag" });
  const payload: Uint8Array[] = [];
  let room = payloadBytesMax;
  for (let index = 0; index < count && reader.failure === undefined; index++) {
    const command = reader.sized(room);
    room -= command.length;
    payload.push(command);
  }
  return payload;
}

export function writeEvidence(writer: Writer, evidence: readonly EquivocationProof[]): void {
  writer.varint(evidence.length);
  for (const { author, headers } of evidence) {
    writer.varint(author);
    writer.sized(headers[0]);
    writer.sized(headers[1]);
  }
}

/** The proofs, unverified. */
export function readEvidence(reader: Reader, context: BlockContext): readonly EquivocationProof[] {
  const memberCount = context.committee.members.length;
  const headerMax = headerBytesMax(memberCount);
  const count = reader.count(context.limits.evidencePerBlockMax, 2 * SIGNATURE_BYTES);
  if (count === 0) reader.fail("non-canonical", { evidence: "an empty list is told by its flag" });
  const evidence: EquivocationProof[] = [];
  for (let index = 0; index < count && reader.failure === undefined; index++) {
    const author = reader.varintUpTo(memberCount - 1, "unknown-author");
    evidence.push({ author, headers: [reader.sized(headerMax), reader.sized(headerMax)] });
  }
  return evidence;
}

/** Size of the commands of a block, without their lengths. */
export function payloadBytesOf(payload: readonly Uint8Array[]): number {
  let total = 0;
  for (const command of payload) total += command.length;
  return total;
}

/** Size of the body's sections as written. */
export function bodyBytesOf(body: {
  readonly evidence: readonly EquivocationProof[];
  readonly payload: readonly Uint8Array[];
}): number {
  let total = 0;
  if (body.evidence.length > 0) {
    total += varintBytes(body.evidence.length);
    for (const { author, headers } of body.evidence) {
      total += varintBytes(author) + sizedBytes(headers[0]) + sizedBytes(headers[1]);
    }
  }
  if (body.payload.length > 0) {
    total += varintBytes(body.payload.length);
    for (const command of body.payload) total += sizedBytes(command);
  }
  return total;
}

/** No block of these limits is larger. */
export function blockBytesMax(context: Pick<BlockContext, "committee" | "limits">): number {
  const { commandsPerBlockMax, evidencePerBlockMax, payloadBytesMax } = context.limits;
  const header = headerBytesMax(context.committee.members.length);
  return header + evidencePerBlockMax * (2 * header + 16) + payloadBytesMax + 8 * commandsPerBlockMax + 16;
}

function sizedBytes(bytes: Uint8Array): number {
  return varintBytes(bytes.length) + bytes.length;
}
