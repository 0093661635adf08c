// Every adapter of the transport port is held to the same laws: TLS on the loopback, and links within the process.
import { setTimeout as sleep } from "node:timers/promises";
import { transportConformance } from "@quorate/sim/conformance";
import { describe, it } from "vitest";
import { createMemoryHub } from "../../src/transport/memory-hub.ts";
import { TEST_TUNING, TlsCluster } from "./tls-cluster.ts";

const PAUSE_MS = 10;
const pause = async (): Promise<void> => {
  await sleep(PAUSE_MS);
};

describe("the transport over TLS", () => {
  const subject = {
    pause,
    create: async (members: number) => {
      const cluster = new TlsCluster(members);
      await cluster.relay();
      return Object.assign(cluster, {
        queueBytesMax: TEST_TUNING.queueBytesMax,
        silentPauses: (2 * TEST_TUNING.silenceMs) / PAUSE_MS,
      });
    },
  };
  for (const { name, run } of transportConformance(subject)) it(name, run);
});

describe("the transport within one process", () => {
  const subject = {
    pause,
    create: (members: number) => {
      const queueBytesMax = 8 * 1024 * 1024;
      const hub = createMemoryHub({ members, noticeMs: 50, queueBytesMax });
      return {
        transport: (member: number) => hub.transport(member),
        cut: (from: number, to: number) => hub.cut({ from, to }),
        heal: (from: number, to: number) => hub.heal({ from, to }),
        queueBytesMax,
        silentPauses: 20,
        close: async () => {},
      };
    },
  };
  for (const { name, run } of transportConformance(subject)) it(name, run);
});
