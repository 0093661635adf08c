// Why a connection did not become part of a link, and why a link ended. Counted and logged under these names; refusals
// are told to the other side where it would understand, so that an operator sees at both ends what is wrong.

// Their order is how they stand on the wire: new ones go to the end.
export const REFUSALS = [
  /** TLS itself failed: plain TCP, an older version, bytes that are no handshake at all. */
  "tls",
  "no-certificate",
  /** A certificate, but not with the key of a member. */
  "unknown-key",
  /** Who answers at a member's address does not hold that member's key. */
  "wrong-key",
  /** The handshake's own frame cannot be read. */
  "malformed",
  "wrong-version",
  "wrong-cluster",
  /** The same cluster id over another genesis: two configurations of one cluster. */
  "wrong-genesis",
  /** Says to be another member than its key says, or wants to speak to another one than this. */
  "wrong-member",
  /** Of two members the one with the lower index dials. */
  "wrong-direction",
  /** Belongs to an attempt that its own side has given up. */
  "stale",
  /** Not done in time. */
  "timeout",
  /** Made room for a newer one: too many strangers at once. */
  "crowded",
  /** Left before it was done. */
  "abandoned",
] as const;

export type Refusal = (typeof REFUSALS)[number];

/** Why a link ended. */
export type LinkEnd =
  /** The other side closed it, or is gone. */
  | "closed"
  /** Its connection broke, or could not be made. */
  | "failed"
  /** A frame above the bound was announced. */
  | "oversize"
  | "silent"
  /** More waits for the peer than may. */
  | "slow"
  /** The peer opened a newer one: it must have lost this one before we did. */
  | "replaced"
  /** It was never complete. */
  | "timeout";
