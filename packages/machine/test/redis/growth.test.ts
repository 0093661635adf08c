// Which commands may make the state larger, held against what a real Redis refuses when it is out of memory.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandDefinition, commandTable, defineModule, FAMILIES, mayGrow } from "../../src/index.ts";
import { RedisServer, redisVersion } from "./redis-server.ts";
import { RespClient } from "./resp-client.ts";
import type { Wire } from "./wire.ts";

const table = commandTable(FAMILIES);
const grows = ({ flags }: CommandDefinition): boolean => flags.includes("grows");

/** Names that Redis has too and that are flagged otherwise here, each with its reason. */
const DELIBERATE: Readonly<Record<string, string>> = {};

/** Our own that may grow the state. The others remove, prolong, end or look. */
const OWN = [
  "COUNTER.ADD",
  "ELECTION.STAND",
  "LOCK.TRY",
  "LOCK.WAIT",
  "RATE.TAKE",
  "SEMAPHORE.TRY",
  "SEMAPHORE.WAIT",
  "SESSION.OPEN",
  "TIMER.AT",
  "TIMER.SET",
];

describe.skipIf(redisVersion()?.startsWith("7.0.") !== true)("commands that Redis has", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(async () => {
    await server?.stop();
  });

  it("may grow the state exactly if Redis refuses them when it is out of memory", async () => {
    const client = await RespClient.connect(server.port);
    const names = [...table.keys()];
    const [infos] = await client.send([["COMMAND", "INFO", ...names]]);
    client.close();
    let compared = 0;
    for (const [at, info] of itemsOf(infos!).entries()) {
      if (info.value === null) continue;
      const flags = itemsOf(itemsOf(info)[2]!).map(({ value }) => value);
      const command = table.get(names[at]!)!;
      const differs = grows(command) !== flags.includes("denyoom");
      expect(differs, `${command.name}: Redis says ${flags.join(" ")}`).toBe(command.name in DELIBERATE);
      compared++;
    }
    expect(compared).toBeGreaterThan(130);
  });
});

const itemsOf = ({ value }: Wire): readonly Wire[] => (Array.isArray(value) ? value : []);

describe("commands that only we have", () => {
  it("may grow the state if they add something that stays", () => {
    const own = [...table.values()].filter(({ name }) => name.includes(".") && !name.startsWith("USER."));
    expect(
      own
        .filter(grows)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(OWN);
  });

  it("never do without being writes", () => {
    for (const command of table.values()) if (grows(command)) expect(command.flags, command.name).toContain("write");
  });

  it("of a user's module may, unless they say that they only remove", () => {
    const { commands } = defineModule({
      name: "auction",
      commands: {
        bid: () => 1,
        close: { grows: false, run: () => 1 },
        best: { readonly: true, run: () => 1 },
      },
    });
    expect(commands.map(({ flags }) => flags)).toEqual([["write", "grows"], ["write"], ["readonly"]]);
  });
});

describe("a command that runs others", () => {
  const may = (line: string): boolean => {
    const [name, ...args] = line.split(" ");
    return mayGrow(table, table.get(name!.toLowerCase())!, args);
  };

  it("may grow the state if one of them may", () => {
    expect(may("TXN.EXEC 0 2 DEL a 2 GET b")).toBe(false);
    expect(may("TXN.EXEC 0 2 DEL a 3 SET b 1")).toBe(true);
    expect(may("TXN THEN 2 DEL a ELSE 3 SET b 1")).toBe(true);
    expect(may("FENCE door 1 DEL a")).toBe(false);
    expect(may("FENCE door 1 FENCE door 1 LPUSH a x")).toBe(true);
    expect(may("TIMER.SET t 5 DEL a")).toBe(true);
  });
});
