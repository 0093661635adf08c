// What a data directory is: whose, which life of it, and how that began. Small, readable, and replaced as a whole, so
// that after a crash it is either the old one or the new one.
//
// The law it keeps: only what `init` or `local` made can start a new history. That a replica has begun is on the device
// before it says its first word; a directory that begun and has no log is one that lost it.
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { FORMAT_VERSION, toHex } from "@quorate/core";
import { type Files, readAll } from "./files.ts";
import { StorageError } from "./storage-error.ts";

export interface ClusterIdentity {
  readonly genesisHash: Uint8Array;
  readonly clusterId: string;
}

export interface Meta {
  readonly incarnation: number;
  /** How this incarnation's log came to be: in a new cluster, or in the place of one that was lost. */
  readonly born: "fresh" | "amnesia";
  /** The log was opened once. */
  readonly begun: boolean;
}

const NAME = "meta.json";
const TEMPORARY_NAME = "meta.tmp";

/** The directory's meta, or undefined where there is none. Refuses that of another cluster or version. */
export async function readMeta(files: Files, directory: string, cluster: ClusterIdentity): Promise<Meta | undefined> {
  if (!(await files.list(directory)).includes(NAME)) return undefined;
  const path = join(directory, NAME);
  const file = await files.open(path);
  const bytes = await readAll(file);
  file.close();
  const { sum, ...content } = parse(bytes.toString("utf8"), path);
  if (sum !== sumOf(content)) throw rotten(path);
  if (content["formatVersion"] !== FORMAT_VERSION) {
    const found = String(content["formatVersion"]);
    throw new StorageError("version", `${path} has format ${found}, this program reads ${FORMAT_VERSION}`);
  }
  if (content["genesisHash"] !== toHex(cluster.genesisHash) || content["clusterId"] !== cluster.clusterId) {
    throw new StorageError(
      "configuration",
      `${directory} belongs to cluster ${String(content["clusterId"])}, not to ${cluster.clusterId}, or to another genesis of it; check the path`,
    );
  }
  return {
    incarnation: Number(content["incarnation"]),
    born: content["born"] === "fresh" ? "fresh" : "amnesia",
    begun: content["begun"] === true,
  };
}

export async function writeMeta(files: Files, directory: string, cluster: ClusterIdentity, meta: Meta): Promise<void> {
  const content = {
    formatVersion: FORMAT_VERSION,
    clusterId: cluster.clusterId,
    genesisHash: toHex(cluster.genesisHash),
    ...meta,
  };
  const file = await files.create(join(directory, TEMPORARY_NAME));
  try {
    file.write(Buffer.from(`${JSON.stringify({ ...content, sum: sumOf(content) }, undefined, 2)}\n`), 0);
    await file.sync();
  } finally {
    file.close();
  }
  await files.rename(join(directory, TEMPORARY_NAME), join(directory, NAME));
  await files.syncDirectory(directory);
}

function parse(text: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Falls through: what is not JSON is as rotten as what is not an object.
  }
  throw rotten(path);
}

function sumOf(content: Record<string, unknown>): number {
  return crc32(JSON.stringify(content));
}

function rotten(path: string): StorageError {
  return new StorageError(
    "corruption",
    `${path} is not what was written; restore it, or empty the directory to rebuild`,
  );
}
