// A disk that takes its time over syncs while a test wants it to, under one folder: what a replica does ahead of its log
// shows only where the log is slow.
import type { Files, OpenFile } from "../../src/storage/index.ts";
import { pause } from "./ask.ts";

export interface Slowness {
  directory: string;
  syncMs: number;
}

export function slowFiles(files: Files, slowness: Slowness): Files {
  const wrap = (path: string, file: OpenFile): OpenFile => ({
    size: file.size,
    write: (bytes, position) => file.write(bytes, position),
    writeLater: (bytes, position) => file.writeLater(bytes, position),
    read: (into, position) => file.read(into, position),
    async sync() {
      if (slowness.syncMs > 0 && path.startsWith(slowness.directory)) await pause(slowness.syncMs);
      await file.sync();
    },
    close: () => file.close(),
  });
  return {
    ...files,
    create: async (path) => wrap(path, await files.create(path)),
    open: async (path) => wrap(path, await files.open(path)),
  };
}
