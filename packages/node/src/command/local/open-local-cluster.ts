// The cluster behind `quorate local`: made anew where the directory is empty, gone on with where it holds one.
//
// The law it keeps: what stands in the directory is never changed. Flags that ask for another cluster are refused; ports
// and durability may differ from one time to the next, and are passed on to the replicas as flags.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { defaultCrash, type FaultBounds, type Genesis } from "@quorate/core";
import type { Address } from "../../config/address.ts";
import { printAddress } from "../../config/address.ts";
import { readGenesis } from "../../config/genesis-file.ts";
import { CONFIG_FILE, GENESIS_FILE, makeCluster } from "../../config/new-cluster.ts";
import { type ConfigProblem, ConfigProblems } from "../../config/problem.ts";
import type { Durability } from "../../storage/data-directory.ts";

export interface LocalMember {
  readonly name: string;
  readonly peer: Address;
  readonly redis: Address;
  readonly http: Address;
  /** Settings that are passed on, by key. */
  readonly flags: ReadonlyMap<string, string>;
  readonly config: string;
  readonly log: string;
}

export interface LocalClusterFiles {
  readonly directory: string;
  readonly genesis: Genesis;
  readonly members: readonly LocalMember[];
  /** It was there before. */
  readonly isOld: boolean;
}

export interface LocalClusterRequest {
  readonly directory: string;
  readonly replicas: number | undefined;
  readonly byzantine: number | undefined;
  readonly crash: number | undefined;
  readonly durability: Durability | undefined;
  readonly portOffset: number | undefined;
}

const REPLICAS = 5;
const HOST = "127.0.0.1";

export async function openLocalCluster(request: LocalClusterRequest): Promise<LocalClusterFiles> {
  const { directory, durability, portOffset = 0 } = request;
  const path = join(directory, GENESIS_FILE);
  const isOld = existsSync(path);
  const genesis = isOld ? readGenesis(await readFile(path, "utf8"), path) : await make(request);
  if (isOld) refuseAnother(genesis, request);
  const places = genesis.members.map(({ name }, index) => ({ name, ...portsOf(index, portOffset) }));
  const addresses = places.map(({ name, peer }) => `${name}=${printAddress(peer)}`).join(",");
  const members = places.map((place): LocalMember => {
    const folder = join(directory, place.name);
    const flags = new Map([
      ["peers.listen", printAddress(place.peer)],
      ["peers.addresses", addresses],
      ["redis.listen", printAddress(place.redis)],
      ["http.listen", printAddress(place.http)],
    ]);
    if (durability !== undefined) flags.set("durability", durability);
    return { ...place, flags, config: join(folder, CONFIG_FILE), log: join(folder, "log.jsonl") };
  });
  return { directory, genesis, members, isOld };
}

function make(request: LocalClusterRequest): Promise<Genesis> {
  const { directory, durability = "fsync", portOffset = 0, replicas = REPLICAS } = request;
  const members = Array.from({ length: replicas }, (_, index) => {
    return { name: `r${index + 1}`, stake: 1, ...portsOf(index, portOffset) };
  });
  return makeCluster({ directory, members, fault: faultOf(replicas, request), durability });
}

function faultOf(count: number, { byzantine = 0, crash }: LocalClusterRequest): FaultBounds {
  return { byzantine, crash: crash ?? defaultCrash(count, byzantine) };
}

function portsOf(index: number, offset: number) {
  const at = (base: number): Address => ({ host: HOST, port: base + offset + index + 1 });
  return { redis: at(7_000), http: at(8_000), peer: at(9_000) };
}

function refuseAnother({ members, fault }: Genesis, request: LocalClusterRequest): void {
  const { directory, replicas, byzantine, crash } = request;
  const problems: ConfigProblem[] = [];
  for (const [flag, asked, is] of [
    ["replicas", replicas, members.length],
    ["byzantine", byzantine, fault.byzantine],
    ["crash", crash, fault.crash],
  ] as const) {
    if (asked === undefined || asked === is) continue;
    const what = `${asked}, but the cluster in ${directory} was made with ${is}; leave the flag out to go on with it, or name another --dir`;
    problems.push({ key: flag, where: `--${flag}`, what });
  }
  if (problems.length > 0) throw new ConfigProblems(problems);
}
