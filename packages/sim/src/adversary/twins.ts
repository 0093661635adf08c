// Two real cores under one name, each with a disk and a machine of its own and each talking to its own part of the members.
// No script could be a better liar: everything either of them says is what an honest member would say.
import type { AuthorIndex, Channel } from "@quorate/core";
import type { Endpoint } from "../world/network.ts";
import type { ProcessObserver, SimulatedProcess } from "../world/process.ts";
import type { World } from "../world/world.ts";
import type { Coalition } from "./coalition.ts";

/** Which story a frame between two liars belongs to. */
export type FrameBranches = WeakMap<Uint8Array, number>;

const NOBODY: ProcessObserver<never> = {
  started: () => undefined,
  committed: () => undefined,
  restored: () => undefined,
  stopped: () => undefined,
  noted: () => undefined,
};

export class TwinSeat implements Endpoint {
  readonly self: AuthorIndex;
  readonly #twins: readonly SimulatedProcess<never>[];
  readonly #hears: readonly ReadonlySet<AuthorIndex>[];
  readonly #coalition: Coalition;
  readonly #branches: FrameBranches;

  constructor(
    world: World<never>,
    self: AuthorIndex,
    coalition: Coalition,
    parts: readonly (readonly AuthorIndex[])[],
    branches: FrameBranches,
  ) {
    this.self = self;
    this.#coalition = coalition;
    this.#branches = branches;
    this.#hears = parts.map((part) => new Set([...part, ...coalition.names]));
    this.#twins = parts.map((_, branch) =>
      world.createProcess({
        self,
        label: `twin ${branch} of ${self}`,
        observer: NOBODY,
        send: (to, channel, bytes) => this.#send(branch, to, channel, bytes),
      }),
    );
  }

  start(): void {
    for (const twin of this.#twins) twin.start();
  }

  frame(from: AuthorIndex, bytes: Uint8Array): void {
    const branch = this.#branches.get(bytes);
    for (const [index, twin] of this.#twins.entries()) {
      if (this.#hears[index]?.has(from) === true && (branch === undefined || branch === index)) twin.frame(from, bytes);
    }
  }

  peerUp(peer: AuthorIndex): void {
    for (const [index, twin] of this.#twins.entries()) if (this.#hears[index]?.has(peer) === true) twin.peerUp(peer);
  }

  peerDown(peer: AuthorIndex): void {
    for (const [index, twin] of this.#twins.entries()) if (this.#hears[index]?.has(peer) === true) twin.peerDown(peer);
  }

  #send(branch: number, to: AuthorIndex, channel: Channel, bytes: Uint8Array): void {
    if (this.#hears[branch]?.has(to) !== true) return;
    if (this.#coalition.names.includes(to)) this.#branches.set(bytes, branch);
    this.#coalition.act(this.self, "twins");
    this.#coalition.send(this.self, to, channel, bytes);
  }
}
