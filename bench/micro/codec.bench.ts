// What it costs to read and write a block, and how large its header is: a full set of parents, a commit vote, no
// commands. Hash and signature are the simulator's toy, so the figures are the codec's own; add one verification of a
// signature for every signed block in production.
//
//   node --conditions=@quorate/source --import tsx bench/micro/codec.bench.ts
import { pathToFileURL } from "node:url";
import {
  type BlockContent,
  type BlockContext,
  canonicalParents,
  createCommittee,
  createToyCrypto,
  DEFAULT_LIMITS,
  decodeBlock,
  encodeBlock,
  type FaultBounds,
} from "@quorate/core";
import { do_not_optimize, measure } from "mitata";
import { againstSmallest, type Growth } from "./growth.ts";

export interface CodecRow {
  readonly name: string;
  /** Members. */
  readonly n: number;
  readonly nsPerBlock: number;
  readonly bytesPerBlock: number;
}

const SIZES = [4, 20, 100];

/** One row for each direction, fault model and size of the committee. */
export async function benchCodec(): Promise<readonly (CodecRow & Growth)[]> {
  const rows: (CodecRow & Growth)[] = [];
  for (const mode of ["crash", "byzantine"] as const) {
    for (const way of ["decode", "encode"] as const) {
      const some: CodecRow[] = [];
      for (const n of SIZES) some.push(await measureCodec(way, mode, n));
      rows.push(...againstSmallest(some, ({ nsPerBlock }) => nsPerBlock));
    }
  }
  return rows;
}

async function measureCodec(way: "decode" | "encode", mode: "crash" | "byzantine", n: number): Promise<CodecRow> {
  const fault =
    mode === "crash"
      ? { crash: Math.floor((n - 1) / 2), byzantine: 0 }
      : { crash: 0, byzantine: Math.floor((n - 1) / 3) };
  const context = contextOf(n, fault);
  const content = contentOf(n, mode === "byzantine");
  const { bytes } = encodeBlock(content, context);
  const work = way === "decode" ? () => decodeBlock(bytes, context) : () => encodeBlock(content, context);
  const { p50 } = await measure(() => do_not_optimize(work()), { min_cpu_time: 100 * 1e6 });
  return { name: `${way} ${mode}`, n, nsPerBlock: Math.round(p50), bytesPerBlock: bytes.length };
}

function contextOf(n: number, fault: FaultBounds): BlockContext {
  const members = Array.from({ length: n }, (_, index) => ({
    name: `m${index}`,
    stake: 1,
    publicKey: new Uint8Array(0),
  }));
  return {
    committee: createCommittee({ members, fault }),
    limits: DEFAULT_LIMITS,
    crypto: createToyCrypto({ self: 0, seed: 1 }),
    genesisHash: new Uint8Array(32).fill(1),
  };
}

function contentOf(n: number, signed: boolean): BlockContent {
  const round = 300_000;
  const parents = Array.from({ length: n }, (_, author) => ({
    round: round - 1,
    author,
    digest: signed ? author.toString(16).padStart(64, "0") : "",
  }));
  return {
    epoch: 0,
    author: 0,
    round,
    parents: canonicalParents(parents, 0),
    timestamp: 1_795_000_000_000,
    recovered: false,
    commitVote: { index: 300_000, digest: "5a".repeat(signed ? 32 : 8) },
    evidence: [],
    payload: [],
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.table(await benchCodec());
}
