// Stages and keeps snapshots of one piece where the system takes only a part of it, and says what came of it.
import { Snapshots } from "../../src/driver/snapshots.ts";
import { SILENT } from "../../src/telemetry/log.ts";

const codeOf = (cause: unknown): unknown => (cause as { readonly code?: unknown }).code;
const tell = (what: string): boolean => process.stdout.write(`${what}\n`);

const bytes = new Uint8Array(1500).fill(1);
const snapshots = new Snapshots({
  directory: process.argv[2]!,
  room: () => Number.POSITIVE_INFINITY,
  log: { ...SILENT, warn: (facts) => tell(`keeping: ${codeOf((facts as { readonly cause?: unknown }).cause)}`) },
});
try {
  snapshots.stage({ index: 1, offset: 0, total: bytes.length, bytes });
  tell("staging: whole");
} catch (error) {
  tell(`staging: ${codeOf(error)}`);
}
snapshots.keep({ index: 1, digest: "", pieces: [bytes], close: () => undefined });
snapshots.read({ to: 1, index: 1, offset: 0 }, () => tell("keeping: whole"));
