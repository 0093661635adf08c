// Judges whether the replicas' logs are one log: at every index that two of them committed, or one of them before and
// after a crash, the same anchor with the same chain and the same state; and no index left out or handed out twice.
import type { AuthorIndex, CommitIndex } from "@quorate/core";
import type { LogEntry, ReplicaLog, Verdict } from "./types.ts";

export interface AgreementEvidence {
  /** `fork`: two commits at one index. `state`: one commit, two states. `gap`: an index out of turn. */
  readonly fault: "fork" | "state" | "gap";
  readonly index: CommitIndex;
  /** Who is concerned; for a fork or a state, the first to be at the index and the one that differs. */
  readonly replicas: readonly AuthorIndex[];
  readonly reason: string;
}

type Commit = Extract<LogEntry, { readonly kind: "commit" }>;

/** Judges the logs of the honest replicas. The evidence is the fault with the lowest index. */
export function checkAgreement(logs: readonly ReplicaLog[]): Verdict<AgreementEvidence> {
  const faults: AgreementEvidence[] = [];
  const first = new Map<CommitIndex, { readonly replica: AuthorIndex; readonly commit: Commit }>();
  const states = new Map<CommitIndex, { readonly replica: AuthorIndex; readonly digest: string }>();
  let checked = 0;
  for (const { replica, entries } of logs) {
    let reached: CommitIndex = 0;
    for (const entry of entries) {
      if (entry.kind === "commit") {
        checked++;
        if (entry.index !== reached + 1) faults.push(gap(replica, entry.index, reached));
        const other = first.get(entry.index);
        if (other === undefined) first.set(entry.index, { replica, commit: entry });
        else if (other.commit.anchor !== entry.anchor || other.commit.chainDigest !== entry.chainDigest) {
          faults.push(fork(other.replica, other.commit, replica, entry));
        }
      }
      reached = entry.index;
      if (entry.kind === "started" || entry.stateDigest === undefined) continue;
      const other = states.get(entry.index);
      if (other === undefined) states.set(entry.index, { replica, digest: entry.stateDigest });
      else if (other.digest !== entry.stateDigest) {
        const reason = `replica ${other.replica} has the state ${other.digest}, replica ${replica} ${entry.stateDigest}`;
        faults.push({ fault: "state", index: entry.index, replicas: [other.replica, replica], reason });
      }
    }
  }
  faults.sort((left, right) => left.index - right.index);
  const [evidence] = faults;
  if (evidence === undefined) return { kind: "holds", checked };
  return {
    kind: "violated",
    evidence,
    report: `the logs are not one log: at commit ${evidence.index}, ${evidence.reason}`,
  };
}

function fork(replica: AuthorIndex, commit: Commit, other: AuthorIndex, differing: Commit): AgreementEvidence {
  const told = ({ anchor, chainDigest }: Commit): string => `${anchor} (chain ${chainDigest})`;
  const reason = `replica ${replica} committed ${told(commit)}, replica ${other} ${told(differing)}`;
  return { fault: "fork", index: commit.index, replicas: [replica, other], reason };
}

function gap(replica: AuthorIndex, index: CommitIndex, reached: CommitIndex): AgreementEvidence {
  const reason = `replica ${replica} was handed commit ${index} after ${reached}`;
  return { fault: "gap", index, replicas: [replica], reason };
}
