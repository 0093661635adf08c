// One process a data directory. The claim is a listening socket in the directory: the kernel drops it with the process,
// however that ends, and answers for the living across process and network namespaces, where a file with a process id
// in it would lie.
//
// A dead claim is cleared by one process at a time: who clears holds a second socket whose name lives in the kernel alone
// (Linux; elsewhere, and between network namespaces, two that clear at the same moment are not kept apart). Nobody
// else ever removes a claim that is not its own, so what was found dead is still the dead one when it goes.
import { randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { link, rm, stat } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { StorageError } from "./storage-error.ts";

const NAME = "lock";
const ATTEMPTS_MAX = 50;
const CLEARING_MS = 20;
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
    if (await tryLink(join(directory, own), path)) return;
    if (await answers(join(short, NAME))) break;
    const clearing = await tryClearing(directory);
    if (clearing === undefined) {
      // Somebody else clears it; what comes of that shows in a moment.
      await new Promise((resolve) => setTimeout(resolve, CLEARING_MS));
      continue;
    }
    try {
      // It may have been cleared and claimed again before this turn.
      if (await answers(join(short, NAME))) break;
      await rm(path, { force: true });
      if (await tryLink(join(directory, own), path)) return;
    } finally {
      clearing.close();
    }
  }
  throw new StorageError(
    "data-directory-in-use",
    `${directory} is in use by another process; stop that one, or choose another data directory`,
  );
}

/** Puts a name on a file unless the name is taken. */
async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** The turn to clear a dead claim; undefined while another process has it. */
async function tryClearing(directory: string): Promise<{ close(): void } | undefined> {
  if (process.platform !== "linux") return { close: () => undefined };
  const { dev, ino } = await stat(directory);
  try {
    return await listen(`\0quorate-clearing-${dev}-${ino}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw error;
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
