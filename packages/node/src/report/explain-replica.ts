// Findings about the replica that reports: what it is going through, its disk, its processor, what it waits for.
import { recoveryQuorum, thresholds } from "@quorate/core";
import type { Finding, StatusReport } from "@quorate/core/api";
import type { ExplainInput } from "./explain-input.ts";
import { downOf, listed } from "./members-down.ts";
import { printDuration } from "./print-duration.ts";
import { isUndecided } from "./slot-sentence.ts";

const UNDECIDED_MS = 5_000;
const BEHIND_COMMITS = 256;
const LAG_P99_MS = 100;
const DUMP_CHARS_MAX = 400;

/** All of them, in no order. */
export function findInReplica(input: ExplainInput): readonly Finding[] {
  return [
    ...explainMode(input),
    ...explainSpace(input),
    ...explainUndecided(input),
    ...explainApplying(input),
    ...explainLag(input),
    ...explainDurability(input),
  ];
}

function explainMode({ status, since, dump }: ExplainInput): readonly Finding[] {
  const { mode, replica, members } = status;
  const forMs = since?.modeMs;
  const about = { members: [replica.name], ...(forMs === undefined ? {} : { forMs }) };
  const said = dump === undefined ? "" : `: ${shorten(dump)}`;
  switch (mode) {
    case "normal":
      return [];
    case "halted":
      return [
        {
          severity: "critical",
          ...about,
          what: `${replica.name} stopped itself, because going on could have been wrong${said}`,
          todo: "keep its log and data directory as they are for whoever looks into it; the others go on without it. To have it back, start it with an empty data directory: it rebuilds from them",
        },
      ];
    case "suspicious":
      return [
        {
          severity: "critical",
          ...about,
          what: `${replica.name} answers nothing, because another member reports a different state for the same commit${said}`,
          rule: "it goes on when a quorum shares its value, and halts when a quorum shares another",
          todo: `start the members that are down, so that a quorum can tell who is right${listed(downOf(members))}`,
        },
      ];
    case "recovering": {
      const { needed, reachable } = recovery(status);
      const short = needed - reachable;
      return [
        {
          severity: "critical",
          ...about,
          what: `${replica.name} lost its disk and answers nothing until others told what it had said before: it needs replies of stake ${needed}, and stake ${reachable} of others is reachable`,
          rule: "a member that lost its log must not vote before it knows what it voted",
          todo:
            short > 0
              ? `start members with stake ${short} or more${listed(downOf(members))}; if this was to be a new cluster, give every member the data directory that quorate init made for it`
              : "wait: it is under way",
        },
      ];
    }
    case "restoring":
      return [
        {
          severity: status.ready ? "warning" : "critical",
          ...about,
          what: `${replica.name} was away for longer than the others keep blocks, and fetches a snapshot of the state`,
          todo: "wait: it is under way, and the others serve meanwhile",
        },
      ];
  }
}

function explainSpace({ status, since }: ExplainInput): readonly Finding[] {
  const { pressure } = status.storage;
  if (pressure === "none") return [];
  const forMs = since?.pressureMs;
  const about = { members: [status.replica.name], ...(forMs === undefined ? {} : { forMs }) };
  return pressure === "hard"
    ? [
        {
          severity: "critical",
          ...about,
          what: `the disk of ${status.replica.name} is full`,
          todo: "free space on its file system, then start it again",
        },
      ]
    : [
        {
          severity: "warning",
          ...about,
          what: `the disk of ${status.replica.name} is nearly full: its doors refuse commands that grow the state; votes, reads and deletions go on`,
          todo: "free space on its file system, or delete keys; it clears by itself",
        },
      ];
}

function explainUndecided({ status, since, waiting }: ExplainInput): readonly Finding[] {
  const forMs = since?.undecidedMs;
  if (forMs === undefined || forMs < UNDECIDED_MS || !status.quorum.reached || status.mode !== "normal") return [];
  const oldest = waiting?.[0];
  const slot = oldest?.because.find(isUndecided) ?? oldest?.because[0];
  const because = slot === undefined ? "" : `: ${slot}`;
  return [
    {
      severity: "critical",
      forMs,
      what: `nothing was decided for ${printDuration(forMs)} although a quorum can be reached; round ${oldest?.round ?? status.undecidedRound} is the oldest that waits${because}`,
      todo: "look at explain on the other members too: links that work in one direction only show there; then at the network between all of them",
    },
  ];
}

function explainApplying({ status }: ExplainInput): readonly Finding[] {
  const behind = status.commitIndex - status.appliedIndex;
  if (behind < BEHIND_COMMITS) return [];
  return [
    {
      severity: "warning",
      members: [status.replica.name],
      what: `${status.replica.name} has decided ${behind} commits that it did not apply yet`,
      todo: "look for commands that take long, and at the disk of the state",
    },
  ];
}

function explainLag({ status, eventLoopLagMs }: ExplainInput): readonly Finding[] {
  if (eventLoopLagMs === undefined || eventLoopLagMs.p99 < LAG_P99_MS) return [];
  const { p99, max } = eventLoopLagMs;
  return [
    {
      severity: "warning",
      members: [status.replica.name],
      what: `the process of ${status.replica.name} does not get to its work in time: its event loop was late by ${Math.round(p99)} ms in one of a hundred turns, by ${Math.round(max)} ms at most`,
      todo: "look for other load on its processor, for large single commands, and for modules that compute for long",
    },
  ];
}

function explainDurability({ status }: ExplainInput): readonly Finding[] {
  const { durability, name } = status.replica;
  if (durability === "fsync") return [];
  const risk =
    durability === "os"
      ? "a loss of power can take acknowledged commands if it strikes a quorum at once"
      : "stopping a quorum at once takes everything";
  return [
    {
      severity: "note",
      members: [name],
      what: `${name} runs with durability ${durability}: ${risk}`,
      todo: "nothing, where that is meant; else set durability to fsync",
    },
  ];
}

function recovery({ members, cluster }: StatusReport): { readonly needed: number; readonly reachable: number } {
  const stakes = members.map(({ stake }) => stake);
  const reachable = members.reduce((sum, { self, up, stake }) => sum + (!self && up ? stake : 0), 0);
  return { needed: recoveryQuorum(thresholds(stakes, cluster.fault)), reachable };
}

function shorten(text: string): string {
  const line = text.split("\n")[0]!;
  return line.length <= DUMP_CHARS_MAX ? line : `${line.slice(0, DUMP_CHARS_MAX)}…`;
}
