// What the door holds for its clients, all together: answers that they have not read, and on sockets commands that wait.
// What was asked before there was too much of it may still have large answers; so above the bound the client for which
// most is held is cut off, until what is left fits.

/** A client, or one request of it. */
export interface Holder {
  /** Too much is held, and most of it for this one. */
  cutOff(): void;
}

export class ClientMemory {
  bytes = 0;
  readonly #bytesMax: number;
  readonly #held = new Map<Holder, number>();

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** From now on so much is held for it. */
  hold(holder: Holder, bytes: number): void {
    this.#forget(holder);
    if (bytes === 0) return;
    this.#held.set(holder, bytes);
    this.bytes += bytes;
    while (this.bytes > this.#bytesMax) this.#relieve();
  }

  #relieve(): void {
    let [largest, most] = [undefined as Holder | undefined, 0];
    for (const [holder, bytes] of this.#held) if (bytes > most) [largest, most] = [holder, bytes];
    this.#forget(largest!);
    largest!.cutOff();
  }

  #forget(holder: Holder): void {
    this.bytes -= this.#held.get(holder) ?? 0;
    this.#held.delete(holder);
  }
}
