// What can go wrong, as data with names and verbs: a schedule of faults can be printed, read back, cut down and replayed.
import type { AuthorIndex, Millis } from "@quorate/core";
import type { FrameFaults } from "../world/network.ts";

export type Fault =
  /** Members of different groups cannot reach each other; members in no group reach everybody. */
  | { readonly verb: "partition"; readonly groups: readonly (readonly AuthorIndex[])[] }
  /** Nothing passes from these to those; the other direction works until somebody notices. */
  | { readonly verb: "cut"; readonly from: readonly AuthorIndex[]; readonly to: readonly AuthorIndex[] }
  /** Ends partitions and cuts. */
  | { readonly verb: "heal" }
  /** Delays whatever these send, without anybody noticing, until `release`. */
  | { readonly verb: "hold"; readonly from: readonly AuthorIndex[] }
  | { readonly verb: "release"; readonly from: readonly AuthorIndex[] }
  /** Loses whatever this member sends, without anybody noticing, until `unmute`. */
  | { readonly verb: "mute"; readonly member: AuthorIndex }
  | { readonly verb: "unmute"; readonly member: AuthorIndex }
  /** Frames on every link may be lost, doubled or overtaken; left out: no longer. */
  | { readonly verb: "spoil"; readonly frames?: FrameFaults }
  /** The process dies. `power`: its peers must notice by themselves. */
  | { readonly verb: "crash"; readonly member: AuthorIndex; readonly power: boolean }
  /** The process dies at its k-th crash point from now and starts again later. */
  | { readonly verb: "crash-at"; readonly member: AuthorIndex; readonly point: number; readonly restartMs: Millis }
  | { readonly verb: "restart"; readonly member: AuthorIndex }
  /** All processes lose power in the same moment. */
  | { readonly verb: "blackout"; readonly restartMs: Millis }
  | { readonly verb: "pause"; readonly member: AuthorIndex }
  | { readonly verb: "resume"; readonly member: AuthorIndex }
  /** The process dies, and a durable record of its log rots meanwhile. */
  | { readonly verb: "corrupt"; readonly member: AuthorIndex; readonly restartMs: Millis }
  /** The process dies and its disk is replaced by an empty one. */
  | { readonly verb: "wipe"; readonly member: AuthorIndex; readonly restartMs: Millis }
  /** The disk takes nothing more; the process dies of it and starts again when there is room. */
  | { readonly verb: "fill"; readonly member: AuthorIndex; readonly restartMs: Millis }
  /** The clocks run at another pace. */
  | { readonly verb: "skew"; readonly member: AuthorIndex; readonly rate: number }
  /** The wall clock is moved. */
  | { readonly verb: "jump"; readonly member: AuthorIndex; readonly by: Millis }
  /** Its frames take that many times as long, and every turn of its process takes that long. */
  | { readonly verb: "slow"; readonly member: AuthorIndex; readonly factor: number; readonly turnMs: Millis };

export type FaultVerb = Fault["verb"];

export interface TimedFault {
  /** Virtual milliseconds after the clients began. */
  readonly at: Millis;
  readonly fault: Fault;
}

/** A fault as one line of text. */
export function printFault(fault: Fault): string {
  const { verb, ...rest } = fault;
  const facts = Object.entries(rest).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [verb, ...facts].join(" ");
}
