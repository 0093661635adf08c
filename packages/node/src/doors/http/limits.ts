// What one client, and all of them together, may cost this door. Each bound is reached by somebody some day, so each says
// what happens then. Memory rests on those that hold for all clients together (`…TotalMax`, `heldBytesMax`): the product
// of what single ones may have is more than any replica has.

export interface HttpLimits {
  /** Open connections, sockets and watches included; more are closed as they come. */
  readonly connectionsMax: number;
  /** Request line and headers; more is answered 431. */
  readonly headBytesMax: number;
  /** How long a request's head may take, and the whole request; slower ones are answered 408 and closed. */
  readonly headTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** A connection on which nothing moves for so long is closed. */
  readonly idleTimeoutMs: number;
  /** One body; more is answered 413 before it is read. */
  readonly bodyBytesMax: number;
  /** Bodies in memory together; above that a request is answered 503. */
  readonly bodyBytesTotalMax: number;
  /** Answers to one request, or on one socket, that nobody has read yet; more is answered 413, or closes the socket. */
  readonly responseBytesMax: number;
  /** Answers together that nobody has read yet; above that a request is answered 503. */
  readonly responseBytesTotalMax: number;
  /** Such answers, and commands that wait on sockets, together; above that the client for which most is held is cut off. */
  readonly heldBytesMax: number;
  /** Unanswered requests of one connection; above that it is answered 429 and closed. */
  readonly pipelinedMax: number;
  /** Unanswered requests together. A connection's first is taken also above that, so nobody is starved by the others. */
  readonly requestsMax: number;
  /** Commands in one request. */
  readonly commandsMax: number;
  /** How long a command may take before its answer is that nobody can tell. */
  readonly deadlineMs: number;
  /** Sockets at `/v1/ws`; more are answered 503. */
  readonly socketsMax: number;
  readonly socketMessageBytesMax: number;
  /** A socket that does not answer a ping for so long is closed. */
  readonly socketPingMs: number;
  /** Watches together, and on one socket. */
  readonly watchesMax: number;
  readonly socketWatchesMax: number;
  /** Bytes that wait to be sent to one client; above that nothing more is prepared for it until it reads. */
  readonly sendBufferBytesMax: number;
  /** A watch whose client reads nothing for so long ends as `slow`. */
  readonly slowMs: number;
  /** Longest silence of a watch. */
  readonly heartbeatMs: number;
  /** How long closing waits for what is under way. */
  readonly closeGraceMs: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  connectionsMax: 1024,
  headBytesMax: 16 * 1024,
  headTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 60_000,
  bodyBytesMax: 2 * 1024 * 1024,
  bodyBytesTotalMax: 64 * 1024 * 1024,
  responseBytesMax: 128 * 1024 * 1024,
  responseBytesTotalMax: 256 * 1024 * 1024,
  heldBytesMax: 512 * 1024 * 1024,
  pipelinedMax: 32,
  requestsMax: 2048,
  commandsMax: 1000,
  deadlineMs: 10_000,
  socketsMax: 512,
  socketMessageBytesMax: 1024 * 1024,
  socketPingMs: 30_000,
  watchesMax: 2048,
  socketWatchesMax: 64,
  sendBufferBytesMax: 1024 * 1024,
  slowMs: 30_000,
  heartbeatMs: 10_000,
  closeGraceMs: 5000,
};
