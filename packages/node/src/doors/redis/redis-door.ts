// The Redis door: RESP2 and RESP3 for whoever speaks them. Every replica answers every command; nobody is ever sent
// elsewhere. It listens, admits, counts and closes; redis-client.ts talks to each client.
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import type { Access } from "../../access/access.ts";
import { printAddress } from "../../config/address.ts";
import type { RunningReplica } from "../../running-replica.ts";
import type { Log } from "../../telemetry/log.ts";
import { type DoorTls, showCertificate } from "../certificates.ts";
import type { Door, Listen } from "../door.ts";
import { listenAt } from "../listen-at.ts";
import { newStatistics } from "./door-statistics.ts";
import { DEFAULT_REDIS_LIMITS, type RedisLimits } from "./limits.ts";
import { OWN_COMMANDS } from "./own-commands.ts";
import { type ClientHost, RedisClient } from "./redis-client.ts";
import { createRouter } from "./router.ts";

/** What the door tells whoever counts. */
export interface RedisDoorObserver {
  /** So many more calls of a command; told every second. */
  redisCommand(name: string, calls: number): void;
  doorRefused(door: string, reason: string): void;
}

export interface RedisDoorOptions {
  readonly replica: RunningReplica;
  readonly access: Access;
  readonly listen: Listen;
  /** Certificate and key; without them the door speaks plainly. */
  readonly tls?: TlsOptions | undefined;
  readonly limits?: Partial<RedisLimits> | undefined;
  /** How long a command may take before its answer is that nobody can tell. */
  readonly deadlineMs?: number | undefined;
  readonly log: Log;
  readonly observer?: RedisDoorObserver | undefined;
}

const NAME = "redis";
const TOO_MANY = "-ERR max number of clients reached\r\n";
const SWEEP_MS = 1000;
/** How often it is asked, while the door opens, whether the replica serves. */
const OPENING_LOOK_MS = 10;
const BACKLOG = 511;
const KEEP_ALIVE_MS = 300_000;
const HANDSHAKE_MS = 10_000;
/** Connections that have not got as far as being clients. */
const STRANGERS_MAX = 256;

/** Opens the door; resolves when it listens. */
export async function startRedisDoor(options: RedisDoorOptions): Promise<Door> {
  const limits = { ...DEFAULT_REDIS_LIMITS, ...options.limits };
  const admission = new Admission(options, limits);
  const socketOptions = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
  const admit = (socket: Socket): void => admission.admit(socket);
  const server =
    options.tls === undefined
      ? createServer(socketOptions, admit)
      : createTlsServer({ handshakeTimeout: HANDSHAKE_MS, ...options.tls, ...socketOptions }, admit);
  server.maxConnections = limits.clientsMax + STRANGERS_MAX;
  // A handshake that fails is the client's affair.
  server.on("tlsClientError", () => options.observer?.doorRefused(NAME, "handshake"));
  await listenAt({ ...options.listen, backlog: BACKLOG }, server, NAME);
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("the Redis door needs a host and a port");
  admission.open(address.port);
  const where = printAddress({ host: options.listen.host, port: address.port });
  return new RedisDoor(where, server, options.tls ?? {}, admission, limits);
}

class RedisDoor implements Door {
  readonly name = NAME;
  readonly address: string;
  readonly #server: Server;
  readonly #tls: TlsOptions;
  readonly #admission: Admission;
  readonly #limits: RedisLimits;
  #closed: Promise<void> | undefined;

  constructor(address: string, server: Server, tls: TlsOptions, admission: Admission, limits: RedisLimits) {
    this.address = address;
    this.#server = server;
    this.#tls = tls;
    this.#admission = admission;
    this.#limits = limits;
  }

  get connections(): number {
    return this.#admission.clients.size;
  }

  renewCertificate(tls: DoorTls): void {
    showCertificate(this.#server, this.#tls, tls);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const { clients } = this.#admission;
    // Whoever still waits for the replica is told that it stops.
    this.#admission.endOpening();
    for (const client of clients.values()) client.drain();
    const late = setTimeout(() => {
      for (const client of clients.values()) client.kill();
    }, this.#limits.drainMs);
    await Promise.all([closed, this.#admission.emptied()]);
    clearTimeout(late);
    this.#admission.close();
  }
}

/** Lets clients in and keeps their list. */
class Admission implements ClientHost {
  readonly replica: RunningReplica;
  readonly access: Access;
  readonly log: Log;
  readonly deadlineMs: number | undefined;
  readonly limits: RedisLimits;
  readonly statistics = newStatistics();
  readonly clients = new Map<number, RedisClient>();
  readonly router: ClientHost["router"];
  readonly ownCommands = OWN_COMMANDS;
  port = 0;
  coarseNow: number = performance.now();
  isOpening = true;
  readonly #observer: RedisDoorObserver | undefined;
  readonly #toldCalls = new Map<string, number>();
  #lastId = 0;
  #sayEmpty = (): void => {};
  #sweep: NodeJS.Timeout | undefined;
  #opening: NodeJS.Timeout | undefined;

  constructor({ replica, access, log, deadlineMs, observer }: RedisDoorOptions, limits: RedisLimits) {
    this.replica = replica;
    this.access = access;
    this.log = log;
    this.deadlineMs = deadlineMs;
    this.limits = limits;
    this.router = createRouter(replica.commands);
    this.#observer = observer;
  }

  get isOpen(): boolean {
    return this.access.open;
  }

  open(port: number): void {
    this.port = port;
    this.#sweep = setInterval(() => this.#look(), SWEEP_MS).unref();
    const until = performance.now() + this.limits.openingMs;
    this.#opening = setInterval(() => {
      if (performance.now() >= until || this.#serves()) this.endOpening();
    }, OPENING_LOOK_MS).unref();
    if (this.#serves()) this.endOpening();
  }

  endOpening(): void {
    if (!this.isOpening) return;
    this.isOpening = false;
    clearInterval(this.#opening);
    for (const client of this.clients.values()) client.proceed();
  }

  close(): void {
    clearInterval(this.#sweep);
    this.#tellCalls();
  }

  admit(socket: Socket): void {
    this.statistics.connectionsReceived++;
    if (this.clients.size >= this.limits.clientsMax) {
      this.statistics.connectionsRejected++;
      this.#observer?.doorRefused(NAME, "too-many-clients");
      socket.on("error", () => {});
      socket.end(TOO_MANY);
      // Whoever does not take the hint does not keep the place.
      socket.setTimeout(SWEEP_MS, () => socket.destroy());
      return;
    }
    const client = new RedisClient(++this.#lastId, socket, this);
    this.clients.set(client.id, client);
  }

  left({ id }: RedisClient): void {
    this.clients.delete(id);
    if (this.clients.size === 0) this.#sayEmpty();
  }

  /** Resolves when no client is left. */
  emptied(): Promise<void> {
    return new Promise((resolve) => {
      if (this.clients.size === 0) resolve();
      else this.#sayEmpty = resolve;
    });
  }

  refused(reason: string, { id, address }: RedisClient): void {
    this.#observer?.doorRefused(NAME, reason);
    this.log.info({ client: id, address, reason }, "a Redis client was turned away");
  }

  relieve(): void {
    let largest: RedisClient | undefined;
    for (const client of this.clients.values()) if (client.bytes > (largest?.bytes ?? 0)) largest = client;
    if (largest === undefined) return;
    this.refused("memory", largest);
    largest.kill();
  }

  *calls(): Iterable<readonly [name: string, calls: number]> {
    for (const { name, calls } of this.router.routes) yield [name, calls];
  }

  /** Whether a command would be answered: with a quorum, by a replica that knows its users. */
  #serves(): boolean {
    if (!this.replica.ready().ready) return false;
    const [anyCommand] = this.replica.commands.values();
    return this.access.open || anyCommand === undefined || !this.access.refusal("", anyCommand)?.startsWith("LOADING");
  }

  #look(): void {
    this.coarseNow = performance.now();
    for (const client of this.clients.values()) client.checkTimes(this.coarseNow);
    this.#tellCalls();
  }

  #tellCalls(): void {
    if (this.#observer === undefined) return;
    for (const { name, calls } of this.router.routes) {
      const more = calls - (this.#toldCalls.get(name) ?? 0);
      if (more > 0) this.#observer.redisCommand(name, more);
      this.#toldCalls.set(name, calls);
    }
  }
}
