// Links to the other members: over TLS, or within one process.
export type { PeerAddress } from "./dial.ts";
export type { PeerFacts, TransportFacts } from "./facts.ts";
export { createMemoryHub, type MemoryHub, type MemoryHubOptions } from "./memory-hub.ts";
export type { LinkEnd, Refusal } from "./reasons.ts";
export { createTlsTransport, type TlsTransport, type TlsTransportOptions } from "./tls-transport.ts";
export { TransportError } from "./transport-error.ts";
export { DEFAULT_TRANSPORT_TUNING, type TransportTuning } from "./tuning.ts";
