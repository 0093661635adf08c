// The version, from the package's own manifest: one place, whether run from source or from `dist`.
import { readFileSync } from "node:fs";

export function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  return manifest.version;
}
