// What docs/simulator.md shows of a module of one's own is a program that runs, and its law is one that can be broken.
import { readFileSync } from "node:fs";
import type { CommandDefinition } from "@quorate/machine";
import { machineWorkload, runScenario } from "@quorate/sim";
import { describe, expect, it } from "vitest";
import { auction, bidding, scenario } from "./auction.ts";

describe("a module of one's own", () => {
  it("stands in the docs as it is tested", () => {
    const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
    const program = read("./auction.ts").split("\n").slice(1).join("\n");
    expect(read("../../../docs/simulator.md")).toContain(
      program.replaceAll(/^export (?=const auction|function)/gm, ""),
    );
  });

  it("holds", () => {
    for (const seed of [1, 2]) {
      const { reasons, stats, verdict } = runScenario(scenario, { seed });
      expect({ verdict, reasons }).toEqual({ verdict: "held", reasons: [] });
      expect(stats.operations).toBeGreaterThan(100);
    }
  });

  it("is caught when it forgets a bid", () => {
    const careless = { ...auction, commands: auction.commands.map(forget) };
    const uses = machineWorkload({ families: [careless], exercises: [{ of: bidding, weight: 1 }] });
    const { reasons, verdict } = runScenario({ ...scenario, uses }, { seed: 1 });
    expect(verdict).toBe("safety");
    expect(reasons.join("\n")).toMatch(/the best bid/);
  });
});

/** Says that it took a bid, and now and then does not. */
function forget(command: CommandDefinition): CommandDefinition {
  if (command.name !== "auction.bid") return command;
  return {
    ...command,
    run: (context, args) =>
      context.index % 5 === 0 ? { kind: "bulk", value: "accepted" } : command.run(context, args),
  };
}
