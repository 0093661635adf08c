// Users as replicated state: what may be stored of them, who may not be dropped, and which commands a category covers.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  categoriesIn,
  categoriesOf,
  commandTable,
  defineModule,
  FAMILIES,
  permits,
  userChanges,
} from "../src/index.ts";
import { Driver } from "./drive.ts";

const HASH = "scrypt$15$8$1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo";
const TOKEN = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b";
const ROOT = `USER.SET root HASH ${HASH} ALLOW all`;

describe("a user", () => {
  it("is stored with hashes only: plain secrets are refused and leave nothing", () => {
    const driver = new Driver();
    driver.cli(ROOT);
    for (const option of ["PASSWORD", "TOKEN"]) {
      expect(driver.cli(`USER.SET ann ${option} swordfish`)).toMatch(/^\(error\) ERR a plain secret/);
    }
    expect(driver.cli("USER.LIST")).toBe('1) "root"');
    expect(driver.entries().some(([, record]) => record.includes("swordfish"))).toBe(false);
  });

  it("is never told of in the change log", () => {
    const driver = new Driver();
    driver.cli(ROOT);
    driver.cli("USER.SET ann ALLOW read");
    expect(driver.cli("CHANGES.READ 1")).not.toMatch(/root|ann/);
  });

  it("survives FLUSHALL", () => {
    const driver = new Driver();
    driver.cli(ROOT);
    driver.cli("FLUSHALL");
    expect(driver.cli("USER.LIST")).toBe('1) "root"');
  });

  it("cannot be changed from inside of another command, whatever that is", () => {
    const driver = new Driver();
    driver.cli(ROOT);
    for (const line of [
      "TXN THEN 4 USER.SET root ALLOW all",
      "TIMER.SET t 1000 USER.DROP root",
      "TXN.EXEC 0 2 USER.DROP root",
    ])
      expect(driver.cli(line)).toMatch(/cannot be run inside of another command/);
    driver.cli("LOCK.TRY door me 1000");
    expect(driver.cli("FENCE door 1 USER.GET root")).toMatch(/cannot be run inside of another command/);
  });

  it("has tokens that are nobody else's, and loses them for good", () => {
    const driver = new Driver();
    driver.cli(ROOT);
    driver.cli(`USER.SET ann TOKENHASH ${TOKEN}`);
    expect(driver.cli(`USER.SET bob TOKENHASH ${TOKEN}`)).toMatch(/that token is taken/);
    expect(driver.cli(`USER.OF ${TOKEN}`)).toBe('"ann"');
    expect(driver.cli(`USER.SET ann REVOKE ${TOKEN}`)).toBe("OK");
    expect(driver.cli(`USER.OF ${TOKEN}`)).toBe("(nil)");
    driver.cli(`USER.SET ann TOKENHASH ${TOKEN}`);
    driver.cli("USER.DROP ann");
    expect(driver.cli(`USER.OF ${TOKEN}`)).toBe("(nil)");
    expect(driver.cli(`USER.SET bob TOKENHASH ${TOKEN}`)).toBe("OK");
  });

  it("is refused a category that no command is in, so that a slip of the pen forbids nothing silently", () => {
    const driver = new Driver();
    driver.cli(ROOT);
    expect(driver.cli("USER.SET ann DENY wirte")).toMatch(/no command is in that category; there are admin, all,/);
    const bid = defineModule({ name: "auction", commands: { bid: () => "ok" } });
    const withModule = new Driver({ families: [bid] });
    withModule.cli(ROOT);
    expect(withModule.cli("USER.SET ann ALLOW auction")).toBe("OK");
  });

  it("counts against the most that there may be", () => {
    const driver = new Driver({ config: { usersMax: 2 } });
    driver.cli(ROOT);
    expect(driver.cli("USER.SET ann ALLOW read")).toBe("OK");
    expect(driver.cli("USER.SET bob ALLOW read")).toMatch(/there are 2 users, which is the most/);
    expect(driver.cli("USER.SET ann DENY read")).toBe("OK");
  });

  it("gets a revision with every change and none with a refusal", () => {
    const driver = new Driver();
    expect(driver.cli("USER.REVISION")).toBe("(integer) 0");
    driver.cli(ROOT);
    driver.cli("USER.DROP root");
    driver.cli("USER.DROP nobody");
    expect(driver.cli("USER.REVISION")).toBe("(integer) 1");
  });
});

describe("the users together", () => {
  const name = fc.constantFrom("ann", "bob", "root");
  const option = fc.constantFrom(
    "RESET",
    "ON",
    "OFF",
    "NOPASSWORDS",
    "NOTOKENS",
    `HASH ${HASH}`,
    "ALLOW all",
    "ALLOW admin",
    "DENY admin",
    "ALLOW read",
    "DENY all",
  );
  const set = fc
    .tuple(name, fc.array(option, { maxLength: 4 }))
    .map(([who, all]) => `USER.SET ${who} ${all.join(" ")}`);
  const drop = name.map((who) => `USER.DROP ${who}`);

  it("always have one who can sign in and administer, from the first user on", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(set, drop), { maxLength: 40 }), (lines) => {
        const driver = new Driver();
        let closed = false;
        for (const line of lines) {
          driver.cli(line);
          const users = namesOf(driver).map((who) => userOf(driver, who));
          closed ||= users.length > 0;
          expect(driver.cli("USER.REVISION") === "(integer) 0").toBe(!closed);
          const administrators = users.filter(
            (user) => user.state === "on" && user.secrets > 0 && permits(user, ["admin"]),
          );
          expect(administrators.length > 0).toBe(closed);
        }
      }),
    );
  });
});

describe("categories", () => {
  const table = commandTable(FAMILIES);

  it("cover every command, and those that administer nothing else does", () => {
    for (const command of table.values()) {
      const categories = categoriesOf(command);
      expect(categories.length, command.name).toBeGreaterThan(0);
      expect(categories.includes("admin"), command.name).toBe(command.name.startsWith("USER."));
      if (categories.includes("admin")) expect(categories).toEqual(["admin"]);
      else expect(categories.length, command.name).toBeGreaterThan(1);
    }
  });

  it("are called as in Redis where Redis has them", () => {
    const known = categoriesIn(table);
    const wanted = "admin connection dangerous hash keyspace list read set sortedset string transaction write";
    expect(wanted.split(" ").filter((category) => !known.includes(category))).toEqual([]);
    const of = (command: string): readonly string[] => categoriesOf(table.get(command)!);
    expect(of("zadd")).toEqual(["write", "sortedset"]);
    expect(of("flushall")).toEqual(["write", "dangerous", "keyspace"]);
    expect(of("txn.exec")).toEqual(of("exec"));
    expect(of("fence")).toEqual(["connection", "lease"]);
    expect(of("lock.try")).toEqual(["write", "lease", "lock"]);
  });

  it("are allowed one by one, and denied whatever else is allowed", () => {
    const set = ["write", "string"];
    expect(permits({ allow: [], deny: [] }, set)).toBe(false);
    expect(permits({ allow: ["read", "string"], deny: [] }, set)).toBe(true);
    expect(permits({ allow: ["all"], deny: ["write"] }, set)).toBe(false);
    expect(permits({ allow: ["all"], deny: ["all"] }, set)).toBe(false);
  });
});

describe("commands inside of commands", () => {
  const table = commandTable(FAMILIES);
  const within = (line: string): readonly (readonly string[])[] => {
    const [command, ...args] = line.split(" ");
    return table.get(command!.toLowerCase())!.within!(args);
  };

  it("are told by every command that runs others, whatever its words", () => {
    expect(within("FENCE door 1 SET a 1")).toEqual([["SET", "a", "1"]]);
    expect(within("TIMER.SET t 5 DEL a")).toEqual([["DEL", "a"]]);
    expect(within("TIMER.AT t 5 DEL a")).toEqual([["DEL", "a"]]);
    expect(within("TXN IF EXISTS a THEN 2 GET a ELSE 2 DEL a")).toEqual([
      ["GET", "a"],
      ["DEL", "a"],
    ]);
    expect(within("TXN.EXEC 1 a 7 2 GET a 1 DBSIZE")).toEqual([["GET", "a"], ["DBSIZE"]]);
    for (const command of table.values()) {
      if (command.within === undefined) continue;
      fc.assert(fc.property(fc.array(fc.string()), (args) => Array.isArray(command.within?.(args))));
    }
  });

  it("are told whole: a command that takes other commands says which", () => {
    const takers = [...table.values()].filter(({ syntax }) => /\bcommand \[argument/.test(syntax));
    expect(takers.map(({ name }) => name).sort()).toEqual(["FENCE", "TIMER.AT", "TIMER.SET", "TXN", "TXN.EXEC"]);
    for (const command of takers) expect(command.within, command.name).toBeDefined();
  });
});

describe("the words of USER.SET", () => {
  it("are never repeated in an error, since they may be secrets", () => {
    for (const words of [
      ["USER.SET", "ann", "PASSWROD", "swordfish"],
      ["USER.SET", "ann", "ON", "swordfish"],
      ["USER.SET", "sword fish"],
    ]) {
      expect(() => userChanges(words)).toThrow(/^(?!.*swordfish).*$/);
      expect(() => userChanges(words)).toThrow();
    }
  });

  it("tell where each secret stands", () => {
    expect(userChanges(["USER.SET", "ann", "on", "password", "pw", "Token", "tk"])).toEqual([
      { kind: "on" },
      { kind: "password", at: 3, value: "pw" },
      { kind: "token", at: 5, value: "tk" },
    ]);
  });
});

function namesOf(driver: Driver): readonly string[] {
  const reply = driver.run("USER.LIST");
  return reply.kind === "array" ? reply.items.map((item) => (item.kind === "bulk" ? item.value : "")) : [];
}

function userOf(
  driver: Driver,
  name: string,
): { readonly state: string; readonly secrets: number; readonly allow: string[]; readonly deny: string[] } {
  const reply = driver.run("USER.GET", name);
  if (reply.kind !== "map") throw new Error(`no user ${name}`);
  const fields = reply.entries.map(([, value]) =>
    value.kind === "array" ? value.items.map((item) => (item.kind === "bulk" ? item.value : "")) : value,
  );
  const [state, passwords, tokens, allow, deny] = fields;
  return {
    state: state !== undefined && "kind" in state && state.kind === "bulk" ? state.value : "",
    secrets: (passwords as string[]).length + (tokens as string[]).length,
    allow: allow as string[],
    deny: deny as string[],
  };
}
