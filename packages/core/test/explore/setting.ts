// What all replicas of one exploration share, and the names of the frames they send: equal frames get equal numbers, so
// that a state of the world is a list of numbers.
import { type BlockContext, decodeBlock } from "../../src/codec/block.ts";
import { decodeMessage, encodeMessage } from "../../src/codec/message.ts";
import { type Committee, createCommittee } from "../../src/committee/committee.ts";
import type { FaultBounds } from "../../src/committee/quorum.ts";
import { createToyCrypto } from "../../src/crypto-toy.ts";
import type { Block } from "../../src/dag/block.ts";
import { type AuthorIndex, authorName, printRef } from "../../src/ids.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import type { Message } from "../../src/message.ts";
import type { Mutations, Tuning } from "../../src/options.ts";
import { isRejection } from "../../src/rejection.ts";

export interface SettingOptions {
  readonly members: number;
  readonly fault: FaultBounds;
  readonly tuning?: Partial<Tuning>;
  readonly mutations?: Mutations;
  /** Replaces the schedule of heads, to show that the checks see a schedule that starves. */
  readonly slotsOf?: (round: number) => readonly AuthorIndex[];
  /** A member that lies about its frontier: it names nothing, or its first block for ever. */
  readonly liar?: { readonly at: AuthorIndex; readonly frontier: "genesis" | "first" };
  /** Disks answer within the step; otherwise each confirmation is a step of its own. */
  readonly instantDisks: boolean;
  /** Whether an own block that leaves before its record was confirmed is reported; off where a canary breaks just that. */
  readonly orderLaw?: boolean;
}

/** A frame and what it says. */
export interface Frame {
  readonly bytes: Uint8Array;
  readonly message: Message;
  /** The blocks that it shows, whole. */
  readonly blocks: readonly Block[];
}

const GENESIS_HASH = new Uint8Array(32).fill(7);

export class Setting {
  readonly options: SettingOptions;
  readonly committee: Committee;
  readonly block: BlockContext;
  readonly frames: Frame[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #firstOfLiar: Uint8Array[] = [];

  constructor(options: SettingOptions) {
    this.options = options;
    const committee = createCommittee({
      members: Array.from({ length: options.members }, (_, at) => ({
        name: authorName(at),
        stake: 1,
        publicKey: new Uint8Array(0),
      })),
      fault: options.fault,
    });
    this.committee = options.slotsOf === undefined ? committee : { ...committee, slotsOf: options.slotsOf };
    this.block = {
      committee: this.committee,
      limits: DEFAULT_LIMITS,
      crypto: this.crypto(0),
      genesisHash: GENESIS_HASH,
    };
  }

  get count(): number {
    return this.options.members;
  }

  crypto(self: AuthorIndex): ReturnType<typeof createToyCrypto> {
    return createToyCrypto({ self, seed: 1 });
  }

  /** The number of a frame. */
  number(bytes: Uint8Array): number {
    let key = "";
    for (const byte of bytes) key += String.fromCharCode(byte);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.frames.length;
      this.#numbers.set(key, number);
      this.frames.push(this.#read(bytes));
    }
    return number;
  }

  /** What a member really puts on the wire where it meant to say this. */
  spoken(from: AuthorIndex, bytes: Uint8Array): Uint8Array {
    const { liar } = this.options;
    if (liar?.at !== from) return bytes;
    const { message, blocks } = this.frames[this.number(bytes)]!;
    for (const block of blocks) if (block.author === from && block.round === 1) this.#firstOfLiar[0] ??= block.bytes;
    if (message.kind !== "frontier") return bytes;
    const head = liar.frontier === "first" ? this.#firstOfLiar[0] : undefined;
    return encodeMessage({ kind: "frontier", id: message.id, head: head ?? new Uint8Array(0) }, this.block);
  }

  print(number: number): string {
    if (number < 0) return number === -1 ? "link reset" : "link down";
    const { blocks, message } = this.frames[number]!;
    const told = blocks.map(({ ref, parents }) => `${printRef(ref)}(${parents.map(printRef).join(" ")})`).join(", ");
    switch (message.kind) {
      case "heads":
        return `heads ${message.rounds.join("/")}${message.needy ? " needy" : ""}`;
      case "want":
        return `want ${message.rounds.join("/")}`;
      case "fetch":
        return `fetch ${message.refs.map(printRef).join(" ")}`;
      default:
        return told === "" ? message.kind : `${message.kind} ${told}`;
    }
  }

  #read(bytes: Uint8Array): Frame {
    const message = decodeMessage(bytes, this.block);
    if (isRejection(message)) throw new Error(`a replica sent a frame that does not decode: ${message.code}`);
    const heads = message.kind === "frontier" || message.kind === "recovery" ? [message.head] : [];
    const encoded = message.kind === "blocks" ? message.blocks : heads.filter((head) => head.length > 0);
    const blocks = encoded.map((block) => {
      const decoded = decodeBlock(block, this.block);
      if (isRejection(decoded)) throw new Error(`a replica sent a block that does not decode: ${decoded.code}`);
      return decoded;
    });
    return { bytes, message, blocks };
  }
}
