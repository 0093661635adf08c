// One question for any history: is it what a single copy, serving one at a time, could have answered?
import type { Operation } from "../history/operation.ts";
import { judgeLinearizable, type LinearizableEvidence } from "./linearizable.ts";
import { judgeSerializable, type SerializableEvidence } from "./serializable.ts";
import type { Verdict } from "./types.ts";

/** `auto`: transactions if there are any; else each key by its operations, as `LinearizableOptions` says. */
export type HistoryModel = "auto" | "register" | "append" | "txn";

export type HistoryJudgement =
  | { readonly property: "linearizable"; readonly verdict: Verdict<LinearizableEvidence> }
  | { readonly property: "strictly-serializable"; readonly verdict: Verdict<SerializableEvidence> };

/** Judges paired operations by the property that their kind calls for. */
export function judgeHistory(
  operations: readonly Operation[],
  { model = "auto", budget }: { readonly model?: HistoryModel; readonly budget?: number } = {},
): HistoryJudgement {
  const options = budget === undefined ? {} : { budget };
  if (model === "txn" || (model === "auto" && operations.some(({ f }) => f === "txn"))) {
    return { property: "strictly-serializable", verdict: judgeSerializable(operations, options) };
  }
  const object = model === "append" ? "list" : model;
  return { property: "linearizable", verdict: judgeLinearizable(operations, { ...options, model: object }) };
}
