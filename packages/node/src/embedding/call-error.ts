// What `call` throws. There are two outcomes besides a reply, as everywhere: `rejected` is certain, `indeterminate` is not,
// and a program that treats them alike loses something or does it twice.

export class CallError extends Error {
  override readonly name: string = "CallError";
  /** The first word of the refusal: `WRONGTYPE`, `NOQUORUM`, `REFUSED` of a module, …; `INDETERMINATE` where nobody can tell. */
  readonly code: string;
  /** `rejected`: nothing was changed and nothing will be. `indeterminate`: it may have been applied, or may yet be. */
  readonly outcome: "rejected" | "indeterminate";

  constructor(outcome: "rejected" | "indeterminate", code: string, message: string) {
    super(message);
    this.outcome = outcome;
    this.code = code;
  }
}
