// What the toy machine answers, and how its commands are written. The toy is as small as a machine can be and
// still show every kind of mistake that a log can make: lost, doubled, reordered, early and late.
import { encodeUtf8, type Millis } from "@quorate/core";
import type { CommandName } from "../checkers/types.ts";
import type { Step, Value } from "../history/event.ts";

export interface ToyReply {
  readonly command: CommandName;
  /** `ok`: done. `fail`: a comparison did not hold. `rejected`: too late, out of its session, or not understood. */
  readonly outcome: "ok" | "fail" | "rejected";
  /** Took effect in this very commit: not a repetition that its session recognised. */
  readonly fresh: boolean;
  /** What was read, as JSON text; `null` where nothing was. */
  readonly text: string;
}

/** A command in words. Keys hold one value, or a list if they were appended to. */
export type ToyWords =
  | readonly ["read", key: string]
  | readonly ["write", key: string, value: Value]
  | readonly ["cas", key: string, expected: Value, next: Value]
  | readonly ["append", key: string, element: Value]
  /** A write that log time undoes: the key holds nothing once its time has passed. */
  | readonly ["lend", key: string, value: Value, ttlMs: Millis]
  /** The tag means nothing: it tells apart two that ask the same. */
  | readonly ["txn", steps: readonly Step[], tag: number];

/** The words as bytes: values as JSON. */
export function toyWords(words: ToyWords): readonly Uint8Array[] {
  const [name, ...rest] = words;
  const bare = name !== "txn";
  return [
    encodeUtf8(name),
    ...rest.map((word, at) => encodeUtf8(bare && at === 0 ? String(word) : JSON.stringify(word))),
  ];
}
