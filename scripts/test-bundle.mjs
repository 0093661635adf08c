// What tests run in one piece, made before the first of them: two that found it stale at the same moment would make it under
// one another's feet. The command, for tests that start replicas, and the simulator, for those that run for minutes.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleCommand } from "./bundle.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const simulator = join(root, "packages/sim");

export async function setup() {
  await bundleCommand(root);
  await build({
    entryPoints: [join(simulator, "src/index.ts")],
    outfile: join(simulator, ".run/index.mjs"),
    bundle: true,
    format: "esm",
    target: "node20",
    conditions: ["@quorate/source"],
    sourcemap: true,
    logLevel: "warning",
  });
}
