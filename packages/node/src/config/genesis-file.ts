// The genesis as a file that people can read and compare: JSON, keys in hex. It is made once, is the same for all
// members, and holds no secret.
//
// The law it keeps: what is read back has the hash of what was written; a file that does not say everything, or says it
// about another version, is refused.
import { randomBytes } from "node:crypto";
import {
  type CommitteeOptions,
  checkLimits,
  createCommittee,
  DEFAULT_LIMITS,
  FORMAT_VERSION,
  fromHex,
  type Genesis,
  type Limits,
  toHex,
} from "@quorate/core";
import { z } from "zod";
import { type ConfigProblem, ConfigProblems } from "./problem.ts";

/** Version of what commands mean. Replicas of different ones must not share a log. */
export const MACHINE_VERSION = 1;

/** A new cluster: everything that its members will have to agree on. Throws a `ConfigurationError` for one that cannot work. */
export function newGenesis({ members, fault }: Pick<CommitteeOptions, "members" | "fault">): Genesis {
  createCommittee({ members, fault });
  return {
    clusterId: toHex(randomBytes(16)),
    formatVersion: FORMAT_VERSION,
    machineVersion: MACHINE_VERSION,
    members,
    fault,
    limits: DEFAULT_LIMITS,
  };
}

export function printGenesis({ members, ...genesis }: Genesis): string {
  const written = members.map(({ name, stake, publicKey }) => ({ name, stake, publicKey: toHex(publicKey) }));
  return `${JSON.stringify({ ...genesis, members: written }, undefined, 2)}\n`;
}

const WHOLE = z.int({ error: "give a whole number" }).nonnegative({ error: "give a whole number from 0" });
const LIMITS = z.strictObject(
  Object.fromEntries(Object.keys(DEFAULT_LIMITS).map((name) => [name, WHOLE])) as unknown as Record<
    keyof Limits,
    z.ZodInt
  >,
);
const SCHEMA = z.strictObject({
  clusterId: z.string().regex(/^[0-9a-f]{32}$/, { error: "give 16 bytes as hex" }),
  formatVersion: WHOLE,
  machineVersion: WHOLE,
  fault: z.strictObject({ crash: WHOLE, byzantine: WHOLE }),
  limits: LIMITS,
  members: z.array(
    z.strictObject({
      name: z.string(),
      stake: WHOLE,
      publicKey: z.string().regex(/^[0-9a-f]{64}$/, { error: "give 32 bytes as hex" }),
    }),
  ),
});

/** Reads a genesis file, or throws `ConfigProblems`; a committee that cannot work throws core's `ConfigurationError`. */
export function readGenesis(text: string, name: string): Genesis {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ConfigProblems([{ key: "genesis", where: name, what: `this is no JSON: ${String(error)}` }]);
  }
  const version = (json as { readonly formatVersion?: unknown } | null)?.formatVersion;
  const isOther = version !== undefined && version !== FORMAT_VERSION;
  if (isOther) throw otherVersion(name, "formatVersion", version, FORMAT_VERSION);
  const parsed = SCHEMA.safeParse(json);
  if (parsed.error !== undefined) {
    throw new ConfigProblems(
      parsed.error.issues.map(({ path, message }): ConfigProblem => {
        const key = ["genesis", ...path].join(".");
        return { key, where: name, what: `${message}; take the file that quorate init wrote` };
      }),
    );
  }
  const { members, ...rest } = parsed.data;
  if (rest.machineVersion !== MACHINE_VERSION) {
    throw otherVersion(name, "machineVersion", rest.machineVersion, MACHINE_VERSION);
  }
  const genesis: Genesis = {
    ...rest,
    members: members.map((member) => ({ ...member, publicKey: fromHex(member.publicKey) })),
  };
  createCommittee(genesis);
  try {
    checkLimits(genesis.limits);
  } catch (error) {
    throw new ConfigProblems([{ key: "genesis.limits", where: name, what: String(error) }]);
  }
  return genesis;
}

function otherVersion(name: string, key: string, found: unknown, expected: number): ConfigProblems {
  const what = `${key} is ${String(found)}, this program runs ${expected}; run the version that the cluster was made with`;
  return new ConfigProblems([{ key: "genesis", where: name, what }]);
}
