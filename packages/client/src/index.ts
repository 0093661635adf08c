// The public surface of the client, by hand.
export type { CallOptions, Client, OutcomesOf, WatchOptions } from "./client.ts";
export type { Command, RepliesOf, ReplyOf, Word } from "./command.ts";
export { bytesCmd, type Commands, cmd, type Sent } from "./commands/commands.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export {
  DisagreementError,
  IndeterminateError,
  LeaseError,
  PipelineError,
  QuorateError,
  RejectedError,
  ReplyError,
  WatchError,
} from "./errors.ts";
export type { LeaseOptions } from "./leases/acquire.ts";
export type { Lease } from "./leases/lease.ts";
export type { Winner } from "./leases/observe.ts";
export type { ClientEvent, Log } from "./log.ts";
export type { Outcome } from "./outcome.ts";
export type { Value } from "./reply.ts";
export { type Condition, check, type Transaction, type TransactionReply } from "./transaction.ts";
export type { Change, Watch } from "./watching/watch.ts";
