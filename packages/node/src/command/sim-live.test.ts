import { describe, expect, it } from "vitest";
import { EXIT } from "./exit-code.ts";
import { runCommand } from "./run.ts";
import { replayLive, runLive } from "./sim-live.ts";

function listen(): {
  readonly io: { stdout(text: string): void; stderr(text: string): void };
  readonly said: string[];
} {
  const said: string[] = [];
  return { said, io: { stdout: (text) => said.push(text), stderr: (text) => said.push(text) } };
}

describe("a cluster to watch", () => {
  it("tells each second, lets time pass as it should, and ends in a verdict", () => {
    const { io, said } = listen();
    const waited: number[] = [];
    const fault = { crash: 2, byzantine: 0 };
    const code = runLive({ seed: 3, members: 5, fault, seconds: 6 }, io, (elapsedMs) => waited.push(elapsedMs));
    expect(code).toBe(EXIT.ok);
    expect(waited).toEqual([1_000, 2_000, 3_000, 4_000, 5_000, 6_000]);
    expect(said.join("")).toContain("second 2: member 4 loses power");
    expect(said.join("")).toMatch(/ {6}3 .*down\n/);
    expect(said.at(-1)).toMatch(/^\n✓ all 5 logs agree \(\d+ commits\)/);
  });

  it("prints the same again for the same seed, and works where members may lie", () => {
    const runs = [1, 2].map(() => {
      const { io, said } = listen();
      expect(runLive({ seed: 9, members: 4, fault: { crash: 0, byzantine: 1 }, seconds: 3 }, io, () => {})).toBe(
        EXIT.ok,
      );
      return said.join("");
    });
    expect(runs[0]).toBe(runs[1]);
  });

  it("is shown again with the bounds that it had", () => {
    const options = { seed: 9, members: 6, fault: { crash: 1, byzantine: 1 }, seconds: 3 };
    expect(replayLive(options)).toBe(
      "npm run quorate -- sim --live --seed 9 --replicas 6 --crash 1 --byzantine 1 --for 3",
    );
  });

  it.each([
    [["sim", "--live", "--seeds", "1..3"], "leave --seeds out"],
    [["sim", "--for", "3"], "give --live too"],
    [["sim", "--live", "--replicas", "4", "--byzantine", "2"], "members"],
  ])("refuses %j with what to do", async (argv, hint) => {
    const { io, said } = listen();
    expect(await runCommand(argv, io)).not.toBe(EXIT.ok);
    expect(said.join("")).toContain(hint);
  });
});
