// Access over a real machine: who signs in, what they may do, and what of their secrets can be found anywhere.
import { type CommandDefinition, CommandError } from "@quorate/machine";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import type { Access } from "../../src/access/access.ts";
import { costOf } from "../../src/access/password-hash.ts";
import { type AccessOptions, createAccess } from "../../src/access/replicated-access.ts";
import { hashesToCheck, UserDirectory } from "../../src/access/user-directory.ts";
import type { Outcome, Words } from "../../src/running-replica.ts";
import { createSoloReplica, type SoloReplica } from "../solo-replica.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const solos: SoloReplica[] = [];

afterEach(async () => {
  for (const solo of solos.splice(0)) await solo.close();
});

interface Setting {
  readonly replica: SoloReplica;
  readonly access: Access;
}

async function start(options: AccessOptions = {}): Promise<Setting> {
  const replica = createSoloReplica();
  solos.push(replica);
  const access = createAccess(replica, options);
  // What it asks the cluster at its start is answered a turn later.
  await run({ replica, access }, "PING-LIKE");
  return { replica, access };
}

const bytes = (text: string): Words => text.split(" ").map((word) => Buffer.from(word));

/** As a door does it: sealed, then submitted. */
async function run({ replica, access }: Setting, text: string): Promise<Outcome> {
  const words = await access.seal(bytes(text));
  return new Promise((answer) => {
    replica.submit({ words, notAfter: Number.MAX_SAFE_INTEGER, user: "" }, answer);
  });
}

async function ok(setting: Setting, text: string): Promise<void> {
  expect(await run(setting, text)).toMatchObject({ reply: { kind: "simple", text: "OK" } });
}

function mayRun({ replica, access }: Setting, user: string, text: string): string | undefined {
  const words = bytes(text);
  return access.refusal(user, definition(replica, text), words);
}

function definition(replica: SoloReplica, text: string): CommandDefinition {
  return replica.commands.get(text.split(" ")[0]!.toLowerCase())!;
}

describe("a cluster without users", () => {
  it("is open, and closes for good with its first user", async () => {
    const setting = await start();
    expect(setting.access.open).toBe(true);
    expect(mayRun(setting, "", "SET a 1")).toBeUndefined();
    await ok(setting, "USER.SET root PASSWORD swordfish ALLOW all");
    expect(setting.access.open).toBe(false);
    expect(mayRun(setting, "", "GET a")).toBe("NOAUTH Authentication required.");
    await run(setting, "USER.DROP root");
    await run(setting, "FLUSHALL");
    expect(setting.access.open).toBe(false);
  });

  it("is not open where signing in is required", async () => {
    const setting = await start({ required: true });
    expect(setting.access.open).toBe(false);
    expect(mayRun(setting, "", "GET a")).toMatch(/^NOAUTH/);
  });

  it("is not what a replica takes itself for before it has any state and the cluster has confirmed that", async () => {
    const replica = createSoloReplica();
    solos.push(replica);
    replica.refuse("no-quorum");
    const access = createAccess(replica);
    const setting = { replica, access };
    await new Promise(setImmediate);
    expect(access.open).toBe(false);
    expect(mayRun(setting, "", "GET a")).toMatch(/^LOADING/);
    await expect(access.signIn(undefined, "x")).rejects.toThrow(/^LOADING/);
    replica.refuse(undefined);
    await expect.poll(() => access.open).toBe(true);
  });
});

describe("signing in", () => {
  it("takes a password of the user, of the default user without a name, and a token with or without one", async () => {
    const setting = await start();
    const { access } = setting;
    await ok(setting, "USER.SET root PASSWORD swordfish PASSWORD halibut ALLOW all");
    await ok(setting, `USER.SET default PASSWORD plaice TOKEN ${TOKEN} ALLOW read`);
    expect(await access.signIn("root", "swordfish")).toBe("root");
    expect(await access.signIn("root", "halibut")).toBe("root");
    expect(await access.signIn(undefined, "plaice")).toBe("default");
    expect(await access.signIn(undefined, TOKEN)).toBe("default");
    expect(await access.signIn("default", TOKEN)).toBe("default");
    for (const [user, secret] of [
      ["root", "plaice"],
      ["root", TOKEN],
      ["root", ""],
      ["nobody", "swordfish"],
      [undefined, "swordfish"],
      ["x".repeat(1_000_000), "swordfish"],
      ["root", "swordfish".repeat(1000)],
    ] as const) {
      expect(await access.signIn(user, secret), `${user?.slice(0, 10)} ${secret.slice(0, 10)}`).toBeUndefined();
    }
  });

  it("ends with the password, the user, or the user's being enabled, however often it was right before", async () => {
    const setting = await start();
    const { access } = setting;
    await ok(setting, "USER.SET root PASSWORD swordfish ALLOW all");
    await ok(setting, `USER.SET ann PASSWORD one TOKEN ${TOKEN} ALLOW all`);
    expect(await access.signIn("ann", "one")).toBe("ann");
    expect(await access.signIn("ann", "one")).toBe("ann");
    await ok(setting, "USER.SET ann NOPASSWORDS PASSWORD two");
    expect(await access.signIn("ann", "one")).toBeUndefined();
    expect(await access.signIn("ann", "two")).toBe("ann");
    await ok(setting, "USER.SET ann OFF");
    expect(await access.signIn("ann", "two")).toBeUndefined();
    expect(await access.signIn(undefined, TOKEN)).toBeUndefined();
    expect(mayRun(setting, "ann", "GET a")).toMatch(/^NOAUTH/);
    await run(setting, "USER.DROP ann");
    expect(await access.signIn("ann", "two")).toBeUndefined();
  });

  it("fails when the password was changed while it was being checked", async () => {
    const setting = await start();
    await ok(setting, "USER.SET root PASSWORD swordfish ALLOW all");
    const changed = setting.access.seal(bytes("USER.SET root NOPASSWORDS PASSWORD halibut"));
    const words = await changed;
    const signedIn = setting.access.signIn("root", "swordfish");
    const done = new Promise((answer) => {
      setting.replica.submit({ words, notAfter: Number.MAX_SAFE_INTEGER, user: "" }, answer);
    });
    await done;
    expect(await signedIn).toBeUndefined();
    expect(await setting.access.signIn("root", "swordfish")).toBeUndefined();
  });

  it("goes on for others while somebody floods one name, whose own overflow is refused at once", async () => {
    // Under this key the two names are not in one lane.
    const setting = await start({ key: new Uint8Array(32) });
    const { access } = setting;
    await ok(setting, "USER.SET root PASSWORD swordfish ALLOW all");
    const order: string[] = [];
    const flood = Array.from({ length: 60 }, (_, at) =>
      access.signIn("guest", `guess ${at}`).then(
        () => order.push("flood"),
        (error: unknown) => order.push(error instanceof CommandError ? "refused" : "failed"),
      ),
    );
    const honest = access.signIn("root", "swordfish").then((name) => order.push(`in: ${name}`));
    await honest;
    expect(order.filter((what) => what === "flood").length).toBeLessThanOrEqual(3);
    expect(order.filter((what) => what === "refused").length).toBeGreaterThan(20);
    expect(order).not.toContain("failed");
    await Promise.all(flood);
  }, 60_000);

  it("answers for names that somebody has as for those that nobody has, also while many of these wait", async () => {
    const setting = await start({ key: new Uint8Array(32) });
    await ok(setting, "USER.SET root PASSWORD swordfish ALLOW all");
    const told = (name: string): Promise<string> =>
      setting.access.signIn(name, "wrong").then(
        (found) => found ?? "nobody's",
        (error: unknown) => String(error),
      );
    const unknown = Array.from({ length: 34 }, (_, at) => told(`nobody-${at}`));
    const [nobody, root] = [told("nobody"), told("root")];
    expect(new Set(await Promise.all([...unknown, nobody, root]))).toEqual(new Set(["nobody's"]));
  }, 60_000);

  it("does the same work for every name, whatever passwords there are", async () => {
    const costs = ["15$8$3", "14$8$1", "10$1$1"];
    const hash = fc.record({ cost: fc.constantFrom(...costs), salt: fc.stringMatching(/^[\w]{11,20}$/) });
    const user = fc.record({
      hashes: fc.uniqueArray(hash, { maxLength: 4, selector: ({ salt }) => salt }),
      isOn: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(user, { maxLength: 4 }), async (users) => {
        const setting = await start();
        await ok(setting, `USER.SET root TOKEN ${TOKEN} ALLOW all`);
        for (const [at, { hashes, isOn }] of users.entries()) {
          const printed = hashes.map(({ cost, salt }) => ` HASH scrypt$${cost}$${salt}$${"h".repeat(22)}`).join("");
          await ok(setting, `USER.SET user-${at}${printed} ${isOn ? "ON" : "OFF"}`);
        }
        const directory = new UserDirectory(setting.replica);
        const workFor = (name: string): string[] =>
          hashesToCheck(directory.find(name), directory.hashesMost)
            .map((printed) => costOf(printed)!)
            .toSorted();
        for (const at of users.keys()) expect(workFor(`user-${at}`)).toEqual(workFor("nobody"));
        const most = Math.max(0, ...users.filter(({ isOn }) => isOn).map(({ hashes }) => hashes.length));
        expect(workFor("nobody").length).toBeGreaterThanOrEqual(most);
      }),
    );
  });
});

describe("permissions", () => {
  it("follow the categories of a command", async () => {
    const setting = await start();
    await ok(setting, "USER.SET root PASSWORD swordfish ALLOW all");
    await ok(setting, "USER.SET ann PASSWORD x ALLOW read ALLOW lock");
    await ok(setting, "USER.SET bob PASSWORD x ALLOW all DENY dangerous DENY admin");
    expect(mayRun(setting, "ann", "GET a")).toBeUndefined();
    expect(mayRun(setting, "ann", "MULTI")).toBeUndefined();
    expect(mayRun(setting, "ann", "LOCK.TRY door ann 5")).toBeUndefined();
    expect(mayRun(setting, "ann", "SET a 1")).toBe("NOPERM this user has no permissions to run the 'set' command");
    expect(mayRun(setting, "ann", "USER.LIST")).toMatch(/^NOPERM/);
    expect(mayRun(setting, "bob", "SET a 1")).toBeUndefined();
    expect(mayRun(setting, "bob", "FLUSHALL")).toMatch(/^NOPERM/);
    expect(mayRun(setting, "bob", "USER.SET bob ALLOW admin")).toMatch(/^NOPERM/);
    expect(mayRun(setting, "root", "USER.SET bob ALLOW admin")).toBeUndefined();
    expect(mayRun(setting, "mallory", "GET a")).toMatch(/^NOAUTH/);
  });

  it("hold for commands inside of commands, at any depth", async () => {
    const setting = await start();
    await ok(setting, "USER.SET root PASSWORD swordfish ALLOW all");
    await ok(setting, "USER.SET ann PASSWORD x ALLOW all DENY dangerous");
    await ok(setting, "USER.SET bob PASSWORD x ALLOW read");
    for (const line of [
      "TXN THEN 1 FLUSHALL",
      "TXN IF EXISTS a THEN 2 GET a ELSE 1 FLUSHALL",
      "TXN.EXEC 0 2 GET a 1 flushall",
      "TIMER.SET t 5 FLUSHALL",
      "FENCE door 1 TIMER.SET t 5 FENCE door 2 FLUSHALL",
    ]) {
      expect(mayRun(setting, "ann", line), line).toMatch(/^NOPERM .*'flushall'/);
      expect(mayRun(setting, "root", line), line).toBeUndefined();
    }
    expect(mayRun(setting, "bob", "TXN.EXEC 0 2 GET a 1 DBSIZE")).toBeUndefined();
    expect(mayRun(setting, "bob", "TXN.EXEC 0 2 GET a 2 DEL a")).toMatch(/^NOPERM .*'del'/);
    expect(mayRun(setting, "ann", `${"FENCE door 1 ".repeat(40)}FLUSHALL`)).toMatch(/nested too deeply/);
    const { access, replica } = setting;
    expect(access.refusal("ann", definition(replica, "TXN"))).toMatch(/^NOPERM/);
    expect(access.refusal("root", definition(replica, "TXN"))).toBeUndefined();
  });

  it("change with the commit that changes them", async () => {
    const setting = await start();
    await ok(setting, "USER.SET root PASSWORD swordfish ALLOW all");
    await ok(setting, "USER.SET ann PASSWORD x ALLOW read");
    expect(mayRun(setting, "ann", "SET a 1")).toMatch(/^NOPERM/);
    await ok(setting, "USER.SET ann ALLOW write");
    expect(mayRun(setting, "ann", "SET a 1")).toBeUndefined();
    await ok(setting, "USER.SET ann RESET");
    expect(mayRun(setting, "ann", "GET a")).toMatch(/^NOPERM/);
  });
});

describe("secrets", () => {
  it("are in no command that is submitted and no record of the state", async () => {
    const setting = await start();
    await ok(setting, `user.set root password swordfish Token ${TOKEN} ALLOW all`);
    await setting.access.signIn("root", "swordfish");
    const said = JSON.stringify([
      setting.replica.submissions.map(({ words }) => words.map((word) => Buffer.from(word).toString("latin1"))),
      [...setting.replica.machine.snapshot().pieces].map((piece) => Buffer.from(piece).toString("latin1")),
    ]);
    expect(said).toContain("scrypt$15$8$3$");
    expect(said).not.toContain("swordfish");
    expect(said).not.toContain(TOKEN);
  });

  it("do not leave the door in a command that could not be understood, and are not in its error", async () => {
    const { access } = await start();
    for (const line of [
      "USER.SET ann PASSWROD swordfish",
      "USER.SET ann PASSWORD swordfish ALLOWED all",
      "USER.SET ann TOKEN swordfish",
      "USER.SET ann HASH swordfish",
      "TXN THEN 4 USER.SET ann PASSWORD swordfish",
      "TIMER.SET t 5 user.set ann PASSWORD swordfish",
      "FENCE door 1 FENCE door 1 USER.SET ann PASSWORD swordfish",
    ]) {
      const sealed = (async () => access.seal(bytes(line)))();
      await expect(sealed, line).rejects.toThrow(CommandError);
      await expect(sealed, line).rejects.toThrow(/^(?!.*swordfish)/);
    }
  });

  it("are hashed each under its own salt", async () => {
    const { access } = await start();
    const hash = async (): Promise<string> =>
      Buffer.from((await access.seal(bytes("USER.SET ann PASSWORD swordfish")))[3]!).toString();
    expect(await hash()).not.toBe(await hash());
  });

  it("leave every other command as it is, at once", async () => {
    const { access } = await start();
    const words = bytes("SET user.set PASSWORD");
    expect(access.seal(words)).toBe(words);
    const txn = bytes("TXN IF VALUE user.set = PASSWORD THEN 3 SET a USER.SET");
    expect(access.seal(txn)).toBe(txn);
    expect(access.seal([])).toEqual([]);
  });
});
