// The counts that operators watch are kept along, never counted anew: after any commands they must be what a count finds.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Reply } from "../src/index.ts";
import { Driver } from "./drive.ts";

const key = fc.constantFrom("a", "b", "c");
const owner = fc.constantFrom("alice", "bob");
const lease = fc.constantFrom("5", "1000");
const token = fc.integer({ min: 1, max: 4 }).map(String);

const command = fc.oneof(
  fc.tuple(fc.constant("SET"), key, fc.constant("v")),
  fc.tuple(fc.constant("SET"), key, fc.constant("v"), fc.constant("PX"), lease),
  fc.tuple(fc.constant("RPUSH"), key, fc.constant("v")),
  fc.tuple(fc.constant("RPOP"), key),
  fc.tuple(fc.constantFrom("LOCK.TRY", "ELECTION.STAND"), key, owner, lease),
  fc.tuple(fc.constant("LOCK.WAIT"), key, owner, lease, fc.constant("20")),
  fc.tuple(fc.constant("SEMAPHORE.TRY"), key, fc.constant("2"), owner, lease),
  fc.tuple(fc.constantFrom("LOCK.RELEASE", "SEMAPHORE.RELEASE", "ELECTION.RESIGN"), key, token),
  fc.tuple(fc.constant("DEL"), key),
  fc.tuple(fc.constantFrom("RENAME", "COPY"), key, key),
  fc.tuple(fc.constant("COPY"), key, key, fc.constant("REPLACE")),
  fc.tuple(fc.constant("PEXPIRE"), key, lease),
  fc.constant(["SESSION.OPEN"]),
  fc.constant(["FLUSHALL"]),
);

it("counts keys and leases as a reader would, whatever was done to them", () => {
  let mostLeases = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(command, fc.nat(10)), { maxLength: 60 }), (steps) => {
      const driver = new Driver();
      for (const [words, passes] of steps) {
        driver.time += passes;
        driver.commit([words]);
        const types = ["a", "b", "c"].map((name) => text(driver.query(["TYPE", name])));
        const { keys, leases } = driver.machine.census;
        expect(keys).toBe(types.filter((type) => type !== "none").length);
        expect(leases).toBe(types.filter((type) => ["lock", "semaphore", "election"].includes(type)).length);
        mostLeases = Math.max(mostLeases, leases);
      }
    }),
    { numRuns: 300 },
  );
  // Chance decides how many there are at once; a run in which there were never two would have shown little.
  expect(mostLeases).toBeGreaterThan(1);
});

it("counts the sessions that are open", () => {
  const driver = new Driver();
  driver.run("SESSION.OPEN", "TIMEOUT", "1000");
  driver.run("SESSION.OPEN", "TIMEOUT", "60000");
  expect(driver.machine.census.sessions).toBe(2);
  driver.time += 2_000;
  driver.commit([]);
  expect(driver.machine.census.sessions).toBe(1);
});

function text(reply: Reply | { readonly deadline: number }): string {
  if (!("kind" in reply) || reply.kind !== "simple") throw new Error(JSON.stringify(reply));
  return reply.text;
}
