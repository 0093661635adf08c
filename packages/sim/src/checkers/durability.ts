// Judges whether clients were told the truth about their commands: what was acknowledged is in the final log, what was
// refused is not, and what a session numbered took effect once at most.
import type { CommandName, DurabilityInput, Verdict } from "./types.ts";

export interface DurabilityEvidence {
  readonly fault: "lost" | "repeated" | "refused-but-applied";
  readonly command: CommandName;
  readonly reason: string;
}

/** Judges every command that a client was told something about. All faults are in the report, the first is the evidence. */
export function checkDurability({ told, applied }: DurabilityInput): Verdict<DurabilityEvidence> {
  const places = new Map<CommandName, number[]>();
  for (const { command, index } of applied) {
    const indexes = places.get(command);
    if (indexes === undefined) places.set(command, [index]);
    else indexes.push(index);
  }
  const faults: DurabilityEvidence[] = [];
  for (const { command, told: answer, session } of told) {
    const indexes = places.get(command) ?? [];
    if (answer === "acknowledged" && indexes.length === 0) {
      faults.push({ fault: "lost", command, reason: `${command} was acknowledged and is not in the log` });
    }
    if (answer === "refused" && indexes.length > 0) {
      const reason = `${command} was refused for certain and took effect at commit ${indexes.join(" and ")}`;
      faults.push({ fault: "refused-but-applied", command, reason });
    }
    if (session && indexes.length > 1) {
      const reason = `${command} belongs to a session and took effect at commits ${indexes.join(" and ")}`;
      faults.push({ fault: "repeated", command, reason });
    }
  }
  const [evidence] = faults;
  if (evidence === undefined) return { kind: "holds", checked: told.length };
  return { kind: "violated", evidence, report: faults.map(({ reason }) => reason).join("\n") };
}
