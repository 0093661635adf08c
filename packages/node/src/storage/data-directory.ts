// Opens a data directory and says what its replica may start as. Everything that a start depends on is judged here, once:
// is it ours, is it free, was it ever begun, is all that was promised still there.
//
//   never begun, made for this cluster            → fresh: a new member of a new cluster
//   all that was promised is there                → restart with its records
//   the promise did not cover what happened       → amnesia: a machine that went down under durability `os`, any end
//                                                   of a life under `memory`, an emptied directory
//   something that was promised is gone           → refused as corruption, unless the caller wants to rebuild: amnesia
//
// The law it keeps: after amnesia was found, no later start finds anything else before the core has said so in the new
// log. Whatever gets lost on the way, a replica that may have spoken never starts as one that has not.
import { dirname, join, resolve } from "node:path";
import type { Storage } from "@quorate/core";
import { BlockLog, type SpacePressure } from "./block-log.ts";
import { systemBootId } from "./boot-id.ts";
import type { Files } from "./files.ts";
import { MemoryLog } from "./memory-log.ts";
import { type ClusterIdentity, type Meta, readMeta, writeMeta } from "./meta.ts";
import { nodeFiles } from "./node-files.ts";
import { type LogScan, scanLog } from "./scan.ts";
import { deviceError, StorageError } from "./storage-error.ts";

/** How far a confirmed write reaches: the device, the operating system, this process. */
export type Durability = "fsync" | "os" | "memory";

export interface DataDirectoryOptions extends ClusterIdentity {
  readonly directory: string;
  readonly durability: Durability;
  /** Where the log is corrupt: begin anew and rebuild from peers, instead of refusing. */
  readonly rebuild?: boolean;
  /** Why nothing that is there can be used any more, if so: the state that belongs to the log is lost, say. */
  readonly distrust?: string;
  readonly onPressure?: (pressure: SpacePressure) => void;
  readonly tuning?: Partial<LogTuning>;
  readonly files?: Files;
  readonly bootId?: string;
}

export interface LogTuning {
  /** Larger segments cost fewer pauses between them, smaller ones less space. A record must fit. */
  readonly segmentBytes: number;
  /** Segments kept back for a full disk, beside the one that is used next. */
  readonly reservedSegments: number;
  /** Below this much free space doors should refuse what grows the state. */
  readonly softFreeBytes: number;
  /** The log leaves this much to the state. */
  readonly keepFreeBytes: number;
}

export const DEFAULT_LOG_TUNING: LogTuning = {
  segmentBytes: 8 * 1024 * 1024,
  reservedSegments: 2,
  softFreeBytes: 256 * 1024 * 1024,
  keepFreeBytes: 64 * 1024 * 1024,
};

/** What the replica may start as; `restart` goes with the records that the log's `range` hands out. */
export type FoundStart =
  | { readonly kind: "fresh" }
  | { readonly kind: "restart" }
  | { readonly kind: "amnesia"; readonly why: string };

export interface DataDirectory {
  readonly start: FoundStart;
  readonly log: Storage;
  /** The same log, where it is on disk: for metrics, scrub and space. */
  readonly blockLog: BlockLog | undefined;
  readonly incarnation: number;
  /** Where this incarnation's state belongs; what an earlier one left is removed. */
  readonly statePath: string;
  /** Makes the names of the state's files durable. To be called when they are there, and before anything counts on them. */
  syncState(): Promise<void>;
  /** Closes the log in order and lets the directory go. May be called twice. */
  close(): Promise<void>;
}

const LOG_NAME = "log";
const STATE_NAME = /^state-(\d+)$/;

/** Makes a data directory for a member of a new cluster. Refuses one that holds anything already. */
export async function createDataDirectory(
  options: ClusterIdentity & { readonly directory: string; readonly files?: Files },
): Promise<void> {
  const { directory, files = nodeFiles } = options;
  await makeDurably(files, directory);
  const unlock = await files.lock(directory);
  try {
    const found = (await files.list(directory)).filter(isData);
    if (found.length > 0) {
      throw new StorageError(
        "configuration",
        `${directory} already holds data (${found.join(", ")}); choose another one`,
      );
    }
    await writeMeta(files, directory, options, { incarnation: 1, born: "fresh", begun: false });
  } finally {
    await unlock();
  }
}

/** Opens a data directory for the one process that may have it. */
export async function openDataDirectory(options: DataDirectoryOptions): Promise<DataDirectory> {
  const { directory, files = nodeFiles } = options;
  await makeDurably(files, directory);
  const unlock = await files.lock(directory);
  try {
    return await open({ ...options, files }, unlock);
  } catch (error) {
    await unlock();
    throw deviceError(`open the data directory ${directory}`, error);
  }
}

async function open(
  options: DataDirectoryOptions & { readonly files: Files },
  unlock: () => Promise<void>,
): Promise<DataDirectory> {
  const { directory, durability, files, genesisHash, clusterId, onPressure } = options;
  const logDirectory = join(directory, LOG_NAME);
  const bootId = options.bootId ?? systemBootId();
  const found = await readMeta(files, directory, options);
  if (found === undefined) await refuseLostMeta(files, directory);
  let meta: Meta = found ?? { incarnation: 0, born: "amnesia", begun: false };
  let scan: LogScan | undefined;
  let start: FoundStart = { kind: "amnesia", why: "the data directory was empty" };
  if (found !== undefined) {
    scan = await scanLog(files, logDirectory, { genesisHash, clusterId, incarnation: meta.incarnation });
    start =
      options.distrust === undefined
        ? judge(scan, meta, { bootId, durability, rebuild: options.rebuild === true })
        : { kind: "amnesia", why: options.distrust };
  }
  if (scan === undefined || (start.kind === "amnesia" && !isUnspoken(scan, meta))) {
    // The new incarnation is on the device before anything of the old one goes: a crash in between is amnesia again.
    meta = { incarnation: meta.incarnation + 1, born: "amnesia", begun: false };
    await writeMeta(files, directory, options, meta);
    closeAll(scan);
    await files.remove(logDirectory);
    scan = undefined;
  }
  const identity = { genesisHash, clusterId, incarnation: meta.incarnation };
  await files.makeDirectory(logDirectory);
  await files.syncDirectory(directory);
  scan ??= await scanLog(files, logDirectory, identity);
  const blockLog = await BlockLog.begin(scan, {
    ...DEFAULT_LOG_TUNING,
    ...options.tuning,
    files,
    directory: logDirectory,
    identity,
    durability: durability === "os" ? "os" : "fsync",
    life: encodeLife({ durability, bootId }),
    onPressure,
  });
  if (!meta.begun) await writeMeta(files, directory, options, { ...meta, begun: true });
  await removeOldStates(files, directory, meta.incarnation);
  if (durability === "memory") await blockLog.close();
  const log = durability === "memory" ? new MemoryLog() : blockLog;
  const statePath = join(directory, `state-${meta.incarnation}`);
  let closing: Promise<void> | undefined;
  return {
    start,
    log,
    blockLog: durability === "memory" ? undefined : blockLog,
    incarnation: meta.incarnation,
    statePath,
    async syncState() {
      try {
        await files.syncDirectory(statePath);
        await files.syncDirectory(directory);
      } catch (cause) {
        throw deviceError(`sync the state's folder ${statePath}`, cause);
      }
    },
    close: () => (closing ??= log.close().finally(unlock)),
  };
}

/** Makes a folder, with its name and those of the folders that were made for it on the device. */
async function makeDurably(files: Files, directory: string): Promise<void> {
  const uppermost = await files.makeDirectory(directory);
  if (uppermost === undefined) return;
  const last = dirname(resolve(uppermost));
  for (let at = resolve(directory); at !== last; at = dirname(at)) await files.syncDirectory(dirname(at));
}

interface Circumstances {
  readonly bootId: string;
  readonly durability: Durability;
  readonly rebuild: boolean;
}

function judge(scan: LogScan, meta: Meta, { bootId, durability, rebuild }: Circumstances): FoundStart {
  const life = scan.life === undefined ? undefined : decodeLife(scan.life);
  // A log that no life began was never opened to its end; one that should have been is gone.
  if (life === undefined && meta.begun && scan.damage === undefined) {
    return { kind: "amnesia", why: "the log is gone" };
  }
  if (life?.durability === "memory") return { kind: "amnesia", why: "the log was kept in memory only" };
  if (life?.durability === "os" && life.bootId !== bootId && !(scan.stopped && scan.damage === undefined)) {
    return { kind: "amnesia", why: "the machine went down before the log was on its disk (durability os)" };
  }
  if (scan.damage !== undefined) {
    if (!rebuild) throw scan.damage;
    return { kind: "amnesia", why: scan.damage.message };
  }
  if (scan.sequence === 0) {
    return meta.born === "fresh" ? { kind: "fresh" } : { kind: "amnesia", why: "the log before this one was lost" };
  }
  if (durability === "memory") return { kind: "amnesia", why: "the log is kept in memory only" };
  return { kind: "restart" };
}

/** The log began after another was lost, is all there, and nothing was said in it yet: it can be used as it is. */
function isUnspoken(scan: LogScan, meta: Meta): boolean {
  if (meta.born !== "amnesia" || scan.damage !== undefined || scan.sequence !== 0) return false;
  return scan.life === undefined ? !meta.begun : decodeLife(scan.life).durability !== "memory";
}

function encodeLife({ durability, bootId }: { readonly durability: Durability; readonly bootId: string }): Uint8Array {
  return Buffer.from(JSON.stringify({ durability, bootId }));
}

function decodeLife(bytes: Uint8Array): { readonly durability: Durability; readonly bootId: string } {
  return JSON.parse(Buffer.from(bytes).toString());
}

async function refuseLostMeta(files: Files, directory: string): Promise<void> {
  const left = (await files.list(directory)).filter(isData);
  if (left.length === 0) return;
  throw new StorageError(
    "corruption",
    `${directory} holds ${left.join(", ")} but no meta.json; restore that, or empty the directory to rebuild from peers`,
  );
}

/** What makes a directory a used one; a claim, a half-written meta or somebody's lost+found does not. */
function isData(name: string): boolean {
  return name === LOG_NAME || name === "meta.json" || STATE_NAME.test(name);
}

async function removeOldStates(files: Files, directory: string, incarnation: number): Promise<void> {
  for (const name of await files.list(directory)) {
    const match = STATE_NAME.exec(name);
    if (match !== null && Number(match[1]) !== incarnation) await files.remove(join(directory, name));
  }
}

function closeAll(scan: LogScan | undefined): void {
  for (const segment of [...(scan?.segments ?? []), ...(scan?.spares ?? [])]) segment.retire();
}
