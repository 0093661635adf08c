// Judges whether a history of single-key operations is linearizable: whether every operation can be placed at one moment
// between its invocation and its completion so that each answer follows from the moments before. Keys are judged by
// themselves, because a history is linearizable exactly if its part for every key is (Herlihy and Wing's locality).
import { type HistoryEvent, type Value, valueText } from "../history/event.ts";
import { type Operation, pairOperations } from "../history/operation.ts";
import { ListModel, listIntervals, listRead } from "./list-model.ts";
import { reduceList, reduceRegister, shortestFailingPrefix } from "./reduction.ts";
import { RegisterModel, registerEffect, registerIntervals } from "./register-model.ts";
import { type SearchResult, search } from "./search.ts";
import { drawTimeline } from "./timeline.ts";
import type { ObjectModel, Verdict } from "./types.ts";
import { UnsuitableHistoryError } from "./unsuitable.ts";

export interface LinearizableOptions {
  /** `auto`: a key that is appended to, or only read as a list, is a list; any other a register. */
  readonly model?: ObjectModel | "auto";
  /** How many moves to try for one key before its verdict is `unknown`. */
  readonly budget?: number;
}

/** The smallest part of a history that is wrong by itself. */
export interface LinearizableEvidence {
  readonly key: string;
  readonly model: ObjectModel;
  /** In the order of invocation. */
  readonly operations: readonly Operation[];
  /** Some of them completed later than the fault showed, and are given as they stood then: open. */
  readonly cutOpen: boolean;
  /** Elements left out of the lists shown, because the fault shows without them. */
  readonly elementsErased: number;
  /** How many operations the key had in all. */
  readonly operationsTotal: number;
}

export const BUDGET_DEFAULT = 2_000_000;

/** Judges events or operations. The first key that is wrong is the evidence; keys are taken in their order of appearance. */
export function checkLinearizable(
  history: readonly HistoryEvent[],
  options: LinearizableOptions = {},
): Verdict<LinearizableEvidence> {
  return judgeLinearizable(pairOperations(history), options);
}

/** As `checkLinearizable`, for operations that are paired already. */
export function judgeLinearizable(
  operations: readonly Operation[],
  { model = "auto", budget = BUDGET_DEFAULT }: LinearizableOptions = {},
): Verdict<LinearizableEvidence> {
  const undecided: string[] = [];
  for (const [key, ofKey] of partition(operations)) {
    const object = modelOf(key, ofKey, model);
    const result = judgeObject(ofKey, object, budget);
    if (result.kind === "exhausted") {
      undecided.push(`key ${JSON.stringify(key)}: ${ofKey.length} operations, gave up after ${result.steps} moves`);
    } else if (result.kind === "impossible") {
      return explain(key, ofKey, object, budget);
    }
  }
  if (undecided.length > 0) return { kind: "unknown", report: undecided.join("\n") };
  return { kind: "holds", checked: operations.length };
}

/** Searches one object's operations. */
export function judgeObject(operations: readonly Operation[], object: ObjectModel, budget: number): SearchResult {
  const placed = object === "register" ? registerIntervals(operations) : listIntervals(operations);
  const intervals = placed.map(({ interval }) => interval);
  const kept = placed.map(({ operation }) => operation);
  const model = object === "register" ? new RegisterModel(kept, intervals) : new ListModel(kept, intervals);
  return search(intervals, model, budget);
}

function partition(operations: readonly Operation[]): ReadonlyMap<string, readonly Operation[]> {
  const keys = new Map<string, Operation[]>();
  for (const operation of operations) {
    if (operation.f === "txn") {
      throw new UnsuitableHistoryError(operation.start, "a txn spans keys: judge this history as transactions");
    }
    const ofKey = keys.get(operation.key);
    if (ofKey === undefined) keys.set(operation.key, [operation]);
    else ofKey.push(operation);
  }
  return keys;
}

function modelOf(key: string, operations: readonly Operation[], asked: ObjectModel | "auto"): ObjectModel {
  const object = asked === "auto" ? kindOf(operations) : asked;
  const foreign = operations.find(({ f }) => f !== "read" && (f === "append") !== (object === "list"));
  if (foreign !== undefined) {
    throw new UnsuitableHistoryError(
      foreign.start,
      `key ${JSON.stringify(key)} is a ${object}, but ${foreign.f} is no operation of one`,
    );
  }
  return object;
}

/** A key that was only ever read is whatever was read from it, as among transactions. */
function kindOf(operations: readonly Operation[]): ObjectModel {
  if (operations.some(({ f }) => f === "append")) return "list";
  if (operations.some(({ f }) => f !== "read")) return "register";
  return operations.some(({ outcome, value }) => outcome === "ok" && Array.isArray(value)) ? "list" : "register";
}

function explain(
  key: string,
  operations: readonly Operation[],
  model: ObjectModel,
  budget: number,
): Verdict<LinearizableEvidence> {
  // Cutting and leaving out search anew each time; together they may take what the verdict itself may.
  let left = 4 * budget;
  const fails = (candidate: readonly Operation[]): boolean => {
    if (left <= 0) return false;
    const result = judgeObject(candidate, model, Math.min(budget, left));
    left -= result.steps + candidate.length;
    return result.kind === "impossible";
  };
  const happened = operations.filter(({ outcome }) => outcome !== "fail");
  const cut = shortestFailingPrefix(happened, fails);
  const shown = model === "register" ? reduceRegister(cut, fails) : reduceList(cut, fails);
  const elementsErased = model === "list" ? countElements(cut) - countElements(shown) : 0;
  const ends = new Map(operations.map(({ start, end }) => [start, end]));
  const cutOpen = shown.some(({ start, end }) => end !== ends.get(start));
  const evidence = { key, model, operations: shown, cutOpen, elementsErased, operationsTotal: operations.length };
  return { kind: "violated", evidence, report: printEvidence(evidence) };
}

function countElements(operations: readonly Operation[]): number {
  const elements = new Set<string>();
  for (const { f, value } of operations) {
    if (f === "append") elements.add(valueText(value));
    else if (Array.isArray(value)) for (const item of value as readonly Value[]) elements.add(valueText(item));
  }
  return elements.size;
}

function printEvidence(evidence: LinearizableEvidence): string {
  const { key, model, operations, cutOpen, elementsErased, operationsTotal } = evidence;
  const of = key === "" ? "" : ` of key ${JSON.stringify(key)}`;
  const these = operations.length === 1 ? "this operation" : `these ${operations.length} operations`;
  const lines = [
    `not linearizable: no order of ${these}${of} explains every answer`,
    drawTimeline(operations),
    ...fromNowhere(model, operations),
    `  (a ${model} that starts ${model === "list" ? "empty" : "as null"}; smallest part found of ${operationsTotal} operations)`,
  ];
  if (cutOpen) {
    lines.push(
      "  (as it stood when the last answer came: what completed later is open, because the fault shows without that)",
    );
  }
  if (elementsErased > 0) {
    lines.push(`  (${elementsErased} other elements are left out of the lists: it is wrong without them, too)`);
  }
  return lines.join("\n");
}

/** Says which value was seen before anyone asked to write it; cutting keeps every writer of what is observed. */
function fromNowhere(model: ObjectModel, operations: readonly Operation[]): readonly string[] {
  const written = new Set(model === "list" ? [] : ["null"]);
  for (const operation of operations) {
    if (operation.f === "append") written.add(valueText(operation.value));
    else if (model === "register") written.add(registerEffect(operation).writes ?? "null");
  }
  const notes = new Set<string>();
  for (const operation of operations) {
    if (operation.outcome !== "ok") continue;
    const { observes } = model === "register" ? registerEffect(operation) : { observes: undefined };
    const seen = model === "list" && operation.f === "read" ? (listRead(operation.value) ?? []) : [];
    for (const value of observes === undefined ? seen : [observes]) {
      if (!written.has(value)) notes.add(`  (nothing that was invoked before event ${operation.end} writes ${value})`);
    }
  }
  return [...notes];
}
