// What no single setting can tell: whether they go together. The law it keeps: nothing that anyone may reach from
// elsewhere opens without TLS and without users, unless somebody spelled out that this is wanted.
import { isAbsolute, relative } from "node:path";
import { type Address, isLoopback, printAddress } from "./address.ts";
import type { ConfigProblem } from "./problem.ts";
import type { ReplicaConfig } from "./replica-config.ts";

/** Every problem of a configuration whose settings are fine one by one. */
export function checkConfig(config: ReplicaConfig, where: (key: string) => string): readonly ConfigProblem[] {
  const problem = (key: string, what: string): ConfigProblem => ({ key, where: where(key), what });
  const problems: ConfigProblem[] = [];
  for (const name of ["redis", "http"] as const) {
    const door = config[name];
    if (door === undefined) continue;
    for (const [half, other] of [
      ["certificate", "key"],
      ["key", "certificate"],
    ] as const) {
      if (door.tls !== undefined && door.tls[half] === "" && door.tls[other] !== "") {
        problems.push(problem(`${name}.tls.${other}`, `is nothing without ${name}.tls.${half}: set both, or neither`));
      }
    }
    const exposed = exposure(name, { listen: door.listen, tls: door.tls !== undefined, access: config.access });
    if (exposed !== undefined && !config.insecure) problems.push(problem(`${name}.listen`, exposed));
  }
  const listeners = [
    ["peers.listen", config.peers.listen],
    ["redis.listen", config.redis?.listen],
    ["http.listen", config.http?.listen],
  ] as const;
  for (const [index, [key, address]] of listeners.entries()) {
    const earlier = listeners.slice(0, index).find(([, other]) => collide(address, other));
    if (earlier !== undefined) {
      problems.push(problem(key, `${printAddress(address!)} is taken by ${earlier[0]}; choose another port`));
    }
  }
  const inside = relative(config.data, config.key);
  if (inside === "" || !(inside.startsWith("..") || isAbsolute(inside))) {
    problems.push(
      problem(
        "key",
        `${config.key} is inside the data directory; whoever copies or loses one must not copy or lose the other: move it out`,
      ),
    );
  }
  return problems;
}

/** Why a door must not be opened there, and what would do; undefined where it may. */
export function exposure(
  door: string,
  { listen, tls, access }: { readonly listen: Address; readonly tls: boolean; readonly access: "open" | "users" },
): string | undefined {
  if (isLoopback(listen.host)) return undefined;
  const missing = [
    ...(tls ? [] : [{ lack: "without TLS", todo: `set ${door}.tls.certificate and ${door}.tls.key` }]),
    ...(access === "users" ? [] : [{ lack: "to whoever has not signed in", todo: "set access to users" }]),
  ];
  if (missing.length === 0) return undefined;
  const lacks = missing.map(({ lack }) => lack).join(" and ");
  const todos = missing.map(({ todo }) => todo).join(" and ");
  return `${printAddress(listen)} would open the door beyond this machine ${lacks}: ${todos}; or listen on 127.0.0.1; or say insecure`;
}

function collide(one: Address | undefined, other: Address | undefined): boolean {
  if (one === undefined || other === undefined || one.port === 0 || one.port !== other.port) return false;
  return one.host === other.host || isAny(one.host) || isAny(other.host);
}

function isAny(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}
