// Every canary, in the order of the rules that they break: those of the core, then those of the toy machine.
import { AMNESIA } from "./amnesia.ts";
import type { Canary } from "./canary.ts";
import { EXPIRY } from "./expiry.ts";
import { JUMP } from "./jump.ts";
import { READ_QUORUM } from "./read-quorum.ts";
import { REFUSED_CHAIN } from "./refused-chain.ts";
import { THRESHOLDS_BYZANTINE } from "./thresholds-byzantine.ts";
import { THRESHOLDS_CRASH } from "./thresholds-crash.ts";
import { TIE_BY_ARRIVAL } from "./tie-by-arrival.ts";
import { UNBENDING } from "./unbending.ts";
import { VOTE_BEFORE_SYNC } from "./vote-before-sync.ts";

export const CANARIES: readonly Canary[] = [
  ...THRESHOLDS_CRASH,
  ...THRESHOLDS_BYZANTINE,
  TIE_BY_ARRIVAL,
  JUMP,
  VOTE_BEFORE_SYNC,
  ...READ_QUORUM,
  ...AMNESIA,
  ...REFUSED_CHAIN,
  UNBENDING,
  ...EXPIRY,
];
