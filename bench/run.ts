// Prints the figures that the documents quote, as Markdown tables. Without arguments: all but the long ones.
//
//   npm run bench                      codec, decider, latency, rounds
//   npm run bench -- latency rounds    some of them
//   npm run bench -- machine            applying commands, up to a million keys (`machine 10000`: fewer)
//   npm run bench -- keys              the same on LMDB, up to ten million keys (`keys 1000000`: fewer)
//   npm run bench -- memory            memory over a million rounds (`memory 100000`: over fewer)
//   npm run bench -- pauses            how long the protocol itself pauses when a member dies, freezes, is cut off, returns
//   npm run bench -- failover          replicas killed, frozen and cut off under load, five times (`failover 1`: once)
//   npm run bench -- failover-peer     the same of etcd alone, where it is installed
//   npm run bench -- endurance         an idle minute, then memory and disk over an hour of load (`endurance 10`: ten minutes)
import { benchEndurance } from "./cluster/endurance.ts";
import { benchFailover, benchPeer } from "./cluster/failover.ts";
import { benchLatency, printLatency } from "./latency.ts";
import { benchCodec } from "./micro/codec.bench.ts";
import { benchDecider } from "./micro/decider.bench.ts";
import { benchKeySpace } from "./micro/key-space.bench.ts";
import { benchCollections, benchKeys, benchLongest, benchMap } from "./micro/machine.bench.ts";
import { benchPauses } from "./pauses.ts";
import { benchMemory, benchRounds, printMemory, printRounds } from "./rounds.ts";

const MILLION = 1_000_000;
const FAILOVER_RUNS = 5;
const HOUR_MIN = 60;

const sections: Readonly<Record<string, (argument: string | undefined) => Promise<string> | string>> = {
  codec: async () => table(await benchCodec()),
  decider: () => table(benchDecider()),
  latency: () => printLatency(benchLatency()),
  rounds: () => printRounds(benchRounds()),
  machine: (keys) => {
    const most = keys === undefined ? MILLION : Number(keys);
    const sizes = [1000, 10_000, 100_000, MILLION].filter((size) => size <= most);
    return [benchKeys(sizes), benchMap(sizes), benchCollections(sizes), benchLongest(most)].map(table).join("\n\n");
  },
  keys: async (keys) => {
    const most = keys === undefined ? 10 * MILLION : Number(keys);
    return table(await benchKeySpace([1000, 10_000, 100_000, MILLION, 10 * MILLION].filter((size) => size <= most)));
  },
  memory: (rounds) => printMemory(benchMemory(rounds === undefined ? MILLION : Number(rounds))),
  pauses: () => table(benchPauses()),
  failover: (runs) => benchFailover(runs === undefined ? FAILOVER_RUNS : Number(runs)),
  "failover-peer": (runs) => benchPeer(runs === undefined ? FAILOVER_RUNS : Number(runs)),
  endurance: (minutes) => benchEndurance(minutes === undefined ? HOUR_MIN : Number(minutes)),
};
const SHORT = ["codec", "decider", "latency", "rounds"];

/** Any list of flat rows. */
function table(rows: readonly object[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const cell = (value: unknown): string =>
    typeof value === "number" && !Number.isInteger(value) ? value.toFixed(1) : String(value);
  return [
    `| ${columns.join(" | ")} |`,
    `|${columns.map(() => "---").join("|")}|`,
    ...rows.map((row) => `| ${Object.values(row).map(cell).join(" | ")} |`),
  ].join("\n");
}

const words = process.argv.slice(2);
const wanted = words.filter((word) => !/^\d+$/.test(word));
for (const name of wanted.length === 0 ? SHORT : wanted) {
  const section = sections[name];
  if (section === undefined) {
    console.error(`bench: no section ${name}; one of ${Object.keys(sections).join(", ")}`);
    process.exit(2);
  }
  console.log(`## ${name}\n`);
  console.log(await section(words[words.indexOf(name) + 1]));
  console.log();
}
