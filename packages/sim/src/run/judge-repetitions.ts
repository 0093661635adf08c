// Judges whether anything took effect twice. Commands without a session are tried once, and nobody proposes others'
// commands; those of a session are recognised when they come again. So twice is once too often for all of them.
import type { AppliedCommand, CommandName, Verdict } from "../checkers/types.ts";

export function checkRepetitions(applied: readonly AppliedCommand[]): Verdict<readonly CommandName[]> {
  const times = new Map<CommandName, number>();
  for (const { command } of applied) times.set(command, (times.get(command) ?? 0) + 1);
  const repeated = [...times].filter(([, count]) => count > 1);
  if (repeated.length === 0) return { kind: "holds", checked: applied.length };
  const report = repeated.map(([command, count]) => `${command} took effect ${count} times`).join("\n");
  return { kind: "violated", evidence: repeated.map(([command]) => command), report };
}
