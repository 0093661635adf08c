// A door over a cluster of one, with clients, all of which go away after each test.
import { afterEach } from "vitest";
import type { Access } from "../../../src/access/access.ts";
import type { Door } from "../../../src/doors/door.ts";
import { type RedisDoorOptions, startRedisDoor } from "../../../src/doors/redis/redis-door.ts";
import { SILENT } from "../../../src/telemetry/log.ts";
import { createSoloReplica, type SoloOptions, type SoloReplica } from "../../solo-replica.ts";
import { DoorClient } from "./door-client.ts";

export interface Desk {
  readonly replica: SoloReplica;
  readonly door: Door;
  readonly port: number;
  /** What was turned away, and why. */
  readonly refusals: readonly string[];
  connect(): Promise<DoorClient>;
}

export interface DeskOptions extends Partial<Omit<RedisDoorOptions, "replica">> {
  readonly solo?: SoloOptions;
  readonly makeAccess?: (replica: SoloReplica) => Access;
}

/** Everybody may do everything. */
export const OPEN: Access = {
  open: true,
  signIn: async () => undefined,
  refusal: () => undefined,
  seal: (words) => words,
};

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

export function whenDone(cleanUp: () => unknown): void {
  cleanUps.push(cleanUp);
}

export async function openDesk({ solo, makeAccess, ...options }: DeskOptions = {}): Promise<Desk> {
  const replica = createSoloReplica(solo);
  whenDone(() => replica.close());
  const refusals: string[] = [];
  const door = await startRedisDoor({
    access: makeAccess?.(replica) ?? OPEN,
    listen: { host: "127.0.0.1", port: 0 },
    log: SILENT,
    observer: { redisCommand() {}, doorRefused: (_, reason) => refusals.push(reason) },
    ...options,
    replica,
  });
  whenDone(() => door.close());
  const port = Number(door.address.split(":")[1]);
  const connect = async (): Promise<DoorClient> => {
    const client = await DoorClient.connect(port);
    whenDone(() => client.close());
    return client;
  };
  return { replica, door, port, refusals, connect };
}

/** Resolves when it holds; a test's own time limit says when it never will. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}
