// Network namespaces for a run: one for each replica, joined by a bridge that stands in a further one, where the clients
// live. Nothing of the machine's own network is touched, and removing the namespaces removes everything.
//
// A replica is cut off both ways by taking down its port at the bridge, as when a cable is pulled. It is cut one way by a
// wrong hardware address: what is sent there reaches nobody, while the other direction goes on. Only links between replicas
// are cut so; clients still reach it, which is the harder case.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { Address, Cut, Place } from "./place.ts";

const NET = "10.213.77";
const NOBODY = "02:00:00:00:00:01";
const PREFIX = "quorate-";

/** Why there can be none here; nothing if there can. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== "linux") return "network namespaces are Linux's";
  if (process.getuid?.() !== 0) return "only root may make network namespaces";
  const probe = `${PREFIX}${process.pid}-probe`;
  try {
    ip("netns", "add", probe);
    ip("-n", probe, "link", "add", "cable", "type", "bridge");
    ip("netns", "del", probe);
    return undefined;
  } catch (error) {
    try {
      ip("netns", "del", probe);
    } catch {
      // It was not made.
    }
    return `this machine makes none: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`;
  }
}

export function inNamespaces(replicas: number): Place {
  sweep();
  const space = (what: string | number): string => `${PREFIX}${process.pid}-${what}`;
  const hub = space("hub");
  const made: string[] = [];
  const host = (index: number): string => `${NET}.${index + 1}`;
  const all = Array.from({ length: replicas }, (_, index) => index);
  const remove = (): void => {
    for (const name of made.splice(0)) ip("netns", "del", name);
  };
  const join = (name: string): void => {
    ip("netns", "add", name);
    made.push(name);
    ip("-n", name, "link", "set", "lo", "up");
  };
  process.once("exit", remove);
  try {
    join(hub);
    ip("-n", hub, "link", "add", "bridge", "type", "bridge");
    ip("-n", hub, "addr", "add", `${NET}.254/24`, "dev", "bridge");
    ip("-n", hub, "link", "set", "bridge", "up");
    for (const index of all) {
      const name = space(index);
      join(name);
      ip("-n", hub, "link", "add", `port${index}`, "type", "veth", "peer", "name", "cable", "netns", name);
      ip("-n", hub, "link", "set", `port${index}`, "master", "bridge", "up");
      ip("-n", name, "addr", "add", `${host(index)}/24`, "dev", "cable");
      ip("-n", name, "link", "set", "cable", "up");
    }
  } catch (error) {
    remove();
    throw error;
  }
  const at = (index: number, port: number): Address => ({ host: host(index), port });
  // Who sends what is to be lost, and to whom.
  const lost = (index: number, how: Cut): readonly (readonly [number, number])[] => {
    const others = all.filter((other) => other !== index);
    return how === "its sending" ? others.map((other) => [index, other]) : others.map((other) => [other, index]);
  };
  return {
    members: all.map((index) => ({ redis: at(index, 7_001), http: at(index, 8_001), peer: at(index, 9_001) })),
    flags: ["--insecure"],
    atReplica: (index, words) => ["ip", "netns", "exec", space(index), ...words],
    atClients: (words) => ["ip", "netns", "exec", hub, ...words],
    cables: {
      cut(index, how) {
        if (how === "both ways") ip("-n", hub, "link", "set", `port${index}`, "down");
        else
          for (const [from, to] of lost(index, how))
            ip("-n", space(from), "neigh", "replace", host(to), "lladdr", NOBODY, "nud", "permanent", "dev", "cable");
      },
      heal(index, how) {
        if (how === "both ways") ip("-n", hub, "link", "set", `port${index}`, "up");
        else for (const [from, to] of lost(index, how)) ip("-n", space(from), "neigh", "del", host(to), "dev", "cable");
      },
    },
    remove() {
      process.off("exit", remove);
      remove();
    },
  };
}

/** What runs left behind that were killed. */
function sweep(): void {
  for (const line of ip("netns", "list").split("\n")) {
    const [, name, pid] = /^(quorate-(\d+)-\w+)/.exec(line) ?? [];
    if (name !== undefined && !existsSync(`/proc/${pid}`)) ip("netns", "del", name);
  }
}

function ip(...words: readonly string[]): string {
  return execFileSync("ip", words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
