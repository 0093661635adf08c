// The command as a program of its own, in one piece as users run it: from source every process would first translate
// several hundred files.
import { afterAll } from "vitest";
import { copyBundle } from "../../../../bench/cluster/bundle.ts";

const bundle = await copyBundle();
afterAll(() => bundle.remove());

/** How it is begun: a program and its first words. */
export const SELF: readonly string[] = [process.execPath, bundle.entry];
