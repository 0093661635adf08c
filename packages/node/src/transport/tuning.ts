// How patient a transport is and how much it holds. Local: no peer needs to know.

export interface TransportTuning {
  /**
   * A link on which nothing was heard for this long is given up. Ends say something five times in this span, so five words
   * in a row must be missing. Shorter, and a busy machine loses links to peers that are merely slow, each loss costing a
   * round of catching up; longer, and doors go on accepting commands that no quorum will order. The core does not wait
   * for this to work around a silent member.
   */
  readonly silenceMs: number;
  /** From the first packet to a link that stands, for either side. */
  readonly handshakeMs: number;
  /** The pause before a peer is dialled again: the first, and the longest. Each is drawn between half and all of it. */
  readonly redialMsMin: number;
  readonly redialMsMax: number;
  /** Bytes that wait for one peer on one channel; a peer that needs more is too slow, and its link is reset. */
  readonly queueBytesMax: number;
  /** Connections whose peer is not known yet. One more, and the oldest from the busiest address goes. */
  readonly handshakesMax: number;
  /** How long `close` waits for last words to leave. */
  readonly drainMs: number;
}

export const DEFAULT_TRANSPORT_TUNING: TransportTuning = {
  silenceMs: 5_000,
  handshakeMs: 5_000,
  redialMsMin: 50,
  redialMsMax: 1_000,
  queueBytesMax: 16 * 1024 * 1024,
  handshakesMax: 64,
  drainMs: 250,
};
