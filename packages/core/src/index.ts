// The public surface of the protocol, by hand.
export type { AuthorIndex, BlockRef, CommitIndex, Digest, Millis, Round, Slot } from "./ids.ts";
