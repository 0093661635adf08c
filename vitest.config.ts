import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest goes first, so that no worker is left alone with it at the end. */
const LONG = [
  "sim/test/campaign",
  "programs/programs",
  "sim/test/machine-campaign",
  "scripts/pack",
  "scenario/named",
  "power/amnesia",
  "command/local",
  "power/power-loss",
  "kill/kill",
  "decider-differential",
  "client/cluster",
  "scripts/docs",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      const place = LONG.findIndex((name) => moduleId.includes(`${name}.test.ts`));
      if (place >= 0) return place;
      // Those that share a process come after those that do not: side by side they can have one after the other.
      return LONG.length + (project.config.isolate ? 0 : 1);
    };
    return (await super.sort(files)).toSorted((left, right) => rank(left) - rank(right));
  }
}

/** What is simulated or computed, in packages without I/O. */
const TIMELESS = "packages/{core,machine,sim}/{src,test}/**/*.test.ts";

/** Of these, what computes for more than some seconds. */
const ENDURING =
  "packages/{core,sim}/{src,test}/**/{*campaign,*canaries,named,rule-scenarios,decider-differential,exhaustive-crash,explore,false-states}.test.ts";

const timeless = {
  // As Node itself loads modules: what runs for minutes takes a sixth more where each import is looked up at each use.
  experimental: { viteModuleRunner: false, nodeLoader: false },
  // All processors are busy with tests: collectors that work side by side wait for one another's turn.
  execArgv: ["--single-threaded-gc", "--import", import.meta.resolve("tsx")],
  setupFiles: ["scripts/test-priority.ts"],
};

export default defineConfig({
  // The workspace runs from source; Vitest resolves packages on the server side.
  ssr: { resolve: { conditions: ["@quorate/source"] } },
  test: {
    testTimeout: 300_000,
    hookTimeout: 60_000,
    pool: "forks",
    // One more than cores: a test that waits for replicas leaves its core to another.
    maxWorkers: 3,
    globalSetup: ["scripts/test-bundle.mjs"],
    // Simulated runs make garbage by the gigabyte and keep megabytes: a wide nursery saves a fifth of their time.
    execArgv: ["--max-semi-space-size=64"],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "timed",
          include: ["packages/*/{src,test}/**/*.test.ts", "scripts/**/*.test.ts"],
          exclude: [...configDefaults.exclude, TIMELESS],
          // Files of a worker share its process: loading the replica anew for each took a tenth of all the time.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          ...timeless,
          name: "timeless",
          include: [TIMELESS],
          exclude: [...configDefaults.exclude, ENDURING],
          // Pure code leaves nothing behind that the next file could meet.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          ...timeless,
          name: "enduring",
          include: [ENDURING],
          // What V8 learnt from one file about the code they share costs the next, if it runs for long, up to twice its time.
          isolate: true,
        },
      },
    ],
  },
});
