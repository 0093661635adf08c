// The obvious slow judge: tries every order of every subset that must be tried. No memory, no shortcut, no model
// knowledge; the clever judges are held against it.
import { type Operation, type Step, type Value, valueText } from "../src/index.ts";

/** Whether some order of the operations explains every answer; transactions, registers and lists alike. */
export function bruteForce(operations: readonly Operation[]): boolean {
  const happened = operations.filter(({ outcome }) => outcome !== "fail");
  return explore(happened, new Map());
}

type State = ReadonlyMap<string, Value>;

function explore(left: readonly Operation[], state: State): boolean {
  if (left.every(({ outcome }) => outcome === "info")) return true;
  return left.some((operation) => {
    if (left.some((other) => other.end < operation.start)) return false;
    const next = applied(operation, state);
    return (
      next !== undefined &&
      explore(
        left.filter((other) => other !== operation),
        next,
      )
    );
  });
}

function applied({ f, key, value, outcome }: Operation, state: State): State | undefined {
  const now = state.get(key) ?? null;
  switch (f) {
    case "read":
      return outcome === "info" || same(now, value) ? state : undefined;
    case "write":
      return new Map(state).set(key, value);
    case "append":
      return new Map(state).set(key, [...((now ?? []) as Value[]), value]);
    case "cas": {
      const [expected, next] = value as [Value, Value];
      return same(now, expected) ? new Map(state).set(key, next) : undefined;
    }
    case "txn":
      return (value as unknown as Step[]).reduce<State | undefined>((before, [step, of, argument]) => {
        if (before === undefined) return undefined;
        const f = step === "r" ? "read" : step === "w" ? "write" : "append";
        return applied({ process: 0, f, key: of, value: argument, outcome, start: 0, end: 0 }, before);
      }, state);
  }
}

/** An empty list and nothing are one: a list starts empty. */
function same(left: Value, right: Value): boolean {
  return valueText(emptied(left)) === valueText(emptied(right));
}

function emptied(value: Value): Value {
  return Array.isArray(value) && value.length === 0 ? null : value;
}
