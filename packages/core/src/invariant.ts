// What must hold. A broken invariant is our bug, never a peer's doing: the replica that finds one halts with a dump.

/** Thrown when something that must hold does not. Nothing catches it but the edge that halts the replica. */
export class InvariantError extends Error {
  override readonly name: string = "InvariantError";
}

/** Asserts one fact; the message says what would be wrong. Costly text is given as a function. */
export function invariant(fact: unknown, message: string | (() => string)): asserts fact {
  if (!fact) throw new InvariantError(typeof message === "string" ? message : message());
}

/** Closes a switch over a union: a case that was forgotten is a compile error. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable case: ${JSON.stringify(value)}`);
}
