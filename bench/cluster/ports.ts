// Ports for replicas: below those that the system gives to outgoing connections, which could take the port of a replica that
// is not there yet, or no more.
import { createServer } from "node:net";

const HOST = "127.0.0.1";
const PORTS_FROM = 14_000;
const PORTS_TO = 32_000;
/** Test files that run side by side look in different parts: what two find free at the same moment, only one gets. */
const PARTS = 6;
/** Replica i of a local cluster has these plus i, and plus the offset: its Redis door, its HTTP door, its peers. */
const LOCAL_BASES = [7_000, 8_000, 9_000];

/** Ports in a row that nobody listens on. A stranger may take one before we do; then a replica says so. */
export async function freePorts(count: number): Promise<readonly number[]> {
  return await findFree(count, (first) => Array.from({ length: count }, (_, index) => first + index));
}

/** A `--port-offset` at which a local cluster of so many replicas has all its ports. */
export async function freeOffset(replicas: number): Promise<number> {
  const lowest = Math.min(...LOCAL_BASES) + 1;
  const steps = LOCAL_BASES.flatMap((base) =>
    Array.from({ length: replicas }, (_, index) => base + 1 + index - lowest),
  );
  const [first = 0] = await findFree(Math.max(...steps) + 1, (from) => steps.map((step) => from + step));
  return first - lowest;
}

async function findFree(width: number, portsFrom: (first: number) => readonly number[]): Promise<readonly number[]> {
  const { from, to } = ownPart();
  for (;;) {
    const ports = portsFrom(from + Math.floor(Math.random() * (to - from - width)));
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return ports;
  }
}

function ownPart(): { readonly from: number; readonly to: number } {
  const worker = process.env["VITEST_POOL_ID"];
  if (worker === undefined) return { from: PORTS_FROM, to: PORTS_TO };
  const width = (PORTS_TO - PORTS_FROM) / PARTS;
  const from = PORTS_FROM + (Number(worker) % PARTS) * width;
  return { from, to: from + width };
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
