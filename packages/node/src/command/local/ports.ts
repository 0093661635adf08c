// Whether the ports of a local cluster are free, asked before anything starts: a replica that cannot listen would only say
// so in its own log.
import { createServer } from "node:net";
import { type Address, printAddress } from "../../config/address.ts";
import type { LocalMember } from "./open-local-cluster.ts";

/** A port that somebody else has. */
export class PortError extends Error {
  override readonly name: string = "PortError";
  readonly code: "port-taken" = "port-taken";
}

/** Throws with every port that cannot be had. */
export async function refuseTakenPorts(members: readonly LocalMember[]): Promise<void> {
  const taken: string[] = [];
  for (const { name, redis, http, peer } of members) {
    for (const [what, address] of [
      ["the Redis door", redis],
      ["the HTTP door", http],
      ["the peers", peer],
    ] as const) {
      const reason = await refusal(address);
      if (reason !== undefined) taken.push(`${printAddress(address)}, for ${what} of ${name} (${reason})`);
    }
  }
  if (taken.length === 0) return;
  const shown = taken.slice(0, 4).join("; ");
  const more = taken.length > 4 ? `; and ${taken.length - 4} more` : "";
  throw new PortError(
    `cannot listen on ${shown}${more}. Stop what listens there, or move all ports of this cluster: --port-offset 100`,
  );
}

function refusal({ host, port }: Address): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
