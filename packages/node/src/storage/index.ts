// The storage of one replica: the block log in its data directory.
export { BlockLog, type BlockLogOptions } from "./block-log.ts";
export {
  createDataDirectory,
  type DataDirectory,
  type DataDirectoryOptions,
  openDataDirectory,
} from "./data-directory.ts";
export type { Files, OpenFile } from "./files.ts";
export { MemoryLog } from "./memory-log.ts";
export { type MortalFiles, mortalFiles } from "./mortal-files.ts";
export { nodeFiles } from "./node-files.ts";
export { StorageError } from "./storage-error.ts";
export { type VolatileFiles, volatileFiles } from "./volatile-files.ts";
