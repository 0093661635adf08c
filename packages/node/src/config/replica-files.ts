// The files that a configuration names, read and held against one another: is this key that member's, does every other
// member have an address, may others read the key. Asked before anything opens, and all told at once.
import type { KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { equalBytes, type Genesis } from "@quorate/core";
import { nearest } from "../command/nearest.ts";
import { KeyError } from "../crypto/key-error.ts";
import { publicKeyOf, readPrivateKey } from "../crypto/keys.ts";
import { certificateProblem } from "../doors/certificates.ts";
import { readGenesis } from "./genesis-file.ts";
import type { EffectiveSetting, LoadedConfig } from "./load-config.ts";
import { type ConfigProblem, ConfigProblems } from "./problem.ts";
import type { DoorConfig, TlsFiles } from "./replica-config.ts";
import { variableOf } from "./settings.ts";

/** Certificate chain and private key, as PEM. */
export interface TlsPair {
  readonly certificate: string;
  readonly key: string;
}

export interface ReplicaFiles {
  readonly genesis: Genesis;
  readonly privateKey: KeyObject;
  readonly tls: { readonly redis: TlsPair | undefined; readonly http: TlsPair | undefined };
}

/** Reads them, or throws `ConfigProblems`. */
export async function readReplicaFiles({ config, settings }: LoadedConfig): Promise<ReplicaFiles> {
  const problems: ConfigProblem[] = [];
  const origin = (key: string) => settings.find((one: EffectiveSetting) => one.key === key)?.origin ?? "";
  const problem = (key: string, what: string) => void problems.push({ key, where: origin(key), what });
  const read = async (key: string, path: string): Promise<string | undefined> => {
    try {
      return await readFile(path, "utf8");
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
      problem(key, `${path} ${isMissing ? "is not there" : `cannot be read (${String(error)})`}; ${remedy(key)}`);
      return undefined;
    }
  };
  const readPair = async (door: "redis" | "http", of: DoorConfig | undefined): Promise<TlsPair | undefined> => {
    const files: TlsFiles | undefined = of?.tls;
    if (files === undefined) return undefined;
    const certificate = await read(`${door}.tls.certificate`, files.certificate);
    const key = await read(`${door}.tls.key`, files.key);
    if (certificate === undefined || key === undefined) return undefined;
    const why = certificateProblem({ cert: certificate, key });
    if (why === undefined) return { certificate, key };
    const what = `${files.certificate} cannot be shown to clients with the key in ${files.key} (${why})`;
    problem(`${door}.tls.certificate`, `${what}; put a certificate chain and its own private key there, both as PEM`);
    return undefined;
  };

  const genesisText = await read("genesis", config.genesis);
  const genesis = genesisText === undefined ? undefined : readGenesis(genesisText, config.genesis);
  const privateKey = await readPrivateKey(config.key).catch((error: unknown) => {
    if (!(error instanceof KeyError)) throw error;
    problem("key", error.message);
    return undefined;
  });
  if (genesis !== undefined) checkMember(genesis, privateKey);
  const tls = { redis: await readPair("redis", config.redis), http: await readPair("http", config.http) };
  if (problems.length > 0 || genesis === undefined || privateKey === undefined) throw new ConfigProblems(problems);
  return { genesis, privateKey, tls };

  function checkMember({ members }: Genesis, key: KeyObject | undefined): void {
    const names = members.map(({ name }) => name);
    const self = members.find(({ name }) => name === config.member);
    if (self === undefined) {
      const near = nearest(config.member, names);
      const todo = near === undefined ? `its members are ${names.join(", ")}` : `did you mean ${near}?`;
      problem("member", `the genesis has no member ${config.member}; ${todo}`);
    } else if (key !== undefined && !equalBytes(publicKeyOf(key), self.publicKey)) {
      const owner = members.find(({ publicKey }) => equalBytes(publicKey, publicKeyOf(key)));
      const whose = owner === undefined ? "nobody's in this genesis" : `${owner.name}'s`;
      problem("key", `${config.key} is ${whose}, not ${config.member}'s; ${remedy("key")}`);
    }
    const { addresses } = config.peers;
    for (const name of names) {
      if (name === config.member || addresses.has(name)) continue;
      const ways = `add ${name}: host:port in the file, or ${name}=host:port to ${variableOf("peers.addresses")}`;
      problem(`peers.addresses.${name}`, `missing, and ${config.member} has to reach every member; ${ways}`);
    }
    for (const name of addresses.keys()) {
      if (names.includes(name)) continue;
      const near = nearest(name, names);
      const todo = near === undefined ? `its members are ${names.join(", ")}` : `did you mean ${near}?`;
      problem(`peers.addresses.${name}`, `the genesis has no member ${name}; ${todo}`);
    }
  }
}

function remedy(key: string): string {
  if (key === "genesis") return "copy the genesis.json that quorate init wrote, the same for every member";
  if (key === "key") return "copy this member's key.pem from where quorate init wrote it";
  return "check the path";
}
