import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest goes first, so that no worker is left alone with it at the end. */
const LONG = [
  "sim/test/campaign",
  "programs/programs",
  "command/local",
  "sim/test/machine-campaign",
  "power/power-loss",
  "scripts/pack",
  "scenario/named",
  "decider-differential",
  "client/cluster",
  "power/amnesia",
  "scripts/docs",
  "kill/kill",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = LONG.findIndex((name) => moduleId.includes(`${name}.test.ts`));
      return place < 0 ? LONG.length : place;
    };
    return (await super.sort(files)).toSorted((left, right) => rank(left) - rank(right));
  }
}

export default defineConfig({
  // The workspace runs from source; Vitest resolves packages on the server side.
  ssr: { resolve: { conditions: ["@quorate/source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "packages/*/test/**/*.test.ts", "scripts/**/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
    setupFiles: ["scripts/test-priority.ts"],
    // Simulated runs make garbage by the gigabyte and keep megabytes: a wide nursery saves a fifth of their time.
    execArgv: ["--max-semi-space-size=64"],
    sequence: { sequencer: LongestFirst },
  },
});
