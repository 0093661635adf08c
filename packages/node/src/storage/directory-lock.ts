// One process a data directory. The claim is a listening socket in the directory: the kernel drops it with the process,
// however that ends, and answers for the living across process and network namespaces, where a file with a process id
// in it would lie.
//
// A dead claim is moved aside before it is removed, and its inode compared: two that clear it at once cannot take each
// other's fresh claim for the dead one.
import { randomBytes } from "node:crypto";
import { closeSync, openSync, statSync } from "node:fs";
import { link, rename, rm, stat } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { StorageError } from "./storage-error.ts";

const NAME = "lock";
const ATTEMPTS_MAX = 8;
/** Socket addresses have little room (104 bytes on macOS); on Linux an open directory has a short name. */
const ADDRESS_BYTES_MAX = 100;

export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const handle = openSync(directory, "r");
  const short = process.platform === "linux" ? `/proc/self/fd/${handle}` : directory;
  const own = `${NAME}.${process.pid}.${randomBytes(4).toString("hex")}`;
  const path = join(directory, NAME);
  try {
    if (Buffer.byteLength(join(short, own)) > ADDRESS_BYTES_MAX) {
      throw new StorageError("configuration", `the path ${directory} is too long for its lock; choose a shorter one`);
    }
    const server = await listen(join(short, own));
    try {
      await claim(directory, short, own);
    } catch (error) {
      server.close();
      throw error;
    } finally {
      await rm(join(directory, own), { force: true });
    }
    return async () => {
      await rm(path, { force: true });
      await new Promise<void>((resolve) => server.close(() => resolve()));
      closeSync(handle);
    };
  } catch (error) {
    closeSync(handle);
    throw error;
  }
}

async function claim(directory: string, short: string, own: string): Promise<void> {
  const path = join(directory, NAME);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    try {
      await link(join(directory, own), path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const found = await inodeOf(path);
    if (found === undefined) continue;
    if (await answers(join(short, NAME))) break;
    const aside = join(directory, `${own}.dead`);
    try {
      await rename(path, aside);
    } catch {
      continue;
    }
    if (statSync(aside).ino === found) await rm(aside, { force: true });
    // Somebody was quicker, and this is a living claim: it goes back to where it was.
    else await rename(aside, path);
  }
  throw new StorageError(
    "data-directory-in-use",
    `${directory} is in use by another process; stop that one, or choose another data directory`,
  );
}

async function inodeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ino;
  } catch {
    return undefined;
  }
}

function listen(address: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", reject);
    server.listen(address, () => {
      // The claim alone keeps no process alive.
      server.unref();
      resolve(server);
    });
  });
}

/** Whether somebody listens there. Anything but a plain refusal counts as yes. */
function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT");
    });
  });
}
