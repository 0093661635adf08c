// Ports for replicas that are killed and come back: below those that the system gives to outgoing connections, which could
// take the port of a dead replica.
import { createServer } from "node:net";

const HOST = "127.0.0.1";
const PORTS_FROM = 14_000;
const PORTS_TO = 32_000;

/** Ports in a row that nobody listens on. Somebody may take one before we do; then a replica says so. */
export async function freePorts(count: number): Promise<readonly number[]> {
  for (;;) {
    const first = PORTS_FROM + Math.floor(Math.random() * (PORTS_TO - PORTS_FROM - count));
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return ports;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const isListening = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, HOST, () => resolve(true));
  });
  if (isListening) await new Promise((resolve) => server.close(resolve));
  return isListening;
}
