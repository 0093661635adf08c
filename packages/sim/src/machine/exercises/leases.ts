// Locks, elections and semaphores, held by clients that think too long: they are paused past the end of their lease, and
// then go on writing as if nothing had happened. Every write of a holder is fenced, and what got in shows in a list: a
// token's writes never come after those of a later one.
import { type Acquisition, checkLeases, type LeaseUse } from "../../checkers/leases.ts";
import type { Value } from "../../history/event.ts";
import { type Exercise, type ExerciseEnd, LIST, type Stage } from "../exercise.ts";
import { checkLeaseAnswers } from "../lease-oracle.ts";
import type { Heard, MachineClient, Step, Words } from "../machine-client.ts";
import { errorCode, listOf, listRead, numberOf, replyValue } from "../words.ts";

const BUDGET = 200_000;
/** Longer than any run: whoever waits, waits until it is granted or leaves. */
const WAIT_MS = 24 * 3_600_000;
const LEASES_MS = [30, 150, 600, 3_000];
const FENCED = { expects: ["FENCED"] };

interface Kind {
  readonly key: string;
  readonly permits: number;
  ask(owner: string, leaseMs: number, waits: boolean): Words;
  extend(token: number, leaseMs: number): Words;
  release(owner: string, token: number): Words;
  leave(owner: string): Words;
  readonly holder: Words;
}

const LOCK: Kind = {
  key: "lock",
  permits: 1,
  ask: (owner, leaseMs, waits) =>
    waits ? ["LOCK.WAIT", "lock", owner, leaseMs, WAIT_MS] : ["LOCK.TRY", "lock", owner, leaseMs],
  extend: (token, leaseMs) => ["LOCK.EXTEND", "lock", token, leaseMs],
  release: (_owner, token) => ["LOCK.RELEASE", "lock", token],
  leave: (owner) => ["LOCK.LEAVE", "lock", owner],
  holder: ["LOCK.HOLDER", "lock"],
};

const ELECTION: Kind = {
  key: "office",
  permits: 1,
  ask: (owner, leaseMs) => ["ELECTION.STAND", "office", owner, leaseMs],
  extend: (token, leaseMs) => ["ELECTION.KEEP", "office", token, leaseMs],
  release: (owner) => ["ELECTION.RESIGN", "office", owner],
  leave: (owner) => ["ELECTION.RESIGN", "office", owner],
  holder: ["ELECTION.WINNER", "office"],
};

const PERMITS = 2;
const SEMAPHORE: Kind = {
  key: "desks",
  permits: PERMITS,
  ask: (owner, leaseMs, waits) =>
    waits
      ? ["SEMAPHORE.WAIT", "desks", PERMITS, owner, leaseMs, WAIT_MS]
      : ["SEMAPHORE.TRY", "desks", PERMITS, owner, leaseMs],
  extend: (token, leaseMs) => ["SEMAPHORE.EXTEND", "desks", token, leaseMs],
  release: (_owner, token) => ["SEMAPHORE.RELEASE", "desks", token],
  leave: (owner) => ["SEMAPHORE.LEAVE", "desks", owner],
  holder: ["SEMAPHORE.HOLDERS", "desks"],
};

export const locks = (stage: Stage): Exercise => leases(stage, LOCK);
export const elections = (stage: Stage): Exercise => leases(stage, ELECTION);
export const semaphores = (stage: Stage): Exercise => leases(stage, SEMAPHORE);

function leases(stage: Stage, kind: Kind): Exercise {
  const { key: lease, permits } = kind;
  const guarded = `${LIST}guarded by ${lease}`;
  const acquisitions: Acquisition[] = [];
  const uses: LeaseUse[] = [];
  /** By guarded value: the token that it was written with. */
  const writtenWith = new Map<Value, number>();
  const tally = { grants: 0, "handed over": 0, "fenced off": 0, "fenced writes": 0, "found taken": 0 };

  function* go(client: MachineClient): Step {
    if (client.rng.chance(0.2)) {
      yield* look(client);
      return;
    }
    const mine = yield* acquire(client);
    if (mine === undefined) return;
    tally.grants += 1;
    const { owner, token } = mine;
    for (let times = client.rng.integer(4); times > 0 && !stage.closing; times--) {
      // Some think until their lease is over.
      if (client.rng.chance(0.5)) yield* client.sleep(client.rng.next() * 1.5 * mine.leaseMs);
      client.roam();
      if (client.rng.chance(0.25)) {
        yield* use(client, "use", token, kind.extend(token, client.rng.pick(LEASES_MS)));
      } else yield* write(client, token);
    }
    if (client.rng.chance(0.4)) return;
    yield* use(client, "release", token, kind.release(owner, token));
    // Whoever has given it up, or thinks so, may still have a write on its way.
    if (client.rng.chance(0.3)) yield* write(client, token);
  }

  function* acquire(client: MachineClient): Step<(Acquisition & { readonly token: number }) | undefined> {
    const owner = `o${stage.unique()}`;
    const waits = kind === ELECTION || client.rng.chance(0.6);
    const leaseMs = client.rng.pick(LEASES_MS);
    const mine: Acquisition = {
      lease,
      permits,
      owner,
      leaseMs,
      start: stage.moment(),
      startAt: client.now,
    };
    acquisitions.push(mine);
    for (let asked = 0; ; asked++) {
      const start = stage.moment();
      const heard = yield* client.command(kind.ask(owner, leaseMs, waits), { raw: asked === 0 && client.feelsRaw() });
      if (heard.kind === "reply") {
        const reply = replyValue(heard.reply);
        const token = waits ? (reply as readonly Value[])[0] : reply;
        if (typeof token === "number") {
          if (mine.queued !== undefined) tally["handed over"] += 1;
          return Object.assign(mine, { token, learned: stage.moment(), learnedAt: client.now });
        }
        tally["found taken"] += 1;
        uses.push({ lease, f: "busy", token: 0, start, end: stage.moment(), endAt: client.now, queued: waits });
        if (!waits) {
          mine.refused = true;
          return undefined;
        }
        mine.queued ??= stage.moment();
      } else if (heard.kind === "failed" && asked === 0) {
        mine.refused = true;
        return undefined;
      } else if (heard.kind === "unknown" && !waits) return undefined;
      if (stage.closing || client.rng.chance(0.05)) {
        mine.left = true;
        yield* client.command(kind.leave(owner));
        return undefined;
      }
      yield* client.sleep(client.rng.exponential(stage.spec.patienceMs / 2));
      client.roam();
    }
  }

  function* write(client: MachineClient, token: number): Step {
    const value = stage.unique();
    writtenWith.set(value, token);
    const words = ["FENCE", lease, token, "RPUSH", guarded, value];
    const start = stage.moment();
    let heard: Heard = { kind: "unknown" };
    const ask = function* (): Step<Heard> {
      heard = yield* client.command(words, { ...FENCED, raw: client.feelsRaw() });
      return heard;
    };
    yield* client.observe({ f: "append", key: guarded, value }, ask(), (reply) =>
      errorCode(reply) === "FENCED" ? { type: "fail" } : { type: "ok" },
    );
    note("use", token, start, heard, client.now);
  }

  function* use(client: MachineClient, f: "use" | "release", token: number, words: Words): Step {
    const start = stage.moment();
    note(f, token, start, yield* client.command(words, FENCED), client.now);
  }

  function note(f: "use" | "release", token: number, start: number, heard: Heard, endAt: number): void {
    if (heard.kind === "failed") return;
    if (heard.kind === "unknown") {
      // It may have gone through, then or later. What that makes impossible afterwards nobody can hold against anybody.
      if (f === "release") maybeReleased(token);
      return;
    }
    const isFenced = errorCode(heard.reply) === "FENCED" || numberOf(heard.reply) === 0;
    if (isFenced) tally["fenced off"] += 1;
    else if (f === "use") tally["fenced writes"] += 1;
    uses.push({ lease, f: isFenced ? "refused" : f, token, start, end: stage.moment(), endAt });
  }

  function maybeReleased(token: number): void {
    const mine = acquisitions.find((acquisition) => acquisition.token === token);
    if (mine !== undefined) mine.left = true;
  }

  function* look(client: MachineClient): Step {
    if (client.rng.chance(0.3)) {
      const heard = yield* client.read(kind.holder);
      if (heard.kind === "reply" && heard.reply.kind !== "null") {
        const holders = listOf(heard.reply)[0] as readonly (readonly Value[])[];
        if (holders.length > permits) stage.complain(`${lease} is held by ${holders.length}, and ${permits} may`);
        for (const [owner, , left] of holders)
          if (!(Number(left) > 0)) stage.complain(`${owner} holds ${lease} for ${left} ms`);
      }
      return;
    }
    yield* client.observe(
      { f: "read", key: guarded, value: null },
      client.read(["LRANGE", guarded, 0, -1]),
      (reply) => {
        judgeOrder(listOf(reply));
        return { type: "ok", value: listRead(reply) };
      },
    );
  }

  /** With one permit, what was written with a token stands before everything that was written with a later one. */
  function judgeOrder(values: readonly Value[]): void {
    let last = 0;
    for (const value of permits === 1 ? values : []) {
      const token = writtenWith.get(value) ?? 0;
      if (token < last) stage.complain(`a write with token ${token} of ${lease} got in after one with token ${last}`);
      last = Math.max(last, token);
    }
  }

  function judge({ ask, clocksRight, complain, log, take }: ExerciseEnd): void {
    const commands = log.commands.filter(({ words }) => words[1] === lease);
    for (const fault of checkLeaseAnswers(commands, log.times).slice(0, 3)) complain(fault);
    judgeOrder(listOf(ask("LRANGE", guarded, 0, -1)));
    take("safety", "leases", checkLeases({ acquisitions, uses, clocksRight, budget: BUDGET }));
  }

  return {
    go,
    judge,
    get counts() {
      return Object.fromEntries(Object.entries(tally).map(([name, count]) => [`${lease}: ${name}`, count]));
    },
  };
}
