// What leases do, said once more and as plainly as can be: given the log, with the time of every commit, it says what each
// command about a lease must be answered. It shows what no client can see: that a lease ends in just the commit in which log
// time reaches its end, that whoever waits first has it from that same commit on, and that nothing else ever ends one.
import type { CommitIndex, Millis } from "@quorate/core";
import type { Value } from "../history/event.ts";
import type { LoggedCommand } from "./command-log.ts";
import { errorCode, replyValue } from "./words.ts";

/** Somebody's turn. The token is whatever the machine gave to it, and shows when somebody is told. */
interface Turn {
  readonly owner: string;
  endsAt: Millis;
  token: number | undefined;
}

/** Log time of a commit, and where the deadlines of a command of it start. */
interface Now {
  readonly time: Millis;
  readonly start: Millis;
}

interface Lease {
  readonly permits: number;
  turns: Turn[];
  /** First come, first served. */
  line: { readonly owner: string; leaseMs: Millis; until: Millis }[];
}

/** What is wrong with the answers of a log, in its order. `times`: log time of each commit. */
export function checkLeaseAnswers(
  commands: readonly LoggedCommand[],
  times: ReadonlyMap<CommitIndex, Millis>,
): readonly string[] {
  const leases = new Map<string, Lease>();
  const faults: string[] = [];
  let next = 0;
  for (const [index, time] of [...times].sort(([left], [right]) => left - right)) {
    for (const lease of leases.values()) settle(lease, { time, start: time });
    for (; commands[next]?.index === index; next++) {
      const { reply, start, words } = commands[next]!;
      const told = errorCode(reply) ?? replyValue(reply);
      const fault = judge(leases, words, told, { time, start });
      if (fault !== undefined)
        faults.push(`${words.join(" ")} in commit ${index} was answered ${JSON.stringify(told)}: ${fault}`);
    }
  }
  return faults;
}

/** Ends what log time has reached. Whose turn it is then has it from `start` on. */
function settle(lease: Lease, { start, time }: Now): void {
  lease.turns = lease.turns.filter(({ endsAt }) => endsAt > time);
  lease.line = lease.line.filter(({ until }) => until > time);
  while (lease.turns.length < lease.permits && lease.line.length > 0) {
    const { leaseMs, owner } = lease.line.shift()!;
    lease.turns.push({ owner, endsAt: start + leaseMs, token: undefined });
  }
}

function judge(
  leases: Map<string, Lease>,
  [name = "", key = "", ...args]: readonly string[],
  told: Value,
  now: Now,
): string | undefined {
  const isCounted = name === "SEMAPHORE.TRY" || name === "SEMAPHORE.WAIT";
  const rest = isCounted ? args.slice(1) : args;
  const lease = leases.get(key) ?? { permits: isCounted ? Number(args[0]) : 1, turns: [], line: [] };
  const [first = "", second = "", third = ""] = rest;
  switch (name) {
    case "LOCK.TRY":
    case "SEMAPHORE.TRY":
      leases.set(key, lease);
      return sameToken(take(lease, first, now.start + Number(second)), told);
    case "LOCK.WAIT":
    case "SEMAPHORE.WAIT":
    case "ELECTION.STAND": {
      leases.set(key, lease);
      const [token, place] = told as readonly Value[];
      const turn = take(lease, first, now.start + Number(second));
      if (turn === undefined) {
        const until = third === "" ? Number.POSITIVE_INFINITY : now.start + Number(third);
        const own = lease.line.find(({ owner }) => owner === first);
        if (own === undefined) lease.line.push({ owner: first, leaseMs: Number(second), until });
        else Object.assign(own, { leaseMs: Number(second), until });
      }
      const due = turn === undefined ? lease.line.findIndex(({ owner }) => owner === first) + 1 : 0;
      return place === due ? sameToken(turn, token ?? null) : `place ${due} in line was due`;
    }
    case "LOCK.EXTEND":
    case "ELECTION.KEEP":
    case "SEMAPHORE.EXTEND":
    case "FENCE": {
      const turn = lease.turns.find(({ token }) => token === Number(first));
      if (turn !== undefined && name !== "FENCE") turn.endsAt = Math.max(turn.endsAt, now.start + Number(second));
      return refusedUnless(turn !== undefined, told);
    }
    case "LOCK.RELEASE":
    case "SEMAPHORE.RELEASE": {
      const turn = lease.turns.find(({ token }) => token === Number(first));
      lease.turns = lease.turns.filter((other) => other !== turn);
      if (turn !== undefined) settle(lease, now);
      return refusedUnless(turn !== undefined, told);
    }
    case "LOCK.LEAVE":
    case "SEMAPHORE.LEAVE":
    case "ELECTION.RESIGN": {
      const known = [...lease.turns, ...lease.line].some(({ owner }) => owner === first);
      lease.turns = lease.turns.filter(({ owner }) => owner !== first);
      lease.line = lease.line.filter(({ owner }) => owner !== first);
      settle(lease, now);
      return told === (known ? 1 : 0) ? undefined : `${known ? 1 : 0} was due`;
    }
    default:
      return undefined;
  }
}

/** The turn that an owner has, for longer now, or gets; undefined if it must wait. */
function take(lease: Lease, owner: string, endsAt: Millis): Turn | undefined {
  const own = lease.turns.find((turn) => turn.owner === owner);
  if (own !== undefined) own.endsAt = Math.max(own.endsAt, endsAt);
  if (own !== undefined || lease.turns.length >= lease.permits || lease.line.length > 0) return own;
  const turn = { owner, endsAt, token: undefined };
  lease.turns.push(turn);
  return turn;
}

function sameToken(turn: Turn | undefined, told: Value): string | undefined {
  if (turn === undefined) return told === null ? undefined : "it was not its turn";
  if (typeof told !== "number") return `it was the turn of ${turn.owner}`;
  turn.token ??= told;
  return turn.token === told ? undefined : `its token was ${turn.token}`;
}

function refusedUnless(holds: boolean, told: Value): string | undefined {
  if (holds) return told === "FENCED" ? "the token holds it" : undefined;
  return told === "FENCED" ? undefined : "the token does not hold it";
}
