// Metrics of the links to other members, read from the transport's own counters when somebody scrapes.
import type { PeerFacts, TransportFacts } from "../transport/facts.ts";
import type { Instruments, Put } from "./instruments.ts";

/** `members` are names by author index; `facts` is undefined while no transport is open. */
export function addTransportMetrics(
  { gauge, kept }: Instruments,
  members: readonly string[],
  facts: () => TransportFacts | undefined,
): void {
  const each = (read: (peer: PeerFacts, put: Put) => void) => (put: Put) => {
    for (const peer of facts()?.peers ?? []) {
      const name = members[peer.peer] ?? "other";
      read(peer, (value, labels) => put(value, { peer: name, ...labels }));
    }
  };
  const peerLabels = (...more: readonly string[]) => ["peer", ...more];
  kept(
    "peer_frames_total",
    "Frames to and from that member.",
    each(({ framesIn, framesOut }, put) => {
      put(framesIn, { direction: "in" });
      put(framesOut, { direction: "out" });
    }),
    peerLabels("direction"),
  );
  kept(
    "peer_bytes_total",
    "Bytes of frames to and from that member.",
    each(({ bytesIn, bytesOut }, put) => {
      put(bytesIn, { direction: "in" });
      put(bytesOut, { direction: "out" });
    }),
    peerLabels("direction"),
  );
  gauge(
    "peer_queued_bytes",
    "Bytes that wait for that member, by channel.",
    each(({ queuedBytes }, put) => {
      for (const [channel, bytes] of Object.entries(queuedBytes)) put(bytes, { channel });
    }),
    peerLabels("channel"),
  );
  kept(
    "peer_links_total",
    "Links to that member that came up; after the first these are reconnects.",
    each(({ links }, put) => put(links)),
    peerLabels(),
  );
  kept(
    "peer_links_ended_total",
    "Links to that member that ended, by reason.",
    each(({ ended }, put) => {
      for (const [reason, count] of Object.entries(ended)) put(count, { reason });
    }),
    peerLabels("reason"),
  );
  kept(
    "peer_failed_dials_total",
    "Attempts to reach that member that led to no link.",
    each(({ failedDials }, put) => put(failedDials)),
    peerLabels(),
  );
  kept(
    "peer_refused_connections_total",
    "Connections at the peer port, or to a member, that did not become part of a link, by reason.",
    (put) => {
      for (const [reason, count] of Object.entries(facts()?.refused ?? {})) put(count, { reason });
    },
    ["reason"],
  );
}
