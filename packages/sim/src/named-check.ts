// What conformance suites are made of: checks with a name, which throw when something does not hold, so that any test
// runner can run them.

export interface NamedCheck {
  readonly name: string;
  run(): Promise<void>;
}

export function same(found: unknown, expected: unknown, what: string): void {
  const [left, right] = [print(found), print(expected)];
  if (left === right) return;
  const at = [...left].findIndex((character, index) => character !== right[index]);
  const from = Math.max(0, at - 60);
  throw new Error(`${what}: found …${left.slice(from, from + 160)}, expected …${right.slice(from, from + 160)}`);
}

export function truth(fact: boolean, what: string): void {
  if (!fact) throw new Error(`does not hold: ${what}`);
}

export function throws(run: () => void, what: string): void {
  try {
    run();
  } catch {
    return;
  }
  throw new Error(`${what} was not refused`);
}

function print(value: unknown): string {
  if (value === undefined) return "undefined";
  return JSON.stringify(value, (_, inner: unknown) =>
    inner instanceof Uint8Array ? `bytes ${inner.join(" ")}` : inner,
  );
}
