// Listening, as every door does it: what keeps a door shut is told in words that say what to do.
import type { Server } from "node:net";
import { printAddress } from "../config/address.ts";
import type { Door, Listen } from "./door.ts";

/** A door cannot listen where it was told to. */
export class DoorError extends Error {
  override readonly name: string = "DoorError";
  readonly code = "listen-failed";

  constructor(door: Door["name"], listen: Listen, cause: NodeJS.ErrnoException) {
    const where = `${printAddress(listen)} (${cause.code ?? cause.message})`;
    super(`the ${door} door cannot listen on ${where}; free that address, or give this door another one`, { cause });
  }
}

/** Resolves when it listens. */
export function listenAt(
  where: Listen & { readonly backlog?: number },
  server: Server,
  door: Door["name"],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error): void => reject(new DoorError(door, where, cause));
    server.once("error", refuse);
    server.listen(where, () => {
      server.off("error", refuse);
      resolve();
    });
  });
}
