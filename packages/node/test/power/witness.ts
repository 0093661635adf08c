// Hears everything that the members of a cluster in one process say to each other, and judges it: a member says one block
// a round in all its lives; one that lost its disk says no block of its own that it had not said before, no frontier and
// no answer to another that lost its disk, until it has recovered.
import {
  type AuthorIndex,
  type BlockContext,
  createCommittee,
  decodeBlock,
  decodeMessage,
  genesisHash,
  isRejection,
  printRef,
  type Transport,
  toHex,
} from "@quorate/core";
import { createNodeCrypto } from "../../src/crypto/index.ts";
import type { LocalCluster } from "../../src/local-cluster.ts";

export class Witness {
  readonly problems: string[] = [];
  /** Frames that were understood. */
  frames = 0;
  /** Frames of members that had not recovered yet. */
  framesInAmnesia = 0;
  #cluster: LocalCluster | undefined;
  #context: BlockContext | undefined;
  /** By author and round: the block as it was first said. */
  readonly #said = new Map<string, string>();
  readonly #amnesiacs = new Set<AuthorIndex>();

  readonly wrap = (transport: Transport, member: AuthorIndex): Transport => ({
    open: (events) => transport.open(events),
    close: () => transport.close(),
    send: (to, channel, bytes) => {
      this.#hear(member, bytes);
      transport.send(to, channel, bytes);
    },
  });

  /** Listens from now on. Whoever starts with its whole past has said nothing before that matters. */
  attend(cluster: LocalCluster): void {
    const { genesis } = cluster;
    const publicKeys = genesis.members.map(({ publicKey }) => publicKey);
    const crypto = createNodeCrypto({ publicKeys });
    this.#context = {
      committee: createCommittee(genesis),
      limits: genesis.limits,
      crypto,
      genesisHash: genesisHash(genesis, crypto),
    };
    this.#cluster = cluster;
  }

  /** The next life of this member does not know what the ones before have said. */
  lost(member: AuthorIndex): void {
    this.#amnesiacs.add(member);
  }

  #hear(member: AuthorIndex, bytes: Uint8Array): void {
    if (this.#context === undefined) return;
    const message = decodeMessage(bytes, this.#context);
    if (isRejection(message)) {
      this.problems.push(`${member} says what nobody understands`);
      return;
    }
    this.frames += 1;
    const amnesiac = this.#isAmnesiac(member);
    if (amnesiac) this.framesInAmnesia += 1;
    if (amnesiac && (message.kind === "frontier" || message.kind === "recovery")) {
      this.problems.push(`${member} answers with a ${message.kind} before it has recovered`);
    }
    if (message.kind !== "blocks") return;
    for (const block of message.blocks) this.#hearBlock(member, block, amnesiac);
  }

  #hearBlock(member: AuthorIndex, bytes: Uint8Array, amnesiac: boolean): void {
    const block = decodeBlock(bytes, this.#context!);
    if (isRejection(block)) {
      this.problems.push(`${member} says a block that nobody can read`);
      return;
    }
    // The blocks of others were said by them.
    if (block.author !== member) return;
    const place = `${block.author} ${block.round}`;
    const before = this.#said.get(place);
    const said = toHex(bytes);
    if (before !== undefined && before !== said) this.problems.push(`${member} says two blocks ${printRef(block.ref)}`);
    if (before === undefined && amnesiac) {
      this.problems.push(`${member} says ${printRef(block.ref)} before it has recovered`);
    }
    this.#said.set(place, said);
  }

  #isAmnesiac(member: AuthorIndex): boolean {
    if (!this.#amnesiacs.has(member)) return false;
    const mode = this.#cluster?.replicas[member]?.status().mode;
    if (mode === undefined || mode === "recovering") return true;
    this.#amnesiacs.delete(member);
    return false;
  }
}
