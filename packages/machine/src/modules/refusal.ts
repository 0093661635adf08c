// How a module's command says no.

/** Thrown by a module's command to refuse: everything it did is undone and `message` is the reply. */
export class Refusal extends Error {
  override readonly name: string = "Refusal";
  readonly code: string;

  /** `code` is one word in capitals, the first of the reply. */
  constructor(message: string, code = "REFUSED") {
    super(message);
    this.code = code;
  }
}
