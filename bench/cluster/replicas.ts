// The replicas of a run: each a `quorate start` of its own, from the bundle that users run.
import { join } from "node:path";
import { defaultCrash } from "@quorate/core";
import { CONFIG_FILE, makeCluster } from "../../packages/node/src/config/new-cluster.ts";
import type { Bundle } from "./bundle.ts";
import { Members, nameOf } from "./members.ts";
import type { Place } from "./place.ts";

export class Replicas extends Members {
  /** Resolves when all serve. */
  static async start(place: Place, bundle: Bundle): Promise<Replicas> {
    const replicas = new Replicas(place, {
      name: "quorate",
      words: (_, folder) => [
        ...[process.execPath, bundle.entry, "start", "--config", join(folder, CONFIG_FILE)],
        ...place.flags,
      ],
      ready: "message",
    });
    try {
      await makeCluster({
        directory: join(replicas.directory, "cluster"),
        members: place.members.map((member, index) => ({ name: nameOf(index), stake: 1, ...member })),
        fault: { byzantine: 0, crash: defaultCrash(place.members.length, 0) },
        durability: "fsync",
      });
    } catch (error) {
      await replicas.close();
      throw error;
    }
    await replicas.startAll();
    return replicas;
  }
}
