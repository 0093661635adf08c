// The real machine with one rule broken at a time. A command or the machine itself is changed here, never in production code;
// each break must come to light within a stated number of seeds, by the judge that is there for it, and over the same seeds
// the intact machine holds.
import { decodeCommand, encodeCommand, isRejection, Replica, type ReplicaOptions } from "@quorate/core";
import type { CommandDefinition, KeyValueMachine, Reply } from "@quorate/machine";
import { describe, expect, it } from "vitest";
import { DEFAULT_WORKLOAD } from "../src/client/workload.ts";
import type { TimedFault } from "../src/fault/fault.ts";
import type { ExerciseFactory } from "../src/machine/exercise.ts";
import { accounts } from "../src/machine/exercises/accounts.ts";
import { changes } from "../src/machine/exercises/changes.ts";
import { elections, locks } from "../src/machine/exercises/leases.ts";
import { lent } from "../src/machine/exercises/lent.ts";
import { limits } from "../src/machine/exercises/limits.ts";
import { lists } from "../src/machine/exercises/lists.ts";
import { once } from "../src/machine/exercises/once.ts";
import { queues } from "../src/machine/exercises/queues.ts";
import { registers } from "../src/machine/exercises/registers.ts";
import { timers } from "../src/machine/exercises/timers.ts";
import { transactions } from "../src/machine/exercises/transactions.ts";
import { machineWorkload } from "../src/machine/machine-workload.ts";
import { createRng } from "../src/rng.ts";
import { type Outcome, runScenario } from "../src/run/run-scenario.ts";
import { MACHINE } from "../src/scenario/named/machine.ts";
import { randomFaults } from "../src/scenario/random-faults.ts";
import { defineScenario, type Scenario } from "../src/scenario/scenario.ts";
import type { SteppedReplica } from "../src/world/process.ts";

const SEEDS_MAX = 12;

interface Canary {
  readonly broken: string;
  readonly exercises: readonly ExerciseFactory[];
  /** How the judge says it. */
  readonly caught: RegExp;
  readonly prepare?: (machine: KeyValueMachine) => void;
  readonly open?: (options: ReplicaOptions) => SteppedReplica;
  /** What goes wrong besides, if not whatever the seed says. */
  readonly faults?: readonly TimedFault[];
}

const CANARIES: readonly Canary[] = [
  {
    broken: "a fence lets every token pass",
    exercises: [locks],
    caught: /the token does not hold it|got in after one with token/,
    prepare: redefine(
      "FENCE",
      () =>
        (context, [, , ...words]) =>
          context.call(words),
    ),
  },
  {
    broken: "the reader's clock expires values",
    exercises: [lent],
    caught: /after it was gone/,
    faults: [
      { at: 100, fault: { verb: "jump", member: 0, by: 300 } },
      { at: 100, fault: { verb: "jump", member: 2, by: -300 } },
    ],
    prepare: (machine) => {
      const { query } = machine;
      machine.query = (words, wall) => {
        const answer = query.call(machine, words, wall);
        return "deadline" in answer ? { reply: { kind: "null" } } : answer;
      };
    },
  },
  {
    broken: "a number of a session is applied whenever it comes",
    exercises: [once, registers],
    caught: /applied 2 times/,
    prepare: rewrite(({ session: _forgotten, ...command }) => ({ ...command, session: undefined })),
  },
  {
    broken: "timers do twice what they say",
    exercises: [timers],
    caught: /ran twice/,
    prepare: redefine(
      "TIMER.SET",
      ({ run }) =>
        (context, args) =>
          run(context, [...args, args.at(-1)!]),
    ),
  },
  {
    broken: "timers run too soon",
    exercises: [timers],
    caught: /was not due then/,
    prepare: redefine(
      "TIMER.SET",
      ({ run }) =>
        (context, [name, ms, ...words]) =>
          run(context, [name!, String(Math.ceil(Number(ms) / 2)), ...words]),
    ),
  },
  {
    broken: "a transaction that fails keeps what it has done so far",
    exercises: [accounts],
    caught: /the accounts hold/,
    prepare: redefine("TXN", ({ run }) => (context, args) => {
      try {
        return run(context, args);
      } catch (error) {
        return { kind: "error", text: String((error as { readonly reply?: string }).reply) };
      }
    }),
  },
  {
    broken: "EXEC forgets what was watched",
    exercises: [transactions],
    caught: /not strictly serializable/,
    prepare: redefine(
      "TXN.EXEC",
      ({ run }) =>
        (context, [watched, ...args]) =>
          run(context, ["0", ...args.slice(2 * Number(watched))]),
    ),
  },
  {
    broken: "whoever asks again goes to the end of the line",
    exercises: [locks],
    caught: /place \d+ in line was due|it was the turn of|it was not its turn/,
    prepare: redefine("LOCK.WAIT", ({ run }) => (context, args) => {
      const reply = run(context, args);
      const waits = reply.kind === "array" && reply.items[0]?.kind === "null";
      if (!waits) return reply;
      context.call(["LOCK.LEAVE", args[0]!, args[1]!]);
      return run(context, args);
    }),
  },
  {
    broken: "leases last half as long",
    exercises: [elections],
    caught: /the token holds it|it was not its turn|it was the turn of|place \d+ in line/,
    prepare: redefine(
      "ELECTION.STAND",
      ({ run }) =>
        (context, [key, owner, ms]) =>
          run(context, [key!, owner!, String(Math.ceil(Number(ms) / 2))]),
    ),
  },
  {
    broken: "a replica answers reads from its own log",
    exercises: [registers, lists],
    caught: /not linearizable/,
    open: (options) => {
      const replica = Replica.open(options);
      return {
        step: (input) => (input.kind === "read" ? [{ kind: "read-ready", id: input.id }] : replica.step(input)),
        status: () => replica.status(),
      };
    },
  },
  {
    broken: "commands are applied after their time",
    exercises: [registers, once, lists],
    caught: /ms after its time/,
    prepare: rewrite((command) => ({ ...command, notAfter: Number.MAX_SAFE_INTEGER })),
  },
  {
    broken: "the change log leaves something out",
    exercises: [changes, lists],
    caught: /came where \d+ was due|goes on at/,
    prepare: redefine("CHANGES.READ", ({ run }) => (context, args) => {
      const reply = run(context, args);
      const [next, page] = reply.kind === "array" ? reply.items : [];
      if (next === undefined || page?.kind !== "array" || page.items.length < 3) return reply;
      return { kind: "array", items: [next, { kind: "array", items: page.items.toSpliced(1, 1) }] };
    }),
  },
  {
    broken: "stock goes below its bound",
    exercises: [limits],
    caught: /left of 20/,
    prepare: redefine(
      "COUNTER.ADD",
      ({ run }) =>
        (context, [key, amount]) =>
          run(context, [key!, amount!]),
    ),
  },
  {
    broken: "what is taken of a rate is not counted",
    exercises: [limits],
    caught: /were taken within/,
    prepare: redefine(
      "RATE.TAKE",
      ({ run }) =>
        (context, args) =>
          run(context, [...args, "COUNT", "0"]),
    ),
  },
  {
    broken: "a queue gives out the newest",
    exercises: [queues],
    caught: /explains what came out/,
    prepare: redefine("RPOP", () => (context, args) => context.call(["LPOP", ...args])),
  },
  {
    broken: "what a replica stores is its own affair",
    exercises: [registers],
    caught: /state|digest/,
    prepare: (() => {
      let made = 0;
      return (machine: KeyValueMachine): void => {
        const own = String(made++ % 2);
        redefine(
          "SET",
          ({ run }) =>
            (context, args) =>
              run(context, [args[0]!, args[1]! + own, ...args.slice(2)]),
        )(machine);
      };
    })(),
  },
];

describe("a broken machine is noticed", () => {
  it.each(CANARIES)("$broken", ({ caught, exercises, faults, open, prepare }) => {
    const seeds = Array.from({ length: SEEDS_MAX }, (_, seed) => seed);
    const options = open === undefined ? {} : { open };
    let reasons: readonly string[] = [];
    const seed = seeds.find((candidate) => {
      const outcome: Outcome = runScenario(scenarioOf(candidate, { exercises, faults, prepare }), {
        seed: candidate,
        ...options,
      });
      if (outcome.verdict === "safety") ({ reasons } = outcome);
      return outcome.verdict === "safety";
    });
    expect(seed, `not noticed within ${SEEDS_MAX} seeds`).toBeDefined();
    expect(reasons.join("\n")).toMatch(caught);
    for (let intact = 0; intact <= (seed ?? 0); intact++) {
      const { reasons: wrong, verdict } = runScenario(scenarioOf(intact, { exercises, faults }), {
        seed: intact,
      });
      expect({ seed: intact, verdict, wrong }).toEqual({ seed: intact, verdict: "held", wrong: [] });
    }
  });
});

describe("a lock without a fence", () => {
  it.each(["fence-paused", "fence-one-way"])("lets two holders' writes in, and %s notices", (name) => {
    const scenario = MACHINE.find((candidate) => candidate.name === name)!;
    const prepare = CANARIES[0]!.prepare!;
    const { reasons, verdict } = runScenario(
      { ...scenario, uses: machineWorkload({ exercises: [], prepare }) },
      { seed: 1 },
    );
    expect({ verdict, reasons: reasons.join("\n") }).toEqual({
      verdict: "safety",
      reasons: expect.stringContaining("the guarded list is") as string,
    });
  });
});

interface Parts {
  readonly exercises: readonly ExerciseFactory[];
  readonly faults: readonly TimedFault[] | undefined;
  readonly prepare?: ((machine: KeyValueMachine) => void) | undefined;
}

function scenarioOf(seed: number, { exercises, faults, prepare }: Parts): Scenario<Reply> {
  const rng = createRng(seed).fork("faults");
  return defineScenario({
    name: "machine-canary",
    about: "a few clients in each other's way, on three members that crash, stop and lose each other",
    delays: { kind: "even", from: 1, to: 6 },
    noticeMs: [30, 80],
    workload: { ...DEFAULT_WORKLOAD, clients: 6, keys: 1, thinkMs: 3, patienceMs: 100, roam: 0.5 },
    faults: faults ?? randomFaults({ members: 3, count: 5, withinMs: 900, lastsMs: 300 }, rng),
    chaosMs: [1_200, 1_200],
    uses: machineWorkload({
      exercises: exercises.map((of) => ({ of, weight: 1 })),
      ...(prepare === undefined ? {} : { prepare }),
    }),
  });
}

/** Puts another command in the place of one. */
function redefine(
  name: string,
  change: (definition: CommandDefinition) => CommandDefinition["run"],
): (machine: KeyValueMachine) => void {
  return ({ commands }) => {
    const definition = commands.get(name.toLowerCase())!;
    (commands as Map<string, CommandDefinition>).set(name.toLowerCase(), { ...definition, run: change(definition) });
  };
}

/** Changes every command of the log before the machine sees it. */
function rewrite(change: (command: Parameters<typeof encodeCommand>[0]) => Parameters<typeof encodeCommand>[0]) {
  return (machine: KeyValueMachine): void => {
    const { apply } = machine;
    machine.apply = (context, groups) =>
      apply.call(
        machine,
        context,
        groups.map(({ payload, ...group }) => ({
          ...group,
          payload: payload.map((bytes) => {
            const command = decodeCommand(bytes);
            return isRejection(command) ? bytes : encodeCommand(change(command));
          }),
        })),
      );
  };
}
