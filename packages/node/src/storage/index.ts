// The storage of one replica: the block log in its data directory.
export { BlockLog, type BlockLogOptions, type ScrubReport, type SpacePressure } from "./block-log.ts";
export {
  createDataDirectory,
  type DataDirectory,
  type DataDirectoryOptions,
  DEFAULT_LOG_TUNING,
  type Durability,
  type FoundStart,
  type LogTuning,
  openDataDirectory,
} from "./data-directory.ts";
export type { Files, OpenFile } from "./files.ts";
export { MemoryLog } from "./memory-log.ts";
export { nodeFiles } from "./node-files.ts";
export { StorageError, type StorageErrorCode } from "./storage-error.ts";
export { volatileFiles } from "./volatile-files.ts";
