// Links to the other members: over TLS, or within one process.
export { createMemoryHub, type MemoryHub } from "./memory-hub.ts";
export { createTlsTransport, type TlsTransport } from "./tls-transport.ts";
