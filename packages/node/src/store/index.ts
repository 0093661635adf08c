// The machine's state on disk.
export { LmdbStore, type LmdbStoreOptions } from "./lmdb-store.ts";
export { StateTrial } from "./state-trial.ts";
