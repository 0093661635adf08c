// The examples of every command, executed: the reference in docs shows nothing that does not happen.
import { describe, expect, it } from "vitest";
import { FAMILIES } from "../src/index.ts";
import { Driver } from "./drive.ts";

for (const family of FAMILIES) {
  describe(`${family.title}: the examples`, () => {
    for (const command of family.commands) {
      it(`${command.name} answers as documented`, () => {
        const driver = new Driver();
        expect(command.examples.length).toBeGreaterThan(0);
        const said = command.examples.map(({ run }) => driver.cli(run));
        expect(said).toEqual(command.examples.map(({ reply }) => reply));
        expect(command.examples.some(({ run }) => run.toLowerCase().startsWith(command.name.toLowerCase()))).toBe(true);
      });
    }
  });
}
