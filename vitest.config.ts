import { defineConfig } from "vitest/config";

export default defineConfig({
  // The workspace runs from source; Vitest resolves packages on the server side.
  ssr: { resolve: { conditions: ["@quorate/source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "packages/*/test/**/*.test.ts", "scripts/**/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
