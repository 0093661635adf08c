// Frames to and from authenticated peers. Identity is a member's key, never its address.
import type { Channel } from "../effect.ts";
import type { AuthorIndex } from "../ids.ts";

export interface TransportEvents {
  up(peer: AuthorIndex): void;
  down(peer: AuthorIndex): void;
  frame(from: AuthorIndex, bytes: Uint8Array): void;
}

export interface Transport {
  /** Starts linking to every peer; `events` are called until `close`. */
  open(events: TransportEvents): Promise<void>;
  /** Queues a frame; frames of one channel to one peer arrive in order or not at all. */
  send(to: AuthorIndex, channel: Channel, bytes: Uint8Array): void;
  close(): Promise<void>;
}
