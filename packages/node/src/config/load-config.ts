// Reads a replica's configuration: the file, over it the environment, over that the flags, strictly in this order and
// setting by setting. Everything that is wrong is found before anything is said, and nothing is ever guessed or ignored.
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { z } from "zod";
import { nearest } from "../command/nearest.ts";
import type { Durability } from "../storage/data-directory.ts";
import type { Address } from "./address.ts";
import { checkConfig } from "./check-config.ts";
import { type FileLayer, readFileLayer } from "./file-layer.ts";
import { type ConfigProblem, ConfigProblems } from "./problem.ts";
import type { DoorConfig, LogLevel, ReplicaConfig, TlsFiles } from "./replica-config.ts";
import { CONFIG_SCHEMA, keysAt } from "./schema.ts";
import { flagOf, SETTINGS, type Setting, variableOf } from "./settings.ts";

export interface ConfigSources {
  /** The file; left out, QUORATE_CONFIG names one, or there is none. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Texts by setting's key; a switch is "true". */
  readonly flags: ReadonlyMap<string, string>;
  /** What relative paths in variables and flags start from. */
  readonly directory: string;
}

/** A setting as it holds, with where that was said. */
export interface EffectiveSetting {
  readonly key: string;
  /** As it would stand in a file; undefined where nothing holds. */
  readonly value: unknown;
  readonly origin: string;
}

export interface LoadedConfig {
  readonly config: ReplicaConfig;
  readonly settings: readonly EffectiveSetting[];
}

interface Said {
  readonly value: unknown;
  readonly origin: string;
  /** What a relative path in it starts from. */
  readonly base: string;
}

const CONFIG_VARIABLE = "QUORATE_CONFIG";
/** Variables of the `quorate` command that are no settings of a replica. */
const OTHER_VARIABLES: readonly string[] = [CONFIG_VARIABLE, "QUORATE_URL", "QUORATE_TOKEN", "QUORATE_USER"];
/** What Kubernetes puts into every container beside a service called quorate, or quorate-something. */
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;

/** The configuration, or `ConfigProblems` with everything that is wrong with it. */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const { env, flags, directory } = sources;
  const file = sources.file ?? (env[CONFIG_VARIABLE] || undefined);
  const layer: FileLayer | undefined =
    file === undefined ? undefined : readFileLayer(await readText(resolve(directory, file), file), file);
  const base = file === undefined ? directory : dirname(resolve(directory, file));
  const problems: ConfigProblem[] = [...(layer?.problems ?? []), ...unknownVariables(env)];
  const merged: Record<string, unknown> = structuredClone(layer?.values ?? {});
  const said = new Map<string, Said>();
  for (const setting of SETTINGS) {
    const { key } = setting;
    const held = layer?.find(key);
    if (held !== undefined) said.set(key, { ...held, base });
    for (const [origin, words] of [
      [variableOf(key), env[variableOf(key)]],
      [`--${flagOf(key)}`, flags.get(key)],
    ] as const) {
      if (words === undefined || words === "") continue;
      const value = setting.fromText === undefined ? words : setting.fromText(words);
      if (put(merged, key, value)) said.set(key, { value, origin, base: directory });
    }
  }
  const parsed = CONFIG_SCHEMA.safeParse(merged);
  problems.push(...(parsed.error?.issues ?? []).flatMap((issue) => explainIssue(issue, said, layer)));
  for (const { key, required, help } of SETTINGS) {
    const isTold = problems.some((problem) => problem.key === key || key.startsWith(`${problem.key}.`));
    if (required !== true || said.has(key) || isTold) continue;
    const ways = `in the file, as ${variableOf(key)} or as --${flagOf(key)}`;
    problems.push({ key, where: "", what: `missing: ${help}; say it ${ways}` });
  }
  if (problems.length > 0) throw new ConfigProblems(problems);

  const config = assemble(parsed.data, (setting) => pathOf(setting, said.get(setting.key), base));
  const where = (key: string) => said.get(key)?.origin ?? "";
  const more = checkConfig(config, where);
  if (more.length > 0) throw new ConfigProblems(more);
  const settings = SETTINGS.map((setting) => ({
    key: setting.key,
    value: said.get(setting.key)?.value ?? setting.default,
    origin: said.get(setting.key)?.origin ?? "default",
  }));
  return { config, settings };
}

async function readText(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const what = (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : String(error);
    throw new ConfigProblems([
      { key: "", where: name, what: `${what}; name a configuration with --config FILE, quorate init makes some` },
    ]);
  }
}

function unknownVariables(env: ConfigSources["env"]): readonly ConfigProblem[] {
  const known = [...SETTINGS.map(({ key }) => variableOf(key)), ...OTHER_VARIABLES];
  return Object.keys(env)
    .filter((name) => name.startsWith("QUORATE_") && !known.includes(name) && !SERVICE_LINK.test(name))
    .map((name) => {
      const near = nearest(name, known);
      const todo = near === undefined ? "unset it" : `did you mean ${near}?`;
      return { key: "", where: "the environment", what: `nothing is set by ${name}; ${todo}` };
    });
}

/** Puts a value at its place; not where a file has something else than a group there, which is refused by itself. */
function put(target: Record<string, unknown>, key: string, value: unknown): boolean {
  const names = key.split(".");
  const last = names.pop()!;
  for (const name of names) {
    target[name] ??= {};
    const next = target[name];
    if (typeof next !== "object" || next === null || Array.isArray(next)) return false;
    target = next as Record<string, unknown>;
  }
  target[last] = value;
  return true;
}

function explainIssue(
  issue: z.core.$ZodIssue,
  said: ReadonlyMap<string, Said>,
  layer: FileLayer | undefined,
): readonly ConfigProblem[] {
  const path = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) => {
      const key = path === "" ? name : `${path}.${name}`;
      const near = nearest(name, keysAt(path)) ?? nearestKey(name);
      const todo = near === undefined ? `known here are ${keysAt(path).join(", ")}` : `did you mean ${near}?`;
      return { key, where: layer?.find(key)?.origin ?? "", what: `unknown; ${todo}` };
    });
  }
  const setting = SETTINGS.find(({ key }) => path === key || path.startsWith(`${key}.`));
  const inFile = layer?.find(path)?.origin ?? "";
  const origin = setting === undefined ? undefined : said.get(setting.key)?.origin;
  // In a file the line of the very entry; a variable or a flag is one place as a whole.
  const isFromFile = setting === undefined || layer?.find(setting.key)?.origin === origin;
  return [{ key: path, where: isFromFile ? inFile : (origin ?? ""), what: issue.message }];
}

/** A key that was put into the wrong group, or is none in this one. */
function nearestKey(name: string): string | undefined {
  return SETTINGS.map(({ key }) => key).find((key) => key.split(".").at(-1) === name);
}

function pathOf(setting: Setting, said: Said | undefined, base: string): string | undefined {
  const path = (said?.value as string | undefined) ?? setting.default;
  return path === undefined ? undefined : resolve(said?.base ?? base, path);
}

/** The shape that `CONFIG_SCHEMA` lets through, before defaults. */
interface Parsed {
  readonly member: string;
  readonly durability?: Durability;
  readonly peers: { readonly listen: Address; readonly addresses?: Readonly<Record<string, Address>> };
  readonly redis?: ParsedDoor;
  readonly http?: ParsedDoor & { readonly hosts?: readonly string[]; readonly origins?: readonly string[] };
  readonly access?: "open" | "users";
  readonly insecure?: boolean;
  readonly log?: { readonly level?: LogLevel };
}

interface ParsedDoor {
  readonly listen?: Address | undefined;
}

function assemble(data: unknown, pathOf: (setting: Setting) => string | undefined): ReplicaConfig {
  const parsed = data as Parsed;
  const path = (key: string) => pathOf(SETTINGS.find((setting) => setting.key === key)!);
  const tls = (door: string): TlsFiles | undefined => {
    const [certificate, key] = [path(`${door}.tls.certificate`), path(`${door}.tls.key`)];
    // Half of a pair is a problem that the checks tell; what is missing is empty until then.
    if (certificate === undefined && key === undefined) return undefined;
    return { certificate: certificate ?? "", key: key ?? "" };
  };
  const door = (name: "redis" | "http"): DoorConfig | undefined => {
    const listen = parsed[name]?.listen;
    return listen && { listen, tls: tls(name) };
  };
  const http = door("http");
  return {
    member: parsed.member,
    genesis: path("genesis")!,
    key: path("key")!,
    data: path("data")!,
    durability: parsed.durability ?? "fsync",
    peers: { listen: parsed.peers.listen, addresses: new Map(Object.entries(parsed.peers.addresses ?? {})) },
    redis: door("redis"),
    http: http && { ...http, hosts: parsed.http?.hosts ?? [], origins: parsed.http?.origins ?? [] },
    access: parsed.access ?? "open",
    insecure: parsed.insecure ?? false,
    log: { level: parsed.log?.level ?? "info" },
  };
}
