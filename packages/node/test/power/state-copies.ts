// What a loss of power leaves of a member's state. LMDB does not write through our file layer, so it is stood in for by
// copies that LMDB itself makes of a state while it is in use: each is a state that once was whole on the device.
import { copyFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { open } from "lmdb";

const COPIES_MAX = 4;

/** The state as the process left it, as it was some flushes ago, or none at all. */
export type StateLeft = "as it was" | "earlier" | "gone";

export class StateCopies {
  readonly #directory: string;
  readonly #copies: string[] = [];
  #made = 0;

  /** `directory` is a folder of its own. */
  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  /** Copies the state of a data directory, which may be in use. */
  async take(data: string): Promise<void> {
    const state = stateOf(data);
    if (state === undefined) return;
    const copy = join(this.#directory, String(this.#made++));
    mkdirSync(copy);
    // The same environment as the replica's: LMDB knows a file that its process has open already. It must not be opened
    // for writing a second time, which would wait for a transaction that waits for this very thread.
    const environment = open({ path: state, readOnly: true });
    await environment.backup(copy, false);
    await environment.close();
    this.#copies.push(copy);
    for (const old of this.#copies.splice(0, this.#copies.length - COPIES_MAX)) rmSync(old, { recursive: true });
  }

  /** Leaves that of the state of a directory that nobody uses; answers what it could leave. */
  leave(data: string, left: StateLeft): StateLeft {
    const state = stateOf(data);
    const copy = this.#copies[0];
    if (left === "as it was" || state === undefined || (left === "earlier" && copy === undefined)) return "as it was";
    rmSync(state, { recursive: true });
    if (left === "gone") return "gone";
    mkdirSync(state);
    copyFileSync(join(copy!, "data.mdb"), join(state, "data.mdb"));
    return "earlier";
  }
}

/** Where a data directory has its state, if it has one. */
export function stateOf(data: string): string | undefined {
  const name = readdirSync(data).find((each) => each.startsWith("state-"));
  return name === undefined ? undefined : join(data, name);
}
