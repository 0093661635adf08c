// What an application that embeds replicas may rely on, by hand. docs/embedding.md shows how it goes together.

export { ConfigurationError, type FaultBounds, type Genesis, InvariantError, type Limits } from "@quorate/core";
export {
  type CommandFamily,
  defineModule,
  type Json,
  type ModuleCommand,
  type ModuleCommandOptions,
  type ModuleContext,
  type ModuleOptions,
  type ModuleState,
  Refusal,
  type Reply,
} from "@quorate/machine";
export { newGenesis, printGenesis, readGenesis } from "./config/genesis-file.ts";
export { type ConfigProblem, ConfigProblems } from "./config/problem.ts";
export { createReplica, type DeployedReplica, type DoorsOptions, type ReplicaOptions } from "./create-replica.ts";
export { KeyError, type KeyErrorCode } from "./crypto/key-error.ts";
export { type KeyPair, makeKeyPair, publicKeyOf, readPrivateKey, writePrivateKey } from "./crypto/keys.ts";
export type { DoorTls } from "./doors/certificates.ts";
export type { Door, Listen } from "./doors/door.ts";
export { DoorError } from "./doors/listen-at.ts";
export { HaltError } from "./driver/driver.ts";
export { type CallOutcome, call, type TryCallOptions, tryCall } from "./embedding/call.ts";
export { CallError } from "./embedding/call-error.ts";
export { type NewDataDirectoryOptions, newDataDirectory } from "./embedding/new-data-directory.ts";
export { openDoors } from "./embedding/open-doors.ts";
export type { Value, Word } from "./embedding/value.ts";
export { whenReady } from "./embedding/when-ready.ts";
export { createLocalCluster, type LocalCluster, type LocalClusterOptions, type StartOptions } from "./local-cluster.ts";
export type { Outcome, RunningReplica, Submission, Words } from "./running-replica.ts";
export type { Durability } from "./storage/data-directory.ts";
export { StorageError, type StorageErrorCode } from "./storage/storage-error.ts";
export type { Log } from "./telemetry/log.ts";
export { TransportError } from "./transport/transport-error.ts";
