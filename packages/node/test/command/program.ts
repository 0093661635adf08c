// The command as a program of its own, in one piece as users run it: from source every process would first translate
// several hundred files. Made before the first test (scripts/test-bundle.mjs).
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** Path of the command, as long as tests run. */
    readonly command: string;
  }
}

/** How it is begun: a program and its first words. */
export const SELF: readonly string[] = [process.execPath, inject("command")];
