// Everything that connections saw go wrong, and when.
import { now } from "../clock.ts";

export interface SeenError {
  readonly replica: number;
  readonly at: number;
  readonly kind: string;
}

export class Tally {
  readonly errors: SeenError[] = [];

  error(replica: number, kind: string): void {
    this.errors.push({ replica, at: now(), kind });
  }
}
