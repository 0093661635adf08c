// The command in one piece, as users run it; a copy, which nobody replaces while replicas load from it.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

export interface Bundle {
  readonly entry: string;
  remove(): void;
}

export async function copyBundle(): Promise<Bundle> {
  const { bundleCommand } = (await import(pathToFileURL(join(ROOT, "scripts/bundle.mjs")).href)) as {
    bundleCommand(root: string): Promise<string>;
  };
  const made = dirname(await bundleCommand(ROOT));
  const copy = mkdtempSync(`${made}-`);
  cpSync(made, copy, { recursive: true });
  return { entry: join(copy, "bin.mjs"), remove: () => rmSync(copy, { recursive: true, force: true }) };
}
