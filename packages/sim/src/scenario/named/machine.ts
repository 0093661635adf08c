// The real machine where it can go wrong: locks under pauses and one-way cuts, hand-over and timers without anybody's help,
// sessions whose numbers come again, and commands that come too late.
import type { Reply } from "@quorate/machine";
import { DEFAULT_WORKLOAD } from "../../client/workload.ts";
import { accounts } from "../../machine/exercises/accounts.ts";
import { changes } from "../../machine/exercises/changes.ts";
import { locks } from "../../machine/exercises/leases.ts";
import { lists } from "../../machine/exercises/lists.ts";
import { once } from "../../machine/exercises/once.ts";
import { timers } from "../../machine/exercises/timers.ts";
import { machineWorkload } from "../../machine/machine-workload.ts";
import { errorCode, numberOf, replyValue, wordsOf } from "../../machine/words.ts";
import type { ScenarioRun } from "../../run/scenario-run.ts";
import { WALL_EPOCH_MS } from "../../world/process-clock.ts";
import { type Complaint, defineScenario, equalStakes, type Scenario } from "../scenario.ts";
import { expectNote, expectThat } from "./expect.ts";

type Run = ScenarioRun<Reply>;

const DELTA_MS = 10;
/** How late log time may be: half a second, and the rounds that it takes. */
const LATE_MS = 500 + 10 * DELTA_MS;
const IDLE = { ...DEFAULT_WORKLOAD, clients: 0 };
const NO_EXERCISE = machineWorkload({ exercises: [] });

/** What a member's state holds, whatever any clock says. */
function held(run: Run, member: number, ...words: readonly (string | number)[]): ReturnType<typeof replyValue> {
  const answer = run.world.processes[member]?.machine.query(wordsOf(words), 0);
  return answer !== undefined && "reply" in answer ? replyValue(answer.reply) : null;
}

/** Calls once that is true of a member's state, asked often. */
function when(run: Run, isSo: () => boolean, then: () => void): void {
  if (isSo()) then();
  else run.after(1, () => when(run, isSo, then));
}

/** Notes by name what a command was answered: a number, 1 for OK, and -1 for an error. */
function noteReply(run: Run, name: string): (reply: Reply) => void {
  return (reply) => run.note(name, errorCode(reply) === undefined ? (numberOf(reply) ?? 1) : -1);
}

function guarded(run: Run): readonly unknown[] {
  return run.replicas.map(({ self }) => JSON.stringify(held(run, self, "LRANGE", "guarded", 0, -1)));
}

const idleHandOver: Scenario<Reply> = defineScenario({
  name: "idle-hand-over",
  about: "a lock goes to whoever waits first when its lease ends, on every member, though nobody writes",
  workload: IDLE,
  uses: NO_EXERCISE,
  chaosMs: [5_000, 5_000],
  script(run) {
    run.after(1_000, () => {
      const from = run.now;
      run.submit(0, wordsOf(["LOCK.TRY", "door", "first", 2_000]), noteReply(run, "first"));
      run.after(100, () => run.submit(1, wordsOf(["LOCK.WAIT", "door", "second", 60_000, 60_000])));
      run.after(200, () => run.submit(2, wordsOf(["LOCK.WAIT", "door", "third", 60_000, 60_000])));
      for (const { self } of run.replicas) {
        const holder = (): string => JSON.stringify(held(run, self, "LOCK.HOLDER", "door"));
        when(
          run,
          () => holder().includes("second"),
          () => run.note(`handed over on replica ${self} after`, run.now - from),
        );
        run.after(3_500, () => run.note(`third came first on replica ${self}`, holder().includes("third") ? 1 : 0));
      }
    });
  },
  promise: (run) =>
    run.replicas.flatMap(({ self }) => [
      ...expectNote(run, `handed over on replica ${self} after`, { least: 2_000, most: 2_000 + LATE_MS }),
      ...expectNote(run, `third came first on replica ${self}`, { most: 0 }),
    ]),
});

/** A holder writes through a member that cannot pass it on; the lock goes to another one, who writes; then all is well again. */
function lateWriter(begin: (run: Run) => void): (run: Run) => void {
  return (run) => {
    run.after(500, () => {
      run.submit(0, wordsOf(["LOCK.TRY", "door", "first", 400]), (reply) => {
        const token = numberOf(reply) ?? 0;
        run.submit(0, wordsOf(["FENCE", "door", token, "RPUSH", "guarded", 1]), () => {
          begin(run);
          const late = wordsOf(["FENCE", "door", token, "RPUSH", "guarded", 2]);
          run.submit(0, late, noteReply(run, "late write"));
        });
      });
    });
    run.after(700, () => run.submit(1, wordsOf(["LOCK.WAIT", "door", "second", 30_000, 30_000])));
    run.after(1_600, () =>
      run.submit(1, wordsOf(["LOCK.WAIT", "door", "second", 30_000, 30_001]), (reply) => {
        const token = numberOf(reply.kind === "array" ? reply.items[0] : undefined) ?? 0;
        run.submit(1, wordsOf(["FENCE", "door", token, "RPUSH", "guarded", 3]), noteReply(run, "next holder's write"));
      }),
    );
  };
}

function onlyHolders(run: Run): readonly Complaint[] {
  return [
    ...expectNote(run, "next holder's write", { least: 1 }),
    ...(run.notes.has("late write") ? expectNote(run, "late write", { most: -1 }) : []),
    ...expectThat(
      guarded(run).every((values) => values === "[1,3]"),
      "safety",
      `the guarded list is ${guarded(run).join(", ")}, and not [1,3]`,
    ),
  ];
}

const fencePaused: Scenario<Reply> = defineScenario({
  name: "fence-paused",
  about:
    "a holder's replica stops with a write in hand and goes on when another one holds the lock: the write is refused",
  workload: IDLE,
  uses: NO_EXERCISE,
  chaosMs: [4_000, 4_000],
  faults: [{ at: 2_500, fault: { verb: "resume", member: 0 } }],
  script: lateWriter((run) => run.nemesis.apply({ verb: "pause", member: 0 })),
  promise: onlyHolders,
});

const fenceOneWay: Scenario<Reply> = defineScenario({
  name: "fence-one-way",
  about:
    "a holder's replica hears the others and is not heard: its write is ordered when its lease is over, and refused",
  workload: IDLE,
  uses: NO_EXERCISE,
  chaosMs: [4_000, 4_000],
  faults: [{ at: 2_500, fault: { verb: "release", from: [0] } }],
  script: lateWriter((run) => run.nemesis.apply({ verb: "hold", from: [0] })),
  promise: onlyHolders,
});

const sessionAcrossCrashes: Scenario<Reply> = defineScenario({
  name: "session-across-crashes",
  about:
    "numbers of sessions are sent again and again while processes die at each of their points: each is applied once",
  stakes: equalStakes(5),
  fault: { crash: 2, byzantine: 0 },
  disk: { syncMs: 4, syncTailMs: 4, flushEveryMs: 20 },
  workload: { ...DEFAULT_WORKLOAD, clients: 6, patienceMs: 150, roam: 0.3 },
  uses: machineWorkload({ exercises: [{ of: once, weight: 1 }] }),
  faults: Array.from({ length: 60 }, (_, nth) => ({
    at: 120 * nth,
    fault: { verb: "crash-at", member: nth % 5, point: 1 + Math.floor(nth / 5), restartMs: 15 },
  })),
  chaosMs: [7_500, 12_000],
  promise: (run) => [
    ...expectThat((run.clients.counts?.["numbers counted"] ?? 0) > 100, "no-progress", "hardly a number was answered"),
    ...expectThat(
      (run.clients.counts?.["repetitions recognised"] ?? 0) > 100,
      "no-progress",
      "hardly a number came again",
    ),
  ],
});

const RACES = 24;
const TIMEOUT_MS = 600;

const sessionExpiryRace: Scenario<Reply> = defineScenario({
  name: "session-expiry-race",
  about: "a number comes twice, through two replicas, in the moment in which its session ends: it counts once or never",
  workload: IDLE,
  uses: NO_EXERCISE,
  delays: { kind: "even", from: 1, to: 12 },
  chaosMs: [6_000, 6_000],
  script(run) {
    for (let race = 0; race < RACES; race++) {
      run.after(500 + 100 * race, () => {
        run.submit(0, wordsOf(["SESSION.OPEN", "TIMEOUT", TIMEOUT_MS + race]), (reply) => {
          const session = { id: String(replyValue(reply)), sequence: 1, acknowledgedUpTo: 0 };
          const words = wordsOf(["HINCRBY", "races", race, 1]);
          // From well before its end to well after it.
          for (const [member, later] of [[1, -20] as const, [2, 10] as const]) {
            run.after(TIMEOUT_MS + race + later + 4 * (race - RACES / 2), () =>
              run.submit(member, words, noteReply(run, `race ${race} through replica ${member}`), { session }),
            );
          }
        });
      });
    }
  },
  promise: (run) => {
    const counts = new Map<number, number>();
    const fields = (held(run, 0, "HGETALL", "races") ?? []) as readonly number[];
    for (let at = 0; at < fields.length; at += 2) counts.set(Number(fields[at]), Number(fields[at + 1]));
    const races = Array.from({ length: RACES }, (_, race) => ({
      count: counts.get(race) ?? 0,
      told: [1, 2].map((member) => run.notes.get(`race ${race} through replica ${member}`)),
    }));
    const wrong = races.filter(({ count, told }) => count > 1 || told.some((answer) => answer === 1) !== (count === 1));
    const ended = races.filter(({ count }) => count === 0).length;
    return [
      ...expectThat(wrong.length === 0, "safety", `what counted is not what was told: ${JSON.stringify(wrong)}`),
      // Where all races end the same way there was none.
      ...expectThat(ended > 2 && ended < RACES - 2, "no-progress", `${ended} of ${RACES} sessions ended first`),
    ];
  },
});

const LASTS_MS = 300;

const notAfter: Scenario<Reply> = defineScenario({
  name: "not-after",
  about:
    "a write in the block of a member that nobody hears is ordered after its time: it does not come back from the dead",
  workload: IDLE,
  uses: NO_EXERCISE,
  chaosMs: [4_000, 4_000],
  faults: [
    { at: 500, fault: { verb: "hold", from: [0] } },
    { at: 2_000, fault: { verb: "release", from: [0] } },
  ],
  script(run) {
    run.after(600, () =>
      run.submit(0, wordsOf(["SET", "ghost", 1]), noteReply(run, "ghost"), {
        notAfter: WALL_EPOCH_MS + Math.ceil(run.now) + LASTS_MS,
      }),
    );
    // Somebody writes meanwhile, so that log time goes on.
    for (let at = 700; at < 3_000; at += 100) run.after(at, () => run.submit(1, wordsOf(["SET", "other", at])));
  },
  promise: (run) => [
    ...expectNote(run, "ghost", { most: -1 }),
    ...run.replicas.flatMap(({ self }) =>
      expectThat(held(run, self, "GET", "ghost") === null, "safety", `replica ${self} holds what came too late`),
    ),
  ],
});

const DUE_MS = 1_000;

const timerInPartition: Scenario<Reply> = defineScenario({
  name: "timer-in-partition",
  about: "a timer falls due while nobody has a quorum: it runs once, when they are together again, on every member",
  workload: IDLE,
  uses: NO_EXERCISE,
  chaosMs: [6_000, 6_000],
  faults: [
    { at: 1_000, fault: { verb: "partition", groups: [[0], [1], [2]] } },
    { at: 3_000, fault: { verb: "heal" } },
  ],
  script(run) {
    run.after(500, () => {
      run.submit(1, wordsOf(["TIMER.SET", "alarm", DUE_MS, "RPUSH", "rung", 1]), noteReply(run, "set"));
      for (const { self } of run.replicas) {
        when(
          run,
          () => JSON.stringify(held(run, self, "LRANGE", "rung", 0, -1)) !== "[]",
          () => run.note(`rung on replica ${self} at`, run.now - run.clientsAt),
        );
      }
    });
  },
  promise: (run) =>
    run.replicas.flatMap(({ self }) => [
      ...expectNote(run, `rung on replica ${self} at`, { least: 3_000, most: 3_000 + 600 + LATE_MS }),
      ...expectThat(
        JSON.stringify(held(run, self, "LRANGE", "rung", 0, -1)) === "[1]",
        "safety",
        `on replica ${self} it rang ${JSON.stringify(held(run, self, "LRANGE", "rung", 0, -1))}`,
      ),
    ]),
});

const timerSeen: Scenario<Reply> = defineScenario({
  name: "timer-seen",
  about: "once a reader has seen that a timer ran, every later reader sees it, through whichever replica it asks",
  // A weight with which each member is a read quorum of its own.
  stakes: [2, 3, 3],
  delays: { kind: "even", from: 1, to: 30 },
  workload: IDLE,
  uses: NO_EXERCISE,
  chaosMs: [6_000, 6_000],
  script(run) {
    const rung = wordsOf(["LRANGE", "rung", 0, -1]);
    const count = (reply: Reply): number => (reply.kind === "array" ? reply.items.length : 0);
    for (let at = 500; at < 5_000; at += 90)
      run.after(at, () => run.submit(0, wordsOf(["TIMER.SET", `t${at}`, 300, "RPUSH", "rung", at])));
    const look = (): void => {
      const here = run.replicas.map(
        ({ self }) => (held(run, self, "LRANGE", "rung", 0, -1) as readonly unknown[]).length,
      );
      const ahead = here.indexOf(Math.max(...here));
      const behind = here.indexOf(Math.min(...here));
      const again = (): void => {
        if (run.now < run.clientsAt + 5_500) run.after(1, look);
      };
      if (here[ahead] === here[behind]) {
        again();
        return;
      }
      run.replicas[ahead]!.read(rung, (first) => {
        run.replicas[behind]!.read(rung, (second) => {
          again();
          if (first.kind !== "reply" || second.kind !== "reply") return;
          run.note("readers compared", (run.notes.get("readers compared") ?? 0) + 1);
          if (count(second.reply) < count(first.reply)) run.note("stale", (run.notes.get("stale") ?? 0) + 1);
        });
      });
    };
    look();
  },
  promise: (run) => [
    ...expectNote(run, "readers compared", { least: 20 }),
    ...expectThat(!run.notes.has("stale"), "safety", `${run.notes.get("stale")} later readers saw fewer timers run`),
  ],
});

const machineStateTransfer: Scenario<Reply> = defineScenario({
  name: "machine-state-transfer",
  about:
    "a member is away for longer than blocks are kept: it takes the machine's state from another one, and it is whole",
  stakes: equalStakes(4),
  limits: { gcDepth: 24, weakDepth: 16, checkpointCommits: 8 },
  tuning: { retainRounds: 8 },
  workload: { ...DEFAULT_WORKLOAD, clients: 5, thinkMs: 2 },
  uses: machineWorkload({
    exercises: [lists, accounts, locks, timers, once, changes].map((of) => ({ of, weight: 1 })),
  }),
  faults: [500, 2_000, 3_500].flatMap((at, nth) => [
    { at, fault: { verb: "crash", member: nth, power: false } as const },
    { at: at + 1_200, fault: { verb: "restart", member: nth } as const },
  ]),
  chaosMs: [5_000, 20_000],
  promise: (run) => [
    ...expectThat(run.recorder.restores > 0, "no-progress", "nobody took a state from another one"),
    ...expectThat((run.clients.counts?.["scrubs"] ?? 0) > 4, "no-progress", "hardly a state was looked through"),
  ],
});

const machineCalm: Scenario<Reply> = defineScenario({
  name: "machine-calm",
  about: "everything that the machine can do, where nothing goes wrong",
  workload: { ...DEFAULT_WORKLOAD, clients: 8, thinkMs: 3 },
  uses: machineWorkload(),
  chaosMs: [4_000, 4_000],
});

export const MACHINE: readonly Scenario<Reply>[] = [
  machineCalm,
  idleHandOver,
  fencePaused,
  fenceOneWay,
  sessionAcrossCrashes,
  sessionExpiryRace,
  notAfter,
  timerInPartition,
  timerSeen,
  machineStateTransfer,
];
