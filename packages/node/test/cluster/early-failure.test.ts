// What a replica rests on fails before the replica is there: while its links are opened, while its doors are, while it
// begins anew. It ends then, with the reason, and leaves nothing behind.
import { rmSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import type { Door } from "../../src/doors/door.ts";
import { createLocalCluster, type LocalCluster } from "../../src/local-cluster.ts";
import type { RunningReplica } from "../../src/running-replica.ts";
import { type Files, nodeFiles, type OpenFile, StorageError } from "../../src/storage/index.ts";
import { SILENT } from "../../src/telemetry/log.ts";
import { write } from "../power/ask.ts";

/** The same files; each sync asks first whether it may. */
function checked(files: Files, check: () => void): Files {
  const wrap = (file: OpenFile): OpenFile => ({
    size: file.size,
    write: (bytes, position) => file.write(bytes, position),
    writeLater: (bytes, position) => file.writeLater(bytes, position),
    read: (into, position) => file.read(into, position),
    sync: async () => {
      check();
      await file.sync();
    },
    close: () => file.close(),
  });
  return {
    ...files,
    create: async (path) => wrap(await files.create(path)),
    open: async (path) => wrap(await files.open(path)),
  };
}

interface Subject {
  readonly cluster: LocalCluster;
  /** Called before each sync of the disk, which throws what this throws. */
  syncing: () => void;
  /** Waited for before links are open. */
  opening: () => Promise<void>;
  openDoors: (replica: RunningReplica) => Promise<readonly Door[]>;
  /** Called when the replica says that it failed. */
  failed: () => void;
  transportsOpen: number;
}

/** One member, which runs. */
async function subject(): Promise<Subject> {
  const own: Omit<Subject, "cluster"> = {
    syncing: () => undefined,
    opening: async () => undefined,
    openDoors: async () => [],
    failed: () => undefined,
    transportsOpen: 0,
  };
  const cluster = await createLocalCluster({
    replicas: 1,
    files: checked(nodeFiles, () => own.syncing()),
    log: { ...SILENT, error: (_, text) => (text === "the replica failed" ? own.failed() : undefined) },
    openDoors: (replica) => own.openDoors(replica),
    wrapTransport: (transport) => {
      let isOpen = false;
      return {
        async open(events) {
          own.transportsOpen += 1;
          isOpen = true;
          await own.opening();
          await transport.open(events);
        },
        send: (...frame) => transport.send(...frame),
        async close() {
          await transport.close();
          if (isOpen) own.transportsOpen -= 1;
          isOpen = false;
        },
      };
    },
  });
  onTestFinished(() => cluster.close());
  return Object.assign(own, { cluster });
}

function brokenDevice(): never {
  throw Object.assign(new Error("the device is gone"), { code: "EIO" });
}

/** Nothing of it is left: it can be started again. */
async function startsAgain(own: Subject): Promise<void> {
  expect(own.transportsOpen).toBe(0);
  own.syncing = () => undefined;
  own.opening = async () => undefined;
  own.openDoors = async () => [];
  await own.cluster.start(0);
}

it("a disk that fails while links are opened ends the replica, which opens no doors", async () => {
  const own = await subject();
  await own.cluster.stop(0);
  // Without its past it has something to write down in its first turn.
  rmSync(own.cluster.directoryOf(0), { recursive: true });
  let doors = 0;
  own.openDoors = async () => {
    doors += 1;
    return [];
  };
  own.opening = () => {
    own.syncing = brokenDevice;
    return new Promise((resolve) => (own.failed = resolve));
  };
  await expect(own.cluster.start(0)).rejects.toMatchObject({ code: "storage-failed" });
  expect(doors).toBe(0);
  await startsAgain(own);
});

it("a disk that fails while doors are opened ends the replica, and the doors", async () => {
  const own = await subject();
  await own.cluster.stop(0);
  let closed = 0;
  own.openDoors = async (replica) => {
    own.syncing = brokenDevice;
    void write(replica, "SET k 1");
    await replica.stopped;
    const close = async (): Promise<void> => void (closed += 1);
    return [{ name: "door", address: "nowhere", connections: 0, close, renewCertificate: () => undefined }];
  };
  await expect(own.cluster.start(0)).rejects.toMatchObject({ code: "storage-failed" });
  expect(closed).toBe(1);
  await startsAgain(own);
});

it("a replica that is closed while it begins anew is closed when nothing of the new life is left", async () => {
  const own = await subject();
  let open = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    own.opening = () => {
      resolve();
      return new Promise((opened) => (open = opened));
    };
  });
  own.syncing = () => {
    own.syncing = () => undefined;
    throw new StorageError("corruption", "rotten");
  };
  void write(own.cluster.replica(0), "SET k 1");
  await begun;
  let isClosed = false;
  const closing = own.cluster.stop(0).then(() => (isClosed = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isClosed).toBe(false);
  open();
  await closing;
  await startsAgain(own);
});
