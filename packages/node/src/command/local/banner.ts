// What a person sees when a local cluster is up: where everything is, and what to try first.
import { printAddress } from "../../config/address.ts";
import { columns } from "../text.ts";
import type { LocalClusterFiles } from "./open-local-cluster.ts";

export interface Shown {
  readonly cluster: LocalClusterFiles;
  /** By member's name. */
  readonly pids: ReadonlyMap<string, number>;
  readonly isTemporary: boolean;
  /** How this command is called here. */
  readonly command: string;
}

export function printBanner({ cluster, pids, isTemporary, command }: Shown): string {
  const { genesis, members, directory, isOld } = cluster;
  const { crash, byzantine } = genesis.fault;
  const bounds = byzantine === 0 ? `${crash} may stop` : `${byzantine} may lie, ${crash} more may stop`;
  const first = members[0]!;
  const last = members.at(-1)!;
  const kept = isTemporary ? "gone at the end; --dir DIR keeps a cluster" : "kept: the same --dir goes on with it";
  const url = `http://${printAddress(first.http)}`;
  const hasDefaultPorts = first.http.port === 8_001;
  return [
    "",
    `  ${isOld ? "The cluster goes on" : "A new cluster"}: ${members.length} equals, ${bounds}. Every one takes every command.`,
    "",
    ...columns([
      ["", "redis", "http", "process"],
      ...members.map(({ name, redis, http }) => {
        return [name, printAddress(redis), `http://${printAddress(http)}`, String(pids.get(name) ?? "-")];
      }),
    ]),
    "",
    "  try",
    ...columns([
      [`  redis-cli -p ${first.redis.port} SET a 1`, `then: redis-cli -p ${last.redis.port} GET a`],
      [`  ${command} call${hasDefaultPorts ? "" : ` --url ${url}`} INCR counter`, "the same over HTTP"],
      [`  ${command} status${hasDefaultPorts ? "" : ` --url ${url}`}`, "who is up; explain says why something is not"],
      [`  open ${url}/`, "the page; /metrics and /openapi.json are there too"],
      ...(members.length > 2 && pids.size > 1
        ? [[`  kill -9 ${pids.get(last.name) ?? "PID"}`, `${last.name} dies; nobody else notices`]]
        : []),
    ]),
    "",
    `  data and logs: ${directory} (${kept})`,
    "  Ctrl-C stops everything.",
    "",
    "",
  ].join("\n");
}

export function toJson({ cluster, pids }: Shown): string {
  const { directory, genesis, members } = cluster;
  return JSON.stringify({
    directory,
    clusterId: genesis.clusterId,
    members: members.map(({ name, redis, http, peer }) => {
      return {
        name,
        pid: pids.get(name),
        redis: printAddress(redis),
        http: printAddress(http),
        peers: printAddress(peer),
      };
    }),
  });
}
