// The file layer under the block log. It is small so that tests can put another one in its place: one that keeps writes
// in memory until they are synced and can lose power between any two of them.
//
// The law it keeps: bytes are durable only after a `sync` of their file that began after they were written, and a name
// (made, changed or removed) only after a `syncDirectory` of its folder.

export interface OpenFile {
  /** Bytes when it was opened or made. */
  readonly size: number;
  /** Hands all the bytes to the operating system before it returns. */
  write(bytes: Uint8Array, position: number): void;
  /** The same without holding up the caller: for bulk that nobody waits for. */
  writeLater(bytes: Uint8Array, position: number): Promise<void>;
  /** Fills `into` from that position; answers how much there was. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Makes everything written so far durable, the size included. */
  sync(): Promise<void>;
  /** May be called twice. */
  close(): void;
}

export interface Files {
  /** Makes an empty file, also where there was one. */
  create(path: string): Promise<OpenFile>;
  open(path: string): Promise<OpenFile>;
  /** Names in a folder, sorted; none where there is no folder. */
  list(directory: string): Promise<string[]>;
  /** Makes a folder and those above it that are missing; answers the uppermost that it made. */
  makeDirectory(path: string): Promise<string | undefined>;
  /** Replaces what stands at `to`. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a folder with all that is in it; nothing there is fine. */
  remove(path: string): Promise<void>;
  syncDirectory(path: string): Promise<void>;
  /** What this process may still write; asked on the spot, because who is about to write wants to know. */
  freeBytes(directory: string): number;
  /** Claims a folder for this process until the answer is called, or the process ends. Refuses if another one has it. */
  lock(directory: string): Promise<() => Promise<void>>;
}

/** The whole content of a file. */
export async function readAll(file: OpenFile): Promise<Buffer> {
  const bytes = Buffer.alloc(file.size);
  const length = await file.read(bytes, 0);
  return bytes.subarray(0, length);
}
