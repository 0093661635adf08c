// What a transport can tell about itself: for metrics, `status` and `explain`. Counters only go up while it lives; they
// are plain numbers, read when somebody asks, so that counting costs nothing on the way of a frame.
import type { AuthorIndex, Channel } from "@quorate/core";
import { type LinkEnd, REFUSALS, type Refusal } from "./reasons.ts";

export interface PeerFacts {
  readonly peer: AuthorIndex;
  readonly up: boolean;
  /** How often a link to it came up; after the first these are reconnects. */
  readonly links: number;
  /** Links that were up and ended, by reason. */
  readonly ended: Readonly<Record<LinkEnd, number>>;
  /** Attempts to reach it that led to no link. */
  readonly failedDials: number;
  readonly framesIn: number;
  readonly framesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Bytes that wait for it now. */
  readonly queuedBytes: Readonly<Record<Channel, number>>;
  /** Why there is no link, as far as it is known here; undefined while there is one. */
  readonly problem: string | undefined;
}

export interface TransportFacts {
  readonly peers: readonly PeerFacts[];
  /** Connections that did not become part of a link, whoever opened them, by reason. */
  readonly refused: Readonly<Record<Refusal, number>>;
  /** Incoming connections whose handshake is under way. */
  readonly handshakes: number;
}

/** The same of one peer, being counted. */
export type PeerCounters = {
  -readonly [key in "links" | "failedDials" | "framesIn" | "framesOut" | "bytesIn" | "bytesOut"]: PeerFacts[key];
} & { readonly ended: Record<LinkEnd, number>; problem: string | undefined };

export function newPeerCounters(): PeerCounters {
  return {
    links: 0,
    failedDials: 0,
    framesIn: 0,
    framesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    ended: { closed: 0, failed: 0, oversize: 0, silent: 0, slow: 0, replaced: 0, timeout: 0 },
    problem: "not reached yet",
  };
}

export function newRefusalCounters(): Record<Refusal, number> {
  return Object.fromEntries(REFUSALS.map((refusal) => [refusal, 0])) as Record<Refusal, number>;
}
