// Flips bits in copies of a state, one after the other, and says what an opener finds: a program of its own, because LMDB
// may end whoever reads the worst of them. It prints the number of each flip before it looks, and then what came of it.
//
//   found      the state is refused
//   harmless   the state is what it was, or what it was at an earlier commit
//   WRONG      the state is taken for sound and says something else
import { cpSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createMachine, fastDigester, type Reply } from "@quorate/machine";
import { createRng } from "@quorate/sim";
import { LmdbStore } from "../../src/store/index.ts";
import { plain, wordsOf } from "./ask.ts";

const [pristine = "", scratch = "", from = "", to = ""] = process.argv.slice(2);
const expected = JSON.parse(readFileSync(join(pristine, "..", "expected.json"), "utf8")) as {
  readonly genesisHash: string;
  readonly index: number;
  readonly digest: string;
  readonly values: Readonly<Record<string, string>>;
};
const genesisHash = new Uint8Array(Buffer.from(expected.genesisHash, "hex"));
const say = (line: string): void => {
  writeSync(1, `${line}\n`);
};

for (let flip = Number(from); flip < Number(to); flip++) {
  say(`flip ${flip}`);
  rmSync(scratch, { recursive: true, force: true });
  cpSync(pristine, scratch, { recursive: true });
  spoil(join(scratch, "data.mdb"), flip);
  say(await look());
}

/** Mostly where something is written, often in the pages that tell where the others are. */
function spoil(path: string, flip: number): void {
  const rng = createRng(`flip ${flip}`);
  const bytes = readFileSync(path);
  const last = rng.chance(0.3) ? 3 * 4096 : bytes.length;
  let at = rng.integer(last);
  for (let tries = 0; bytes[at] === 0 && tries < 100; tries++) at = rng.integer(last);
  bytes[at]! ^= 1 << rng.integer(8);
  writeFileSync(path, bytes);
}

async function look(): Promise<string> {
  let store: LmdbStore | undefined;
  try {
    store = LmdbStore.open({ path: scratch, genesisHash });
    const machine = createMachine({ store, digester: fastDigester, families: [] });
    if (!machine.scrub()) return "found";
    for (let next: string | undefined = ""; next !== undefined; ) next = store.scrub(next, 100);
    // The content hash vouches for what is older; what is as new as it was can be compared.
    if (machine.index < expected.index) return "harmless";
    const keys = Object.keys(expected.values);
    const { reply } = machine.query(wordsOf(`MGET ${keys.join(" ")}`), 0) as { readonly reply: Reply };
    const isSame = machine.index === expected.index && machine.digest === expected.digest;
    const isServed = (plain(reply) as unknown[]).every((value, at) => value === expected.values[keys[at]!]);
    return isSame && isServed ? "harmless" : "WRONG";
  } catch {
    return "found";
  } finally {
    await store?.close().catch(() => undefined);
  }
}
