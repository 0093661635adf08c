// What every adapter of core's ports must pass: published, so that adapters written elsewhere are held to the same laws.
export type { NamedCheck } from "./named-check.ts";
export { type StorageSubject, storageConformance } from "./storage-conformance.ts";
export { type TransportCluster, type TransportSubject, transportConformance } from "./transport-conformance.ts";
