// Random histories for the judges: what a correct object could have answered, and the same with an answer falsified.
import type { Operation, OperationName, Rng, Step, Value } from "../src/index.ts";

export interface HistoryShape {
  readonly operationCount: number;
  readonly processCount: number;
  /** How many keys; one key is the empty name. */
  readonly keyCount: number;
  readonly names: readonly OperationName[];
  /** Written values are drawn below this; 0 makes every one unique. */
  readonly valuesBelow: number;
  /** Probability that nobody knows what became of an operation. */
  readonly unknown: number;
  /** Steps of a transaction, at most. */
  readonly stepsMax?: number;
  readonly stepNames?: readonly Step[0][];
}

/**
 * A linearizable history: each process invokes, takes effect and completes in three moves that interleave at random, and
 * the answer is what the object said at the second.
 */
export function correctHistory(rng: Rng, shape: HistoryShape): Operation[] {
  const { operationCount, processCount, keyCount, names, valuesBelow, unknown } = shape;
  const state = new Map<string, Value>();
  const operations: Operation[] = [];
  const running: { place: number; applied: boolean; never: boolean; lost: boolean }[] = [];
  let moment = 0;
  let unique = 0;
  const fresh = (): Value => (valuesBelow === 0 ? ++unique : rng.integer(valuesBelow));
  const keyName = (): string => (keyCount === 1 ? "" : `k${rng.integer(keyCount)}`);

  const apply = (place: number): void => {
    const operation = operations[place]!;
    const { f, key, value } = operation;
    const now = state.get(key) ?? null;
    if (f === "read") operations[place] = { ...operation, value: now };
    else if (f === "write") state.set(key, value);
    else if (f === "append") state.set(key, [...((now ?? []) as Value[]), value]);
    else if (f === "cas") {
      const [expected, next] = value as [Value, Value];
      if (now === expected) state.set(key, next);
      else operations[place] = { ...operation, outcome: "fail" };
    } else {
      const steps = (value as unknown as Step[]).map(([step, of, argument]): Step => {
        const before = state.get(of) ?? null;
        if (step === "r") return [step, of, before];
        state.set(of, step === "w" ? argument : [...((before ?? []) as Value[]), argument]);
        return [step, of, argument];
      });
      operations[place] = { ...operation, value: steps };
    }
  };

  while (operations.length < operationCount || running.length > 0) {
    const mayStart = operations.length < operationCount && running.length < processCount;
    if (mayStart && (running.length === 0 || rng.chance(0.5))) {
      const f = rng.pick(names);
      const value: Value =
        f === "read"
          ? null
          : f === "cas"
            ? [valuesBelow === 0 ? (unique > 0 ? 1 + rng.integer(unique) : null) : rng.integer(valuesBelow), fresh()]
            : f === "txn"
              ? Array.from({ length: 1 + rng.integer(shape.stepsMax ?? 3) }, (): Step => {
                  const step = rng.pick<Step[0]>(shape.stepNames ?? ["r", "append"]);
                  return [step, keyName(), step === "r" ? null : fresh()];
                })
              : fresh();
      running.push({ place: operations.length, applied: false, never: rng.chance(0.5), lost: rng.chance(unknown) });
      const key = f === "txn" ? "" : keyName();
      const process = operations.length;
      operations.push({ process, f, key, value, outcome: "info", start: moment++, end: Number.POSITIVE_INFINITY });
      continue;
    }
    const at = rng.integer(running.length);
    const one = running[at]!;
    if (!one.applied) {
      one.applied = true;
      if (!(one.lost && one.never)) apply(one.place);
      if (one.lost) {
        // Its process never hears: what it would have answered is not in the history.
        const { outcome, ...operation } = operations[one.place]!;
        operations[one.place] = {
          ...operation,
          outcome: outcome === "fail" ? "fail" : "info",
          value: unanswered(operation),
        };
        running.splice(at, 1);
        if (outcome === "fail") operations[one.place] = { ...operations[one.place]!, end: moment++ };
      }
      continue;
    }
    const operation = operations[one.place]!;
    operations[one.place] = { ...operation, outcome: operation.outcome === "fail" ? "fail" : "ok", end: moment++ };
    running.splice(at, 1);
  }
  return operations;
}

function unanswered({ f, value }: Pick<Operation, "f" | "value">): Value {
  if (f === "read") return null;
  if (f !== "txn") return value;
  return (value as unknown as Step[]).map(([step, of, argument]): Step => [step, of, step === "r" ? null : argument]);
}

/** The same history with one answer of a read replaced: it may still be right, and mostly is not. */
export function falsified(rng: Rng, operations: readonly Operation[]): Operation[] {
  const answers = operations.flatMap(({ f, value, outcome }, at) => {
    if (outcome !== "ok") return [];
    if (f === "read") return [{ at, step: -1 }];
    if (f !== "txn") return [];
    return (value as unknown as Step[]).flatMap(([name], step) => (name === "r" ? [{ at, step }] : []));
  });
  if (answers.length === 0) return [...operations];
  const { at, step } = rng.pick(answers);
  return operations.map((operation, place) => {
    if (place !== at) return operation;
    if (step < 0) return { ...operation, value: otherAnswer(rng, operations, operation.value) };
    const steps = (operation.value as unknown as Step[]).map(
      (one, index): Step => (index === step ? [one[0], one[1], otherAnswer(rng, operations, one[2])] : one),
    );
    return { ...operation, value: steps };
  });
}

function otherAnswer(rng: Rng, operations: readonly Operation[], value: Value): Value {
  const appended = operations.flatMap((operation): Value[] => {
    if (operation.f === "append") return [operation.value];
    if (operation.f !== "txn") return [];
    return (operation.value as unknown as Step[]).flatMap(([f, , argument]) => (f === "append" ? [argument] : []));
  });
  if (appended.length > 0) {
    const list = (value ?? []) as readonly Value[];
    if (list.length === 0) return [rng.pick(appended)];
    const kind = rng.integer(4);
    if (kind === 0) return list.slice(0, rng.integer(list.length));
    if (kind === 1) return rng.shuffle(list);
    if (kind === 2) return [...list, list[0]!];
    return list.filter((_item, at) => at !== rng.integer(list.length));
  }
  const written = operations.flatMap((operation): Value[] => {
    if (operation.f === "write") return [operation.value];
    if (operation.f === "cas") return [(operation.value as Value[])[1]!];
    if (operation.f !== "txn") return [];
    return (operation.value as unknown as Step[]).flatMap(([f, , argument]) => (f === "w" ? [argument] : []));
  });
  return rng.pick([...written, null]);
}
