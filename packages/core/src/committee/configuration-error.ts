// A configuration that cannot work, refused before anything starts. It is neither our bug nor a peer's doing: somebody
// asked for a cluster that does not exist, and the message has to tell them the smallest change that gives one.

/** Thrown for a committee, a stake or fault bounds outside what a rule can carry. */
export class ConfigurationError extends Error {
  override readonly name: string = "ConfigurationError";
  readonly code: "configuration" = "configuration";
  /** What would do, smallest change first; each is a whole instruction. Empty where nothing can be said. */
  readonly remedies: readonly string[];

  constructor(problem: string, remedies: readonly string[] = []) {
    super(remedies.length === 0 ? problem : `${problem}. Instead: ${remedies.join("; or ")}.`);
    this.remedies = remedies;
  }
}
