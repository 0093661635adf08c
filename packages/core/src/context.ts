// What every part of a replica shares. Built once, in replica.ts; the parts are handed this and nothing of each other
// unless their constructor says so.
import type { Clock } from "./clock.ts";
import type { Committee } from "./committee/committee.ts";
import type { Dag } from "./dag/dag.ts";
import type { Channel } from "./effect.ts";
import type { AuthorIndex } from "./ids.ts";
import type { Limits } from "./limits.ts";
import type { Message } from "./message.ts";
import type { Mutations, Tuning } from "./options.ts";
import type { Outbox } from "./outbox.ts";

export interface ReplicaContext {
  readonly committee: Committee;
  readonly self: AuthorIndex;
  readonly limits: Limits;
  readonly tuning: Tuning;
  readonly mutations: Mutations;
  readonly clock: Clock;
  readonly dag: Dag;
  readonly outbox: Outbox;
  /** A number for a question to peers: none of an earlier life has it, nor one of this life that may still be answered. */
  nextQuestion(): number;
  send(to: AuthorIndex, channel: Channel, message: Message): void;
  broadcast(channel: Channel, message: Message): void;
}

/** The other members, starting after this replica's own place, so that not everybody asks the same one first. */
export function othersOf({ committee, self }: Pick<ReplicaContext, "committee" | "self">): AuthorIndex[] {
  const count = committee.members.length;
  return Array.from({ length: count - 1 }, (_, step) => (self + 1 + step) % count);
}
