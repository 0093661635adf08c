// The machine against a real Redis 7: the same random commands, the same replies. One family is added to the streams by
// one line in GENERATORS. `QUORATE_REDIS_SEED` and `QUORATE_REDIS_COMMANDS` choose another run.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compare, type Generator } from "./compare.ts";
import { hashes } from "./hashes.ts";
import { keys } from "./keys.ts";
import { lists } from "./lists.ts";
import { RedisServer, redisVersion } from "./redis-server.ts";
import { sets } from "./sets.ts";
import { strings } from "./strings.ts";
import { transactions } from "./transactions.ts";
import type { Protocol } from "./wire.ts";
import { zsets } from "./zsets.ts";

const GENERATORS: Readonly<Record<string, Generator>> = { strings, keys, lists, hashes, sets, zsets };

const SEED = Number(process.env["QUORATE_REDIS_SEED"] ?? 20_261);
const COMMANDS = Number(process.env["QUORATE_REDIS_COMMANDS"] ?? 120_000);

const version = redisVersion();
const usable = version?.startsWith("7.0.") === true;
if (!usable) {
  process.stderr.write(
    `\n*** SKIPPED: the comparison with Redis needs redis-server 7.0 (found ${version ?? "none"}); install it, for instance with: apt-get install redis-server ***\n\n`,
  );
}

describe.skipIf(!usable)(`the machine beside Redis ${version ?? ""}`, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(async () => {
    await server?.stop();
  });

  const all = Object.values(GENERATORS);
  const runs: [string, Protocol, readonly Generator[]][] = [
    ["every family together", 2, all],
    ["every family together", 3, all],
    ["transactions of every family", 2, [transactions(all)]],
    ...Object.entries(GENERATORS).map(([name, one]): [string, Protocol, readonly Generator[]] => [name, 2, [one]]),
  ];
  const share = Math.ceil(COMMANDS / runs.length);

  it.each(runs)("answers alike: %s, RESP%i", async (name, protocol, generators) => {
    const seed = SEED + protocol * 1000 + name.length;
    const compared = await compare({ port: server.port, protocol, generators, seed, commands: share });
    expect(compared).toBeGreaterThanOrEqual(share);
  });

  it("catches a machine that answers one thing in a thousand differently, and shows how", async () => {
    const machine = { config: { valueBytesMax: 295 } };
    const run = compare({
      port: server.port,
      protocol: 2,
      generators: [strings],
      seed: SEED,
      commands: 50_000,
      machine,
    });
    await expect(run).rejects.toThrow(/differ under RESP2 \(seed \d+\):\n(?: .*\n){1,4}machine: .*proto-max-bulk-len/);
  });
});
