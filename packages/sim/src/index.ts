// The public surface of the simulator, by hand.

export type { Coalition } from "./adversary/coalition.ts";
export type { LyingMember } from "./adversary/lying-member.ts";
export type { AdversarySpec, BehaviourName } from "./adversary/spec.ts";
export { type AgreementEvidence, checkAgreement } from "./checkers/agreement.ts";
export { checkDurability, type DurabilityEvidence } from "./checkers/durability.ts";
export { type HistoryJudgement, type HistoryModel, judgeHistory } from "./checkers/judge.ts";
export { type Acquisition, checkLeases, type LeaseHistory, type LeaseUse } from "./checkers/leases.ts";
export {
  BUDGET_DEFAULT,
  checkLinearizable,
  judgeLinearizable,
  type LinearizableEvidence,
  type LinearizableOptions,
} from "./checkers/linearizable.ts";
export { checkLiveness, type LivenessEvidence } from "./checkers/liveness.ts";
export { checkMemory, type MemoryEvidence } from "./checkers/memory.ts";
export {
  checkSerializable,
  judgeSerializable,
  type SerializableEvidence,
  type SerializableOptions,
} from "./checkers/serializable.ts";
export { drawTimeline, printOperation } from "./checkers/timeline.ts";
export type {
  AppliedCommand,
  CommandName,
  DurabilityInput,
  LivenessInput,
  LogEntry,
  MemoryInput,
  MemorySample,
  ObjectModel,
  ReplicaLog,
  ToldCommand,
  Verdict,
} from "./checkers/types.ts";
export { UnsuitableHistoryError } from "./checkers/unsuitable.ts";
export { type Answer, Asker, type AskHost, type Question } from "./client/asker.ts";
export { DEFAULT_WORKLOAD, type OperationMix, type WorkloadSpec } from "./client/workload.ts";
export type { DagFile, Expectation, FileBlock } from "./dag-file/dag-file.ts";
export { DagFileError } from "./dag-file/dag-file-error.ts";
export {
  type DagAnswer,
  decideDagFile,
  printOutcome,
  type SlotAnswer,
  unmetExpectations,
} from "./dag-file/decide-dag.ts";
export { parseDagFile } from "./dag-file/parse-dag-file.ts";
export { type ExpectedLatency, expectedLatency, type MemberDelay } from "./expected-latency.ts";
export type { Fault, FaultVerb, TimedFault } from "./fault/fault.ts";
export {
  type EventType,
  type HistoryEvent,
  type OperationName,
  type ProcessName,
  type Step,
  type Value,
  valueText,
} from "./history/event.ts";
export { HistoryError, type Operation, pairOperations } from "./history/operation.ts";
export { HistoryFormatError, type ParsedHistory, parseHistory } from "./history/parse.ts";
export { printEvent, printHistory } from "./history/print.ts";
export { type Completion, HistoryRecorder, type Invocation } from "./history/recorder.ts";
export type { CommandLog, LoggedCommand } from "./machine/command-log.ts";
export {
  type Change,
  type Exercise,
  type ExerciseEnd,
  type ExerciseFactory,
  LIST,
  type Stage,
} from "./machine/exercise.ts";
export { EXERCISES } from "./machine/exercises/index.ts";
export type {
  CommandOptions,
  Heard,
  MachineClient,
  Observation,
  Step as Go,
  Words,
} from "./machine/machine-client.ts";
export { type MachineWorkloadOptions, machineWorkload, type WeightedExercise } from "./machine/machine-workload.ts";
export { replyValue, wordsOf } from "./machine/words.ts";
export { isRegion, oneWayDelayMs, REGION_ROUND_TRIP_MS, REGIONS, type RegionName } from "./regions.ts";
export { createRng, type Rng } from "./rng.ts";
export { type Judgement, judgeRun as judgeScenarioRun } from "./run/judge.ts";
export { type Outcome, type RunStats, runScenario } from "./run/run-scenario.ts";
export { type RunOptions, ScenarioRun } from "./run/scenario-run.ts";
export { randomMachineScenario } from "./scenario/random-machine-scenario.ts";
export { type RandomOptions, randomScenario } from "./scenario/random-scenario.ts";
export { findScenario, RANDOM, RANDOM_MACHINE, SCENARIOS } from "./scenario/registry.ts";
export { type Complaint, defineScenario, equalStakes, type Scenario } from "./scenario/scenario.ts";
export { ToyMachine } from "./toy/toy-machine.ts";
export { type ToyReply, type ToyWords, toyWords } from "./toy/toy-reply.ts";
export type { Clients, CommandEffect, RunEnd, Workload, WorkloadHost } from "./workload/workload.ts";
export { type DelayModel, LAN } from "./world/delays.ts";
export { type DiskModel, FAST_DISK } from "./world/disk.ts";
export { type Endpoint, Network, type NetworkHost, type NetworkOptions } from "./world/network.ts";
export type { ProcessObserver, ReadAnswer, SimulatedProcess, StopReason, SubmitAnswer } from "./world/process.ts";
export { WALL_EPOCH_MS } from "./world/process-clock.ts";
export { World, type WorldOptions } from "./world/world.ts";
