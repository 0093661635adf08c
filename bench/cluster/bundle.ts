// The command in one piece, as users run it.
import { fileURLToPath } from "node:url";
import { type Bundle, copyCommand } from "../../scripts/bundle.mjs";

export type { Bundle };

export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

export const copyBundle = (): Promise<Bundle> => copyCommand(ROOT);
