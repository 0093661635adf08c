// What one client, and all of them together, may cost a replica.
import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from "../connection.ts";
import { DEFAULT_REQUEST_LIMITS, type RequestLimits } from "./request-parser.ts";

export interface RedisLimits extends RequestLimits, ConnectionLimits {
  readonly clientsMax: number;
  /** Replies that a client does not read: above it the door stops reading from the client. */
  readonly unsentBytesSoft: number;
  /** Above it the client is disconnected. More than the largest reply. */
  readonly unsentBytesMax: number;
  /** Requests and replies of all clients together: above it the client that holds most is disconnected. */
  readonly heldBytesMax: number;
  /** A client without a request for so long is disconnected; 0: never, as in Redis. */
  readonly idleMs: number;
  /** A client that reads nothing of its replies, or sends nothing more of a request it began, for so long is disconnected. */
  readonly stallMs: number;
  /**
   * How long after the door opened its clients wait for a replica that does not serve yet, instead of being refused: a
   * program that comes back to a replica which was started again should not see errors. Less than programs wait at most.
   */
  readonly openingMs: number;
  /** How long the door waits for its clients' last answers when it closes. */
  readonly drainMs: number;
}

export const DEFAULT_REDIS_LIMITS: RedisLimits = {
  ...DEFAULT_REQUEST_LIMITS,
  ...DEFAULT_CONNECTION_LIMITS,
  clientsMax: 10_000,
  unsentBytesSoft: 1024 * 1024,
  unsentBytesMax: 128 * 1024 * 1024,
  heldBytesMax: 512 * 1024 * 1024,
  idleMs: 0,
  stallMs: 60_000,
  openingMs: 3000,
  drainMs: 1000,
};
