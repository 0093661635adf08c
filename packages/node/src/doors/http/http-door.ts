// The HTTP and WebSocket door: a server over node's own, the route table, and the bounds that keep one client's mischief
// from being another one's outage.
//
// The laws it keeps: a request proves that it was meant for this replica, by somebody who may, before anything of it is
// read; every request that is taken gets one answer, also when the door closes; and what a client sends or does not read
// never holds more than its share of memory.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { Access } from "../../access/access.ts";
import type { RunningReplica } from "../../running-replica.ts";
import { type Log, SILENT } from "../../telemetry/log.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { type DoorTls, showCertificate } from "../certificates.ts";
import type { Door, Listen } from "../door.ts";
import { listenAt } from "../listen-at.ts";
import { Admission } from "./admission.ts";
import { signIn } from "./ask.ts";
import { ChangeFeed } from "./change-feed.ts";
import { ClientMemory } from "./client-memory.ts";
import type { DoorContext } from "./door-context.ts";
import { ClientGone, Exchange, hasBody } from "./exchange.ts";
import { Guard } from "./guard.ts";
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from "./limits.ts";
import { openApiDocument } from "./open-api.ts";
import { badRequest, HttpProblem, problem } from "./problem.ts";
import { Refusals } from "./refusals.ts";
import { matchRoute } from "./routes.ts";
import { DoorSocket } from "./socket.ts";

export interface HttpDoorOptions {
  readonly replica: RunningReplica;
  readonly access: Access;
  readonly listen: Listen;
  /** Certificate chain and private key as PEM; without them it speaks plain HTTP. */
  readonly tls?: DoorTls | undefined;
  /** Names besides loopback and the address of `listen` that a Host header may have. */
  readonly hosts?: readonly string[] | undefined;
  /** Origins of other sites' pages that may use this door. */
  readonly origins?: readonly string[] | undefined;
  readonly limits?: Partial<HttpLimits> | undefined;
  readonly metrics: Pick<Metrics, "contentType" | "scrape" | "httpRequest" | "doorRefused" | "watchesAt">;
  readonly log?: Log | undefined;
}

/** Opens the door; rejects when it cannot listen there. */
export async function startHttpDoor(options: HttpDoorOptions): Promise<Door> {
  const door = new HttpDoor(options);
  await door.open(options.listen);
  return door;
}

const SOCKET_PATH = "/v1/ws";

class HttpDoor implements Door {
  readonly name = "http";
  address = "";
  readonly #context: DoorContext;
  readonly #limits: HttpLimits;
  readonly #guard: Guard;
  readonly #admission: Admission;
  readonly #refusals: Refusals;
  readonly #metrics: HttpDoorOptions["metrics"];
  readonly #log: Log;
  readonly #server: Server;
  readonly #connections = new Set<Socket>();
  readonly #upgrades: WebSocketServer;
  readonly #sockets = new Set<DoorSocket>();
  #pinging: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor({
    replica,
    access,
    listen,
    tls,
    hosts = [],
    origins = [],
    limits,
    metrics,
    log = SILENT,
  }: HttpDoorOptions) {
    this.#limits = { ...DEFAULT_HTTP_LIMITS, ...limits };
    this.#guard = new Guard({ host: listen.host, hosts, origins });
    const memory = new ClientMemory(this.#limits.heldBytesMax);
    this.#admission = new Admission(this.#limits, memory);
    this.#refusals = new Refusals(log, metrics);
    this.#metrics = metrics;
    this.#log = log;
    const feed = new ChangeFeed({ replica, access, limits: this.#limits });
    metrics.watchesAt(() => feed);
    let openApi: string | undefined;
    this.#context = {
      replica,
      access,
      limits: this.#limits,
      log,
      metrics,
      feed,
      bodies: { bytes: 0 },
      memory,
      refusals: this.#refusals,
      openApi: () => (openApi ??= JSON.stringify(openApiDocument(replica.status().version))),
      isClosing: () => this.#closing !== undefined,
    };
    const { headBytesMax, headTimeoutMs, requestTimeoutMs } = this.#limits;
    const serverOptions = {
      maxHeaderSize: headBytesMax,
      headersTimeout: Math.min(headTimeoutMs, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: this.#limits.idleTimeoutMs,
      connectionsCheckingInterval: Math.min(1000, headTimeoutMs),
      noDelay: true,
      // Newer Nodes ask; older ones hand every offer of another protocol to `#upgrade`.
      shouldUpgradeCallback: isForSockets,
    };
    this.#server =
      tls === undefined
        ? createServer(serverOptions)
        : createTlsServer({ ...serverOptions, handshakeTimeout: headTimeoutMs, ...tls });
    this.#upgrades = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: this.#limits.socketMessageBytesMax,
      perMessageDeflate: false,
    });
  }

  get connections(): number {
    return this.#connections.size;
  }

  renewCertificate(tls: DoorTls): void {
    showCertificate(this.#server, {}, tls);
  }

  async open({ host, port }: Listen): Promise<void> {
    const server = this.#server;
    server.maxConnections = this.#limits.connectionsMax;
    server.setTimeout(this.#limits.idleTimeoutMs);
    server.on("connection", (socket) => {
      this.#connections.add(socket);
      socket.once("close", () => this.#connections.delete(socket));
    });
    server.on("drop", (facts) =>
      this.#refusals.note("connections", { remote: facts?.remoteAddress }, "a connection too many was closed"),
    );
    server.on("request", (request, response) => void this.#take(request, response));
    server.on("checkContinue", (request, response) => void this.#take(request, response));
    server.on("upgrade", (request, socket, head) => void this.#upgrade(request, socket as Socket, head));
    server.on("clientError", (error: NodeJS.ErrnoException, socket) => this.#refuseBytes(error, socket));
    server.on("tlsClientError", (error, socket) =>
      this.#refusals.note("tls", { remote: socket.remoteAddress, error: error.message }, "a TLS handshake failed"),
    );
    await listenAt({ host, port }, server, this.name);
    server.on("error", (error) => this.#log.error({ door: "http", error: error.message }, "the door's server failed"));
    const bound = server.address() as AddressInfo;
    this.address = bound.family === "IPv6" ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
    this.#pinging = setInterval(() => {
      for (const socket of this.#sockets) socket.ping();
    }, this.#limits.socketPingMs).unref();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // What is thrown away below must see that the door is closing.
    await Promise.resolve();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    clearInterval(this.#pinging);
    this.#context.feed.close("this replica is stopping; resume on another one");
    for (const socket of this.#sockets) socket.end();
    const cut = setTimeout(() => {
      for (const socket of this.#sockets) socket.terminate();
      this.#server.closeAllConnections();
      for (const socket of this.#connections) socket.destroy();
    }, this.#limits.closeGraceMs);
    // Connections that become idle after their last answer do not close by themselves.
    const sweep = setInterval(() => this.#server.closeIdleConnections(), 20);
    await closed;
    clearTimeout(cut);
    clearInterval(sweep);
    // The server has closed when its connections are closing; whoever waits for us may count them.
    await Promise.all([...this.#connections].map((socket) => once(socket, "close")));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = new Exchange(this.#context, request, response);
    const { socket } = request;
    const place = this.#admission.enter(socket);
    if (place instanceof HttpProblem) {
      exchange.sendProblem(this.#noted(place, request));
      return;
    }
    await place.turn;
    if (!socket.destroyed) {
      const began = performance.now();
      const closed = new Promise((resolve) => response.once("close", resolve));
      await this.#serve(exchange).catch((error: unknown) => this.#fail(exchange, error));
      await closed;
      const { route } = exchange;
      const { statusCode } = response;
      this.#metrics.httpRequest(route, statusCode);
      const ms = Math.round(performance.now() - began);
      this.#log.debug(
        { door: "http", method: request.method, route, status: statusCode, ms },
        "a request was answered",
      );
    }
    place.leave();
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { request } = exchange;
    const refused = this.#guard.refusal(request);
    if (refused !== undefined) throw this.#noted(refused, request);
    this.#allowOrigin(exchange);
    const match = exchange.path.startsWith("/") ? matchRoute(request.method ?? "", exchange.path) : undefined;
    if (match === undefined) throw problem("NOTFOUND", "there is nothing here; /openapi.json lists what there is");
    const { route, params } = match;
    const allow = match.allow.join(", ");
    if (request.method === "OPTIONS") {
      exchange.send(204, "", "", { Allow: allow, ...this.#preflight(exchange, allow) });
      return;
    }
    if (route === undefined)
      throw problem("METHODNOTALLOWED", `${request.method} cannot be done here; ${allow} can`, {
        headers: { Allow: allow },
      });
    exchange.route = route.path;
    exchange.params = params;
    if (route.isPublic !== true) exchange.user = await this.#signIn(exchange);
    await route.handle(exchange);
  }

  async #signIn(exchange: Exchange): Promise<string | undefined> {
    try {
      return await signIn(exchange);
    } catch (error) {
      if (error instanceof HttpProblem && exchange.request.headers.authorization !== undefined)
        throw this.#noted(error, exchange.request);
      throw error;
    }
  }

  #fail(exchange: Exchange, error: unknown): void {
    const { response, request } = exchange;
    if (error instanceof ClientGone) response.destroy();
    else if (error instanceof HttpProblem) exchange.sendProblem(error);
    else {
      // Amid a stream there is no other way to say it.
      if (response.headersSent) response.destroy();
      this.#log.error(
        { door: "http", route: exchange.route, error: String(error), stack: (error as Error)?.stack },
        "a request failed",
      );
      exchange.sendProblem(
        problem("INTERNAL", "the replica failed at this request; its log says why; whether it was applied is unknown", {
          outcome: request.method === "GET" ? "rejected" : "indeterminate",
        }),
      );
    }
  }

  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    // Other protocols may be offered by the way; whoever does not know them just answers.
    const exchange = new Exchange(this.#context, request, responseOn(request, socket));
    if (!isForSockets(request) || exchange.path !== SOCKET_PATH) {
      // Its body, if it has one, was not parsed.
      if (hasBody(request)) exchange.sendProblem(badRequest("send what has a body without an Upgrade header"));
      else await this.#take(request, exchange.response);
      return;
    }
    try {
      const refused = this.#guard.refusal(request);
      if (refused !== undefined) throw this.#noted(refused, request);
      if (this.#closing !== undefined || this.#sockets.size >= this.#limits.socketsMax)
        throw this.#noted(problem("OVERLOADED", "this replica takes no more sockets; try another replica"), request);
      // Browsers cannot send the header: they sign in by the first message.
      const user = request.headers.authorization === undefined ? undefined : await this.#signIn(exchange);
      exchange.response.detachSocket(socket);
      socket.setTimeout(0);
      this.#upgrades.handleUpgrade(request, socket, head, (webSocket) => {
        const door = new DoorSocket(webSocket, this.#context, user);
        this.#sockets.add(door);
        webSocket.once("close", () => this.#sockets.delete(door));
        this.#metrics.httpRequest(SOCKET_PATH, 101);
        if (this.#closing !== undefined) door.end();
      });
    } catch (error) {
      this.#fail(exchange, error);
    }
  }

  /** Bytes that are no request: there is no exchange to answer in. */
  #refuseBytes(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    const refused =
      error.code === "HPE_HEADER_OVERFLOW"
        ? problem("HEADTOOLARGE", `a request's head has at most ${this.#limits.headBytesMax} bytes here`)
        : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
          ? problem("TIMEOUT", "the request did not arrive in time; send it in one go")
          : problem("BADREQUEST", "these bytes are no HTTP/1.1 request");
    this.#refusals.note(
      refused.problem.code,
      { remote: (socket as Socket).remoteAddress, error: error.code },
      refused.message,
    );
    const body = JSON.stringify(refused.problem);
    const { status } = refused.problem;
    socket.end(
      `HTTP/1.1 ${status} Refused\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  }

  #noted(refused: HttpProblem, request: IncomingMessage): HttpProblem {
    const { host, origin } = request.headers;
    this.#refusals.note(refused.problem.code, { remote: request.socket.remoteAddress, host, origin }, refused.message);
    return refused;
  }

  /** Pages of the configured origins may read answers; those of others may not, since nothing says that they may. */
  #allowOrigin({ request, response }: Exchange): void {
    const { origin } = request.headers;
    if (origin === undefined || !this.#guard.allows(origin)) return;
    response.setHeader("Access-Control-Allow-Origin", origin);
    response.setHeader("Access-Control-Expose-Headers", "ETag, Quorate-Index, Quorate-Stale, Retry-After");
    response.setHeader("Vary", "Origin");
  }

  #preflight({ request }: Exchange, allow: string): Record<string, string> {
    const { origin } = request.headers;
    if (origin === undefined || !this.#guard.allows(origin)) return {};
    return {
      "Access-Control-Allow-Methods": allow,
      "Access-Control-Allow-Headers":
        "Authorization, Content-Type, If-Match, If-None-Match, Last-Event-ID, Quorate-Session, Quorate-Seq, Quorate-Ack",
      "Access-Control-Max-Age": "600",
    };
  }
}

function isForSockets({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}

/** A response on the socket of an upgrade, where node makes none. */
function responseOn(request: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once("finish", () => socket.destroySoon());
  return response;
}
