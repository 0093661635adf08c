// Judges what holders of leases were told: of one lease no more than its permits are held at a time, tokens only grow, a
// token that was given up or passed over is good for nothing, whoever waits gets it in order, and no lease ends early.
//
// A token was held for certain from when its owner learned of it to the start of its last use that went through: a token
// that has lost its lease never has it again. That needs no clock.
import type { Millis } from "@quorate/core";
import { LockModel, type LockOperation, printLock } from "./lock-model.ts";
import { type Interval, search } from "./search.ts";
import type { Verdict } from "./types.ts";

/** Somebody asks for a lease, once or again and again, under a name of its own. Moments order everything. */
export interface Acquisition {
  readonly lease: string;
  readonly permits: number;
  readonly owner: string;
  /** When it was first asked. */
  readonly start: number;
  readonly startAt: Millis;
  readonly leaseMs: Millis;
  /** When it was told that it stands in line. */
  queued?: number;
  /** What it was told in the end; a token that it never heard of may have been given to it all the same. */
  token?: number;
  learned?: number;
  learnedAt?: Millis;
  /** Certainly never granted. */
  refused?: boolean;
  /** It may have left the line before it was granted. */
  left?: boolean;
}

/** What somebody did with a token, or with a lease that it did not get. */
export interface LeaseUse extends Interval {
  readonly lease: string;
  readonly f: "use" | "release" | "refused" | "busy";
  readonly token: number;
  readonly endAt: Millis;
  /** Of `busy`: it stands in line from then on, and may have its turn without ever hearing of it. */
  readonly queued?: boolean;
}

export interface LeaseHistory {
  readonly acquisitions: readonly Acquisition[];
  readonly uses: readonly LeaseUse[];
  /** Every clock was right: then a lease lasts by the holder's own clock as well. */
  readonly clocksRight: boolean;
  /** How many moves the search may try for one lease. */
  readonly budget: number;
}

export function checkLeases(history: LeaseHistory): Verdict<string> {
  const { acquisitions, budget, uses } = history;
  const undecided: string[] = [];
  for (const lease of new Set(acquisitions.map((acquisition) => acquisition.lease))) {
    const asked = acquisitions.filter((acquisition) => acquisition.lease === lease);
    const used = uses.filter((use) => use.lease === lease);
    const fault = judgeLease(asked, used, history.clocksRight);
    if (fault !== undefined) return { kind: "violated", evidence: fault, report: `${lease}: ${fault}` };
    if (asked[0]?.permits !== 1) continue;
    const operations = lockOperations(asked, used);
    const result = search(operations, new LockModel(operations), budget);
    if (result.kind === "exhausted")
      undecided.push(`${lease}: ${operations.length} operations, gave up after ${result.steps} moves`);
    if (result.kind === "impossible") {
      const report = `${lease}: no order of what holders were told is one that a lock can give: ${operations.map(printLock).join("; ")}`;
      return { kind: "violated", evidence: report, report };
    }
  }
  if (undecided.length > 0) return { kind: "unknown", report: undecided.join("\n") };
  return { kind: "holds", checked: acquisitions.length + uses.length };
}

type Granted = Acquisition & { readonly token: number; readonly learned: number };

function judgeLease(
  asked: readonly Acquisition[],
  used: readonly LeaseUse[],
  clocksRight: boolean,
): string | undefined {
  const granted = asked.filter((one): one is Granted => one.token !== undefined && one.learned !== undefined);
  const byToken = new Map<number, Granted>();
  for (const one of granted) {
    const other = byToken.get(one.token);
    if (other !== undefined) return `${other.owner} and ${one.owner} both have token ${one.token}`;
    byToken.set(one.token, one);
  }
  return (
    outOfOrder(granted, clocksRight) ??
    tooMany(granted, used) ??
    misused(byToken, used) ??
    (clocksRight ? endedEarly(byToken, used) : undefined)
  );
}

/**
 * Tokens grow with time, and whoever stood in line before another one asked comes first. Who was asked for longer than
 * its lease lasts may have had its turn without hearing of it.
 */
function outOfOrder(granted: readonly Granted[], clocksRight: boolean): string | undefined {
  for (const early of granted) {
    for (const late of granted) {
      if (early.token < late.token) continue;
      if (early.learned < late.start)
        return `${late.owner} asked after ${early.owner} had token ${early.token}, and got ${late.token}`;
      const { learnedAt = Number.POSITIVE_INFINITY, leaseMs, queued = Number.POSITIVE_INFINITY, startAt } = early;
      if (clocksRight && early.left !== true && queued < late.start && learnedAt - startAt < leaseMs)
        return `${late.owner} asked when ${early.owner} stood in line, and came before it`;
    }
  }
  return undefined;
}

function tooMany(granted: readonly Granted[], used: readonly LeaseUse[]): string | undefined {
  const spans = granted.map(({ learned, owner, permits, token }) => {
    const ok = used.filter((use) => use.token === token && (use.f === "use" || use.f === "release"));
    return { owner, permits, from: learned, to: ok.reduce((last, { start }) => Math.max(last, start), learned) };
  });
  for (const { from, permits } of spans) {
    const holders = spans.filter((span) => span.from <= from && from <= span.to);
    if (holders.length > permits)
      return `${holders.map(({ owner }) => owner).join(", ")} held it at once, and ${permits} may`;
  }
  return undefined;
}

function misused(byToken: ReadonlyMap<number, Granted>, used: readonly LeaseUse[]): string | undefined {
  for (const { end, f, start, token } of used) {
    if (f !== "use" && f !== "release") continue;
    const own = byToken.get(token);
    if (own === undefined) return `token ${token} was used and never given`;
    const released = used.find((use) => use.token === token && use.f === "release" && use.end < start);
    if (released !== undefined) return `${own.owner} used token ${token} (moment ${start}) after giving it up`;
    const refused = used.find((use) => use.token === token && use.f === "refused" && use.end < start);
    if (refused !== undefined) return `token ${token} was refused (moment ${refused.end}) and then good again (${end})`;
  }
  return undefined;
}

/** By right clocks a lease lasts from when it was asked for, at least. */
function endedEarly(byToken: ReadonlyMap<number, Granted>, used: readonly LeaseUse[]): string | undefined {
  for (const { endAt, f, start, token } of used) {
    const own = byToken.get(token);
    if (f !== "refused" || own === undefined || endAt >= own.startAt + own.leaseMs) continue;
    const givenUp = used.some((use) => use.token === token && use.f === "release" && use.start < start) || own.left;
    if (!givenUp) return `token ${token} was refused at ${endAt} ms, and lasts until ${own.startAt + own.leaseMs} ms`;
  }
  return undefined;
}

function lockOperations(
  asked: readonly Acquisition[],
  used: readonly LeaseUse[],
): readonly (LockOperation & Interval)[] {
  const grants = asked.flatMap(({ learned, refused, start, token }): (LockOperation & Interval)[] => {
    if (token !== undefined && learned !== undefined) return [{ f: "grant", token, start, end: learned }];
    // Whoever never heard may have had it for a while; only others found it busy then.
    return refused === true ? [] : [{ f: "grant", token: undefined, start, end: Number.POSITIVE_INFINITY }];
  });
  const rest = used.flatMap(({ end, f, queued, start, token }): (LockOperation & Interval)[] => {
    if (f !== "busy") return [{ f, token, start, end }];
    const turn = { f: "grant", token: undefined, start, end: Number.POSITIVE_INFINITY } as const;
    return queued === true ? [{ f, start, end }, turn] : [{ f, start, end }];
  });
  return [...grants, ...rest];
}
