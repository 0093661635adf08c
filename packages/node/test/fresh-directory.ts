// Directories that tests write into, gone with the file of tests that asked for them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const made: string[] = [];

afterAll(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

export function freshDirectory(purpose: string): string {
  const directory = mkdtempSync(join(tmpdir(), `quorate-${purpose}-`));
  made.push(directory);
  return directory;
}
