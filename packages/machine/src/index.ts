// The public surface of the machine, by hand.
export { type ByteString, byteString, bytesOf, textOf, utf8 } from "./bytes/byte-string.ts";
export { categoriesIn, categoriesOf } from "./commands/categories.ts";
export type {
  Arguments,
  CommandContext,
  CommandDefinition,
  CommandExample,
  CommandFamily,
  CommandFlag,
  KeySpec,
} from "./commands/command.ts";
export { NESTING_MAX } from "./commands/command.ts";
export { CommandError, unknownCommand, wrongArity } from "./commands/command-error.ts";
export { commandsWithin, type InnerCommand, mayGrow } from "./commands/commands-within.ts";
export { globOf } from "./commands/glob.ts";
export { commandReference } from "./commands/reference.ts";
export { arityFits, type CommandTable, commandTable, FAMILIES, keysOf } from "./commands/table.ts";
export { type UserChange, userChanges } from "./commands/users/user-changes.ts";
export { type ConnectionStep, ConnectionTransaction } from "./connection-transaction.ts";
export { cryptographicDigester } from "./digest/cryptographic-digester.ts";
export type { ContentHash, Digester } from "./digest/digester.ts";
export { fastDigester } from "./digest/fast-digester.ts";
export { type Census, createMachine, type KeyValueMachine, type MachineOptions } from "./machine.ts";
export { SnapshotError } from "./machine-snapshot.ts";
export {
  defineModule,
  type ModuleCommand,
  type ModuleCommandOptions,
  type ModuleContext,
  type ModuleOptions,
} from "./modules/define-module.ts";
export { guardModules } from "./modules/guard.ts";
export type { EntriesOptions, Json, ModuleState } from "./modules/module-state.ts";
export { Refusal } from "./modules/refusal.ts";
export { formatDouble } from "./reply/format-double.ts";
export { packReply, unpackReply } from "./reply/pack-reply.ts";
export { printReply } from "./reply/print-reply.ts";
export type { Reply } from "./reply/reply.ts";
export { DEFAULT_CONFIG, type MachineConfig } from "./state/config.ts";
export { permits, type User } from "./state/users.ts";
export { Batch } from "./store/batch.ts";
export { MemoryStore } from "./store/memory-store.ts";
export {
  type Entry,
  type Range,
  STORE_KEY_BYTES_MAX,
  type Store,
  StoreFailure,
  type StoreReader,
  type StoreReplacement,
  type StoreSnapshot,
  type Write,
} from "./store/store.ts";
