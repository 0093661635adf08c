// What is wrong with a configuration, all of it at once: whoever mends a file should not have to start a replica once a
// mistake. Each problem says where it came from and what would do.

export interface ConfigProblem {
  /** The setting: `redis.listen`; empty where it is about the whole. */
  readonly key: string;
  /** Where its value stands: `a/quorate.yaml:7`, `QUORATE_DATA`, `--data`; empty where it stands nowhere. */
  readonly where: string;
  /** What is wrong and what would do, without a full stop. */
  readonly what: string;
}

/** Thrown with every problem that was found. Exit code 7. */
export class ConfigProblems extends Error {
  override readonly name: string = "ConfigProblems";
  readonly code: "configuration" = "configuration";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(printProblems(problems));
    this.problems = problems;
  }
}

export function printProblem({ key, where, what }: ConfigProblem): string {
  const place = key === "" || where === "" ? key + where : `${key} (${where})`;
  return place === "" ? what : `${place}: ${what}`;
}

function printProblems(problems: readonly ConfigProblem[]): string {
  const lines = problems.map((problem) => `  ${printProblem(problem)}`);
  return [
    `the configuration has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}`,
    ...lines,
  ].join("\n");
}
