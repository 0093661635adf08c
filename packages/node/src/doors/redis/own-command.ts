// A command that the door answers by itself: what a connection, a server or a protocol is asked about, as opposed to
// what the replicated state is asked. One object each, collected in own-commands.ts; COMMAND describes them like those
// of the machine.
import type { ByteString, Reply } from "@quorate/machine";
import type { RunningReplica } from "../../running-replica.ts";
import type { Connection } from "../connection.ts";
import type { LocalOptions } from "../connection-entry.ts";
import type { DoorStatistics } from "./door-statistics.ts";
import type { RedisLimits } from "./limits.ts";
import type { Protocol } from "./resp-writer.ts";

export interface OwnCommand extends LocalOptions {
  /** Upper case. */
  readonly name: string;
  /** Number of words, the name included; negative: at least that many. */
  readonly arity: number;
  readonly group: "connection" | "server" | "generic" | "cluster";
  readonly summary: string;
  readonly syntax: string;
  /**
   * Whether it is in the category `admin` for permissions, or in `read` since it tells of the state (by the words after
   * the name); all others are everybody's.
   */
  isAdmin?(args: readonly ByteString[]): boolean;
  isRead?(args: readonly ByteString[]): boolean;
  /** Answered before anybody has signed in. */
  readonly isOpen?: boolean;
  /** What is behind it on the connection is not even read before it was answered. */
  readonly holdsReading?: boolean;
  run(call: OwnCall): Reply | Promise<Reply>;
}

export interface OwnCall {
  readonly client: ClientView;
  readonly door: DoorView;
  /** The words after the name. */
  readonly args: readonly ByteString[];
  /** Whether this client's user may run a command of the machine that has no others inside. */
  mayRun(name: string): boolean;
  /** Does something in the moment in which the answer is written. */
  onAnswered(act: () => void): void;
}

/** A connected client, as commands see it. */
export interface ClientView {
  readonly id: number;
  readonly connection: Connection;
  readonly address: string;
  readonly localAddress: string;
  protocol: Protocol;
  /** Empty: it has none. */
  name: ByteString;
  libraryName: ByteString;
  libraryVersion: ByteString;
  /** Of the process's monotonic clock. */
  readonly connectedAt: number;
  readonly activeAt: number;
  /** `get`, `client|list` */
  readonly lastCommand: string;
  readonly heldBytes: number;
  readonly unsentBytes: number;
  /** Ends it behind what it was answered so far. */
  end(): void;
  /** Ends it at once. */
  kill(): void;
}

/** The door around it. */
export interface DoorView {
  readonly replica: RunningReplica;
  readonly port: number;
  readonly limits: RedisLimits;
  readonly statistics: DoorStatistics;
  readonly clients: ReadonlyMap<number, ClientView>;
  /** How often each command was called, the door's own included. */
  calls(): Iterable<readonly [name: string, calls: number]>;
  /** The door's own commands by upper-case name. */
  readonly ownCommands: ReadonlyMap<string, OwnCommand>;
  /** Whether a deployment demands signing in. */
  readonly isOpen: boolean;
}
