// The command in one piece, made before the first test that runs it: two tests that found it stale at the same moment would
// make it under one another's feet.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleCommand } from "./bundle.mjs";

export async function setup() {
  await bundleCommand(dirname(dirname(fileURLToPath(import.meta.url))));
}
