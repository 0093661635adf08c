// Everything that happens at a log time: expiry of keys, leases, timers, sessions. One ordered list in the store; the
// earliest is what the replica is told, and each commit carries out what has fallen due, in order, up to a budget.
import type { Millis } from "@quorate/core";
import type { ByteString } from "../bytes/byte-string.ts";
import { readU48, u48 } from "../bytes/packing.ts";
import type { Batch } from "../store/batch.ts";
import { endOf } from "./layout.ts";

export interface Deadline {
  readonly at: Millis;
  /** One letter that says whose it is: `k` key, `l` lock, `t` timer, `s` session. */
  readonly kind: string;
  readonly ident: ByteString;
}

const END = endOf("x");

export class Deadlines {
  readonly #batch: Batch;

  constructor(batch: Batch) {
    this.#batch = batch;
  }

  add({ at, kind, ident }: Deadline): void {
    this.#batch.put(`x${u48(at)}${kind}${ident}`, "");
  }

  remove({ at, kind, ident }: Deadline): void {
    this.#batch.delete(`x${u48(at)}${kind}${ident}`);
  }

  /** The earliest deadline that waits. */
  first(): Deadline | undefined {
    return this.#read(END, 1)[0];
  }

  /** Up to `limit` deadlines that log time has reached, earliest first. */
  due(time: Millis, limit: number): Deadline[] {
    return this.#read(`x${u48(time + 1)}`, limit);
  }

  #read(to: ByteString, limit: number): Deadline[] {
    return this.#batch
      .range({ from: "x", to, limit })
      .map(([key]) => ({ at: readU48(key, 1), kind: key[7]!, ident: key.slice(8) }));
  }
}
