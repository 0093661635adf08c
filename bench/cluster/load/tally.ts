// Everything that connections saw go wrong, and when.
import { now } from "../clock.ts";

export interface SeenError {
  readonly replica: number;
  /** When the write was due that was refused; of anything else, when it was heard. */
  readonly at: number;
  readonly heardAt: number;
  readonly kind: string;
}

export class Tally {
  readonly errors: SeenError[] = [];

  error(replica: number, kind: string, due?: number): void {
    const heardAt = now();
    this.errors.push({ replica, at: due ?? heardAt, heardAt, kind });
  }
}
