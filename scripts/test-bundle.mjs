// What tests run in one piece, made before the first of them: two that found it stale at the same moment would make it under
// one another's feet. The command, for tests that start replicas, and the simulator, for those that run for minutes.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyCommand, inOnePiece } from "./bundle.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Answers what takes it all away again. */
export async function setup({ provide }) {
  await inOnePiece(root, "packages/sim/src/index.ts", { outfile: join(root, "packages/sim/.run/index.mjs") });
  const command = await copyCommand(root);
  provide("command", command.entry);
  return command.remove;
}
