// A history can be well-formed and still not be one that a judge can take: the same key used as two kinds of object, or
// transactions where single keys are judged.

/** A history that this judge cannot take, with the event at fault. */
export class UnsuitableHistoryError extends Error {
  override readonly name: string = "UnsuitableHistoryError";
  readonly code = "unsuitable-history";
  readonly index: number;

  constructor(index: number, message: string) {
    super(message);
    this.index = index;
  }
}
