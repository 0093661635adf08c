// Signatures checked off the loop: the same answers as the core's own, in the same order of frames, whatever the forgers
// do. A counting crypto shows what the core still had to check itself.
import {
  type AuthorIndex,
  type BlockRef,
  type Crypto,
  createCommittee,
  DEFAULT_LIMITS,
  decodeBlock,
  decodeMessage,
  encodeBlock,
  encodeMessage,
  isRejection,
  type Transport,
  type TransportEvents,
} from "@quorate/core";
import { describe, expect, it } from "vitest";
import { makeKeyPair } from "../../src/crypto/keys.ts";
import { createNodeCrypto } from "../../src/crypto/node-crypto.ts";
import { createPreVerifier } from "../../src/crypto/pre-verifier.ts";

const keys = Array.from({ length: 4 }, makeKeyPair);
const publicKeys = keys.map(({ publicKey }) => publicKey);
const committee = createCommittee({
  members: publicKeys.map((publicKey, index) => ({ name: `r${index}`, stake: 1, publicKey })),
  fault: { crash: 0, byzantine: 1 },
});
const contextOf = (member: number) => ({
  committee,
  limits: DEFAULT_LIMITS,
  genesisHash: new Uint8Array(32).fill(1),
  crypto: createNodeCrypto({ privateKey: keys[member]!.privateKey, publicKeys }),
});

/** Frames with the first blocks of an author, one each. */
function framesOf(author: AuthorIndex, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const block = encodeBlock(
      {
        epoch: 0,
        author,
        round: 1,
        parents: [author, ...[0, 1, 2, 3].filter((other) => other !== author)].map(
          (parent): BlockRef => ({ author: parent, round: 0, digest: "" }),
        ),
        timestamp: 1_000 + index,
        recovered: false,
        commitVote: undefined,
        evidence: [],
        payload: [],
      },
      contextOf(author),
    );
    return encodeMessage({ kind: "blocks", blocks: [block.bytes] }, contextOf(author));
  });
}

/** The same frame with another signature, which is the end of a block without a body. */
function forged(frame: Uint8Array): Uint8Array {
  const bytes = frame.slice();
  bytes[bytes.length - 10]! ^= 1;
  return bytes;
}

/** A core behind a verifier: decodes what it gets and notes what it thinks of it. */
function setUp({ waitingBytesMax, judging = true }: { waitingBytesMax?: number; judging?: boolean } = {}) {
  let events: TransportEvents | undefined;
  let checkedByCore = 0;
  const base = contextOf(0).crypto;
  const crypto: Crypto = {
    ...base,
    verify: (author, bytes, signature) => {
      checkedByCore += 1;
      return base.verify(author, bytes, signature);
    },
  };
  const context = { ...contextOf(0), crypto };
  const verifier = createPreVerifier({
    ...context,
    publicKeys,
    ...(waitingBytesMax === undefined ? {} : { waitingBytesMax }),
  });
  const inner: Transport = {
    open: async (given) => {
      events = given;
    },
    send: () => {},
    close: async () => {},
  };
  const heard: string[] = [];
  const frames: Uint8Array[] = [];
  const judge = (bytes: Uint8Array): string => {
    const message = decodeMessage(bytes, context);
    if (isRejection(message)) return message.code;
    if (message.kind !== "blocks") return message.kind;
    return message.blocks
      .map((block) => {
        const decoded = decodeBlock(block, { ...context, crypto: verifier.crypto });
        return isRejection(decoded) ? decoded.code : "good";
      })
      .join(" ");
  };
  void verifier.wrap(inner).open({
    up: (peer) => heard.push(`up ${peer}`),
    down: (peer) => heard.push(`down ${peer}`),
    frame: (from, bytes) => {
      frames.push(bytes);
      heard.push(`${from} ${judging ? judge(bytes) : "unread"}`);
    },
  });
  return { events: events!, heard, frames, verifier, checkedByCore: () => checkedByCore };
}

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn++) {
    if (turn > 20_000) throw new Error("never");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe("the verifier off the loop", () => {
  it("answers the core from memory, once, and hands on frames in the order of each peer", async () => {
    const { checkedByCore, events, frames, heard } = setUp();
    const sent = [1, 2, 3].map((peer) => framesOf(peer, 40));
    const plain = encodeMessage({ kind: "frontier-request", id: 7 }, contextOf(0));
    for (const peer of [1, 2, 3]) events.up(peer);
    for (let index = 0; index < 40; index++) {
      for (const peer of [1, 2, 3]) {
        events.frame(peer, sent[peer - 1]![index]!);
        // It has nothing to check, and must wait all the same.
        if (index % 10 === 0) events.frame(peer, plain);
      }
    }
    await until(() => frames.length === 3 * 44);
    for (const peer of [1, 2, 3]) {
      const own = sent[peer - 1]!.flatMap((frame, index) => (index % 10 === 0 ? [frame, plain] : [frame]));
      const got = frames.filter((frame, index) => heard[index + 3]!.startsWith(`${peer} `) && frame.length > 0);
      expect(got).toEqual(own);
    }
    expect(heard.filter((text) => text.endsWith("good"))).toHaveLength(120);
    expect(checkedByCore()).toBe(0);
    // Asked again, the memory is gone.
    events.frame(1, sent[0]![0]!);
    await until(() => frames.length === 133);
    expect(checkedByCore()).toBe(0);
  });

  it("never takes a forged signature for a good one, nor one that is good for something else", async () => {
    const { events, frames, heard, verifier } = setUp();
    const [good, other] = framesOf(1, 2) as [Uint8Array, Uint8Array];
    events.up(1);
    // The signature of one block under another one.
    const swapped = other.slice();
    swapped.set(good.subarray(good.length - 64), swapped.length - 64);
    for (const frame of [forged(good), good, forged(good), swapped, other]) events.frame(1, frame);
    await until(() => frames.length === 5);
    expect(heard.slice(1)).toEqual(["1 bad-signature", "1 good", "1 bad-signature", "1 bad-signature", "1 good"]);
    const signature = good.subarray(good.length - 64);
    expect(verifier.crypto.verify(1, new Uint8Array(32), signature)).toBe(false);
    expect(verifier.crypto.verify(2, new Uint8Array(32), signature)).toBe(false);
  });

  it("remembers a check under author, bytes and signature together", async () => {
    const { checkedByCore, events, frames, verifier } = setUp({ judging: false });
    const [good] = framesOf(1, 1) as [Uint8Array];
    const asked: { bytes: Uint8Array; signature: Uint8Array }[] = [];
    const message = decodeMessage(good, contextOf(0));
    if (isRejection(message) || message.kind !== "blocks") throw new Error("not a frame of blocks");
    const base = contextOf(0);
    const verify: Crypto["verify"] = (_, bytes, signature) => asked.push({ bytes, signature }) > 0;
    decodeBlock(message.blocks[0]!, { ...base, crypto: { ...base.crypto, verify } });
    const [{ bytes, signature }] = asked as [{ bytes: Uint8Array; signature: Uint8Array }];
    events.up(1);
    events.frame(1, good);
    await until(() => frames.length === 1);
    expect(verifier.crypto.verify(2, bytes, signature)).toBe(false);
    expect(verifier.crypto.verify(1, bytes.slice().reverse(), signature)).toBe(false);
    expect(verifier.crypto.verify(1, bytes, signature.slice().reverse())).toBe(false);
    expect(checkedByCore()).toBe(3);
    expect(verifier.crypto.verify(1, bytes, signature)).toBe(true);
    expect(checkedByCore()).toBe(3);
    expect(verifier.crypto.verify(1, bytes, signature)).toBe(true);
    expect(checkedByCore()).toBe(4);
  });

  it("lets frames through unchecked when too many wait, in order", async () => {
    const sent = framesOf(1, 50);
    const { checkedByCore, events, frames, heard } = setUp({ waitingBytesMax: 10 * sent[0]!.length });
    events.up(1);
    for (const frame of sent) events.frame(1, frame);
    expect(frames.length).toBeGreaterThanOrEqual(40);
    await until(() => frames.length === 50);
    expect(frames).toEqual(sent);
    expect(heard.slice(1).every((text) => text === "1 good")).toBe(true);
    expect(checkedByCore()).toBeGreaterThanOrEqual(40);
    expect(checkedByCore()).toBeLessThan(50);
  });

  it("hands on nothing of a link that is down, nor before one is up", async () => {
    const { events, frames, heard } = setUp();
    const sent = framesOf(2, 20);
    events.frame(2, sent[0]!);
    events.up(2);
    for (const frame of sent) events.frame(2, frame);
    events.down(2);
    events.up(2);
    events.frame(2, sent[5]!);
    await until(() => frames.length >= 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard).toEqual(["up 2", "down 2", "up 2", "2 good"]);
  });

  it("passes on what cannot be read, for the core to refuse", async () => {
    const { events, frames, heard } = setUp();
    events.up(3);
    events.frame(3, Uint8Array.of(9, 9, 9));
    events.frame(3, encodeMessage({ kind: "blocks", blocks: [Uint8Array.of(1, 2, 3)] }, contextOf(3)));
    await until(() => frames.length === 2);
    expect(heard[1]).toBe("3 bad-version");
    expect(heard[2]).not.toBe("3 good");
  });
});
