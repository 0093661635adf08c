// The short form of `npm run bench -- failover`: five replicas under load from 64 connections, one killed and started
// again, one frozen. It asks what must hold however busy the machine is; how long anything takes is the bench's matter.
import { describe, expect, it } from "vitest";
import { copyBundle } from "../../../../bench/cluster/bundle.ts";
import { type RunReport, runFailover, WHOLE } from "../../../../bench/cluster/failover-run.ts";

const PATIENCE_MS = 240_000;

describe("a cluster of five under load, one killed and restarted, one frozen for six seconds", () => {
  it(
    "loses no acknowledged write, applies nothing twice, shows no error to clients of the others, and its history is linearizable",
    async () => {
      const bundle = await copyBundle();
      const report = await runFailover(
        {
          ...WHOLE,
          faults: ["kill", "freeze"],
          floodMs: 1_500,
          frozenMs: 6_000,
          returnMs: 3_000,
          // Half of what it can is too much where other tests take what is left of the machine.
          share: 0.25,
          first: Math.floor(Math.random() * 5),
        },
        bundle,
      ).finally(() => bundle.remove());
      const { load } = report;
      expect(load.acknowledged).toBeGreaterThan(0);
      expect(load.lostNames).toEqual([]);
      expect(load.lost).toBe(0);
      expect(load.session.acknowledged).toBeGreaterThan(0);
      // Otherwise nothing was tried that could be applied twice.
      expect(load.session.sentAgain).toBeGreaterThan(0);
      expect(load.session).toMatchObject({ lost: 0, doubled: 0 });
      expect(errorsOf(report)).toEqual([]);
      // The faults did strike: clients of the killed replica saw its end.
      expect(report.faults[0]?.during.errorsElsewhere).not.toEqual({});
      expect(report).toMatchObject({ isRight: true });
      expect(load.recorded).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );
});

/** What clients of healthy replicas saw go wrong. Silence is no error: how long it may last the bench says. */
function errorsOf({ faults }: RunReport): readonly string[] {
  return faults
    .flatMap(({ after, during }) => [during, ...(after === undefined ? [] : [after])])
    .flatMap(({ errors, name }) => Object.keys(errors).map((kind) => `${name}: ${kind}`))
    .filter((error) => !error.includes(": silent for"));
}
