// Feeds commands to a machine in commits, and tells what that took in time of this process's own processor: a wall clock
// would also measure whoever else is at work.
import { encodeCommand } from "@quorate/core";
import { createMachine, type KeyValueMachine, type Store } from "@quorate/machine";

export type Words = readonly string[];

/** Entries that one command adds while a collection is filled. */
const FILL_ENTRIES = 2000;

export class Feeder<Kept extends Store> {
  readonly store: Kept;
  readonly machine: KeyValueMachine;
  /** Log time. */
  time = 1_000_000;

  constructor(store: Kept) {
    this.store = store;
    this.machine = createMachine({ store });
  }

  /** One commit; answers milliseconds. */
  commit(commands: readonly Words[]): number {
    const payload = commands.map(envelope);
    const group = { author: 0, timestamp: this.time, payload };
    const began = process.cpuUsage();
    const { replies } = this.machine.apply({ index: this.machine.index + 1, time: this.time, chainDigest: "" }, [
      group,
    ]);
    const { user, system } = process.cpuUsage(began);
    for (const reply of replies[0]!) if (reply.kind === "error") throw new Error(`refused: ${reply.text}`);
    return (user + system) / 1000;
  }

  /** So many commands in commits of some size; answers microseconds a command. */
  feed(count: number, commitCommands: number, make: (n: number) => Words, from = 0): number {
    let spentMs = 0;
    for (let start = 0; start < count; start += commitCommands) {
      const length = Math.min(commitCommands, count - start);
      spentMs += this.commit(Array.from({ length }, (_, n) => make(from + start + n)));
    }
    return (spentMs * 1000) / count;
  }

  /** Makes a collection of some size, many entries a command. */
  fill(size: number, head: Words, entry: (n: number) => Words): void {
    for (let start = 0; start < size; start += FILL_ENTRIES) {
      const length = Math.min(FILL_ENTRIES, size - start);
      this.commit([[...head, ...Array.from({ length }, (_, n) => entry(start + n)).flat()]]);
    }
  }
}

function envelope(words: Words): Uint8Array {
  return encodeCommand({
    words: words.map((word) => Buffer.from(word, "latin1")),
    notAfter: Number.MAX_SAFE_INTEGER,
    session: undefined,
    user: "",
    clientSignature: undefined,
  });
}
