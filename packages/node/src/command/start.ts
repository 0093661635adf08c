// `quorate start`: runs one replica in the foreground until it is told to stop.
import { type EffectiveSetting, loadConfig } from "../config/load-config.ts";
import { readReplicaFiles } from "../config/replica-files.ts";
import { configJsonSchema } from "../config/schema.ts";
import { flagOf, SETTINGS } from "../config/settings.ts";
import type { Args } from "./args.ts";
import { EXIT } from "./exit-code.ts";
import type { Flag } from "./syntax.ts";
import { columns } from "./text.ts";
import type { Verb } from "./verb.ts";

export const start: Verb = {
  name: "start",
  summary: "runs one replica in the foreground",
  flags: {
    config: { kind: "value", value: "FILE", help: "its configuration, YAML or JSON (QUORATE_CONFIG)" },
    ...Object.fromEntries(
      SETTINGS.map(({ key, help, value }): [string, Flag] => [
        flagOf(key),
        value === undefined ? { kind: "switch", help } : { kind: "value", value, help },
      ]),
    ),
    rebuild: {
      kind: "switch",
      help: "where the log is corrupt, begin anew from the other members",
    },
    "show-config": { kind: "switch", help: "print every setting as it holds and where it was said; start nothing" },
    schema: { kind: "switch", help: "print the JSON Schema of configuration files, for editors; start nothing" },
  },
  details: `configuration
  Each setting is a key of the file, a variable and a flag: redis.tls.key, QUORATE_REDIS_TLS_KEY and
  --redis-tls-key. Flags override variables, variables override the file, setting by setting. Everything
  that is wrong is told at once. docs/configuration.md lists the settings.

signals
  SIGTERM, SIGINT   take no new work, answer what is under way, close the log in order, exit 0
  SIGINT again      end at once, exit 130
  SIGHUP            read the configuration again, apply log.level and the doors' certificates; in a terminal: stop

exit codes
  ${EXIT.ok} stopped as told; ${EXIT.configuration} configuration or version; ${EXIT.corruption} corruption found, or its state differs from a quorum's;
  ${EXIT.dataDirectoryInUse} the data directory is in use by another process; ${EXIT.failed} anything else

--json with --show-config prints one object
  { settings: [{ key, value, origin }] }

examples
  quorate start --config cluster/a/quorate.yaml
  quorate start --config cluster/a/quorate.yaml --log-level debug --show-config`,
  async run(args, io) {
    if (args.has("schema")) {
      io.stdout(`${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);
      return EXIT.ok;
    }
    const load = () =>
      loadConfig({ file: args.text("config"), env: io.env ?? {}, flags: flagsOf(args), directory: process.cwd() });
    const loaded = await load();
    if (args.has("show-config")) {
      io.stdout(
        args.has("json") ? `${JSON.stringify({ settings: loaded.settings })}\n` : printSettings(loaded.settings),
      );
      return EXIT.ok;
    }
    const files = await readReplicaFiles(loaded);
    // Everything that runs a replica is loaded here only: no other verb should wait for it.
    const { runReplica } = await import("./start/run-replica.ts");
    await runReplica(
      {
        config: loaded.config,
        files,
        rebuild: args.has("rebuild"),
        reload: async () => {
          const again = await load();
          return { config: again.config, files: await readReplicaFiles(again) };
        },
      },
      io,
    );
    return EXIT.ok;
  },
};

function flagsOf(args: Args): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  for (const { key, value } of SETTINGS) {
    const flag = flagOf(key);
    const text = value === undefined && args.has(flag) ? "true" : args.text(flag);
    if (text !== undefined) flags.set(key, text);
  }
  return flags;
}

function printSettings(settings: readonly EffectiveSetting[]): string {
  const rows = settings.map(({ key, value, origin }) => [key, printValue(value), origin]);
  return [...columns([["setting", "value", "said in"], ...rows]), ""].join("\n");
}

function printValue(value: unknown): string {
  if (value === undefined) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
}
