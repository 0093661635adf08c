// What can go wrong between a replica and its disk. The codes are a contract: the command turns them into exit codes, and
// the driver decides by them whether to stop, to rebuild from peers or to let doors refuse.

import { StoreFailure } from "@quorate/machine";

export type StorageErrorCode =
  /** The directory belongs to another cluster, or was never made. */
  | "configuration"
  /** Written by a version that this one cannot read. */
  | "version"
  /** Something that was promised durable is not there any more, or is not what was written. */
  | "corruption"
  | "data-directory-in-use"
  | "disk-full"
  /** The device refused. What is durable is not known any more, so the log takes nothing from then on. */
  | "storage-failed";

/** A failure of the store too: no command that meets one is answered for it. */
export class StorageError extends StoreFailure {
  override readonly name: string = "StorageError";
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** Who meets it stops, or does not start. */
export const FULL_TODO = "free some space, then start the replica again";

/** Gives an error of the device its place. A full disk can pass, anything else cannot be trusted again; our bugs stay bugs. */
export function deviceError(what: string, cause: unknown): unknown {
  const code = (cause as { readonly code?: unknown } | null)?.code;
  if (cause instanceof StorageError || typeof code !== "string" || !/^E[A-Z0-9]+$/.test(code)) return cause;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new StorageError("disk-full", `${what}: no space left; ${FULL_TODO}`, cause);
  }
  return new StorageError("storage-failed", `${what}: ${String(cause)}; look at the device, then start again`, cause);
}

export function isDiskFull(error: unknown): boolean {
  return error instanceof StorageError && error.code === "disk-full";
}
