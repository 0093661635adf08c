// etcd, the peer that is measured beside us: its members with Debian's program, or whichever one is found in the path.
//
// It runs as it comes: its own timing, its own fsync, and TLS between its members, because ours have it too. Whatever a
// flag below does not say is etcd's default.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { Members, nameOf } from "./members.ts";
import type { Address, Place } from "./place.ts";

/** Ours end when they lose whoever started them. etcd has no such habit: the kernel sees to it where it can be told. */
const LEASH = ["setpriv", "--pdeathsig", "KILL"];

/** The version that would run; nothing where there is none. */
export function etcdVersion(): string | undefined {
  const { status, stdout } = spawnSync("etcd", ["--version"], { encoding: "utf8" });
  return status === 0 ? /etcd Version: (\S+)/.exec(stdout)?.[1] : undefined;
}

/** Resolves when all serve. Clients find a member's gRPC at what its place calls HTTP. */
export async function startEtcd(place: Place): Promise<Members> {
  const cluster = place.members.map(({ peer }, index) => `${nameOf(index)}=https://${at(peer)}`).join(",");
  const leash = isThereALeash() ? LEASH : [];
  const members = new Members(place, {
    name: "etcd",
    words: (index, folder) => {
      const { http, peer } = place.members[index]!;
      return [
        ...[...leash, "etcd", "--name", nameOf(index), "--data-dir", join(folder, "data")],
        ...["--listen-client-urls", `http://${at(http)}`, "--advertise-client-urls", `http://${at(http)}`],
        ...["--listen-peer-urls", `https://${at(peer)}`, "--initial-advertise-peer-urls", `https://${at(peer)}`],
        ...["--initial-cluster", cluster, "--initial-cluster-state", "new", "--peer-auto-tls"],
        ...["--logger", "zap", "--log-outputs", "stderr"],
      ];
    },
    // Every flag can be given by a variable as well; those of whoever runs this are meant for another etcd.
    environment: { PATH: process.env["PATH"] },
    ready: /serving client traffic/,
  });
  await members.startAll();
  return members;
}

const at = ({ host, port }: Address): string => `${host}:${port}`;

function isThereALeash(): boolean {
  const [program = "", ...words] = [...LEASH, "true"];
  return spawnSync(program, words).status === 0;
}
