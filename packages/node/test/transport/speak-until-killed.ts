// One member in a process of its own: echoes every frame, and says on standard output what it is told. Gets the keys, the
// ports and its index as JSON; ends when its parent ends it.
import { createPrivateKey } from "node:crypto";
import { createTlsTransport } from "../../src/transport/index.ts";
import { TEST_TUNING } from "./tls-cluster.ts";

const { address, boot, genesis, key, self } = JSON.parse(process.argv[2]!);
const transport = createTlsTransport({
  self,
  genesis: {
    clusterId: genesis.clusterId,
    members: genesis.members.map((name: string, index: number) => ({
      name,
      stake: 1,
      publicKey: Uint8Array.from(Buffer.from(genesis.keys[index], "hex")),
    })),
  },
  genesisHash: new Uint8Array(32).fill(9),
  boot,
  privateKey: createPrivateKey(key),
  listen: { host: "127.0.0.1", port: 0 },
  addressOf: () => address,
  tuning: TEST_TUNING,
});
const say = (what: string): boolean => process.stdout.write(`${what}\n`);
await transport.open({
  up: (peer) => say(`up ${peer}`),
  down: (peer) => say(`down ${peer}`),
  frame: (from, bytes) => transport.send(from, "blocks", bytes),
});
say(`port ${transport.port}`);
