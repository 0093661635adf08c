// The machine's state on disk.
export { LmdbStore, type LmdbStoreOptions } from "./lmdb-store.ts";
