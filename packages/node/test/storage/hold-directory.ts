// Opens a data directory, writes to its log, says so, and holds on until its parent kills it.
import { openDataDirectory } from "../../src/storage/index.ts";

const data = await openDataDirectory({
  directory: process.argv[2]!,
  genesisHash: new Uint8Array(32).fill(7),
  clusterId: "0123456789abcdef0123456789abcdef",
  durability: "fsync",
  tuning: { segmentBytes: 4096, reservedSegments: 1, softFreeBytes: 0, keepFreeBytes: 0 },
});
for (let sequence = 1; sequence <= 50; sequence++) {
  data.log.append([{ sequence, kind: "block", round: sequence, bytes: new Uint8Array(200).fill(sequence) }]);
  await data.log.sync();
}
process.stdout.write("held\n");
setInterval(() => undefined, 1000);
