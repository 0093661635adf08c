// A door over a cluster of one, and ways to talk to it: over real sockets, as everybody does.
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { Access } from "../../../src/access/access.ts";
import { createAccess } from "../../../src/access/replicated-access.ts";
import type { Door, Listen } from "../../../src/doors/door.ts";
import { type HttpDoorOptions, startHttpDoor } from "../../../src/doors/http/http-door.ts";
import type { HttpLimits } from "../../../src/doors/http/limits.ts";
import type { Log } from "../../../src/telemetry/log.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { createSoloReplica, type SoloOptions, type SoloReplica } from "../../solo-replica.ts";

export interface OpenDoor {
  readonly door: Door;
  readonly replica: SoloReplica;
  readonly access: Access;
  readonly port: number;
  readonly url: string;
  /** Lines of the log, as JSON. */
  readonly lines: readonly string[];
  fetch(path: string, init?: FetchInit): Promise<Told>;
  /** One command as it is posted to `/v1/commands`. */
  command(...words: readonly (string | number)[]): Promise<Told>;
  /** Bytes over a bare connection. */
  connect(): Socket;
}

export interface FetchInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Sent as JSON. */
  readonly json?: unknown;
}

export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: tests compare what came, whatever it is.
  readonly json: any;
}

export interface OpenOptions extends SoloOptions, Pick<HttpDoorOptions, "hosts" | "origins" | "tls"> {
  readonly limits?: Partial<HttpLimits>;
  readonly listen?: Listen;
}

export async function openDoor({
  limits,
  hosts,
  origins,
  tls,
  listen = { host: "127.0.0.1", port: 0 },
  ...solo
}: OpenOptions = {}): Promise<OpenDoor> {
  const replica = createSoloReplica(solo);
  const access = createAccess(replica);
  const metrics = createMetrics({ members: [replica.name], commands: replica.commands.keys() });
  metrics.watch({ status: () => replica.status(), census: () => undefined, transport: () => undefined });
  const lines: string[] = [];
  const door = await startHttpDoor({
    replica,
    access,
    listen,
    limits,
    hosts,
    origins,
    tls,
    metrics,
    log: logTo(lines),
  });
  const port = Number(door.address.split(":").at(-1));
  onTestFinished(async () => {
    await door.close();
    await replica.close();
  });
  await known(access);
  const fetch = (path: string, init?: FetchInit): Promise<Told> => ask(port, path, init);
  return {
    door,
    replica,
    access,
    port,
    url: `http://127.0.0.1:${port}`,
    lines,
    fetch,
    command: (...words) => fetch("/v1/commands", { method: "POST", json: { words } }),
    connect: () => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      onTestFinished(() => void socket.destroy());
      return socket;
    },
  };
}

/** One request over a connection of its own. */
export function ask(
  port: number,
  path: string,
  { method = "GET", headers = {}, body, json }: FetchInit = {},
): Promise<Told> {
  const payload = json === undefined ? body : JSON.stringify(json);
  const type = json === undefined ? {} : { "content-type": "application/json" };
  const length = payload === undefined ? {} : { "content-length": String(Buffer.byteLength(payload)) };
  return new Promise((resolve, reject) => {
    const sent = request(
      { port, host: "127.0.0.1", path, method, headers: { ...type, ...length, ...headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const bytes = Buffer.concat(chunks);
          const text = bytes.toString("utf8");
          const isJson = /json/.test(response.headers["content-type"] ?? "");
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as Record<string, string>,
            bytes,
            text,
            json: isJson && text !== "" ? JSON.parse(text) : undefined,
          });
        });
      },
    );
    sent.on("error", reject);
    sent.end(payload);
  });
}

/** Everything that comes over a bare connection until the other side closes it. */
export function readToEnd(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.once("close", () => resolve(text));
  });
}

/** Resolves once it holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Access asks the replica once whether an empty state is the state. */
async function known(access: Access): Promise<void> {
  await until(() => access.open);
}

function logTo(lines: string[]): Log {
  const write =
    (level: string) =>
    (facts: object, text: string): void => {
      lines.push(JSON.stringify({ level, ...facts, text }));
    };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}
