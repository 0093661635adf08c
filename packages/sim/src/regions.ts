// Real distances for simulated networks and plans: measured round trips between twelve cloud regions.
//
// Between regions: "Azure network round-trip latency statistics", Microsoft, data set of 2026-07-30, the 95th percentile
// of one-minute probes on the backbone over the 30 days before (learn.microsoft.com/azure/networking/azure-network-latency).
// Where the two directions of a pair differ, the larger figure stands here. Inside a region: 2 ms between availability
// zones; IBM Cloud published averages from 0.6 to 2.9 ms for ten regions from 2024-02-03 to 2024-03-03 ("Inter-AZ
// latency", cloud.ibm.com/docs/vpc). A percentile close to the worst makes plans cautious and simulations harsh.

/** A place, called after where the machines stand: `virginia` is East US, `washington` the state. */
export type RegionName =
  | "virginia"
  | "iowa"
  | "washington"
  | "saopaulo"
  | "dublin"
  | "london"
  | "frankfurt"
  | "johannesburg"
  | "pune"
  | "singapore"
  | "tokyo"
  | "sydney";

/** All places, in the order of the table. */
export const REGIONS: readonly RegionName[] = [
  "virginia",
  "iowa",
  "washington",
  "saopaulo",
  "dublin",
  "london",
  "frankfurt",
  "johannesburg",
  "pune",
  "singapore",
  "tokyo",
  "sydney",
];

/** Round trip between two members in the same region. */
const WITHIN_REGION_MS = 2;

// Each line holds the distances from its region to the ones named after it.
const TRIANGLE: readonly (readonly number[])[] = [
  /* virginia     */ [35, 76, 121, 76, 80, 97, 226, 218, 229, 165, 207],
  /* iowa         */ [41, 155, 107, 117, 125, 253, 247, 201, 141, 178],
  /* washington   */ [179, 136, 145, 160, 285, 218, 165, 103, 180],
  /* saopaulo     */ [176, 184, 201, 327, 320, 337, 275, 298],
  /* dublin       */ [15, 29, 178, 160, 236, 232, 272],
  /* london       */ [20, 169, 151, 183, 237, 277],
  /* frankfurt    */ [174, 151, 179, 250, 291],
  /* johannesburg */ [134, 211, 255, 348],
  /* pune         */ [59, 129, 152],
  /* singapore    */ [74, 98],
  /* tokyo        */ [105],
];

/** Milliseconds from one region to another and back. */
export const REGION_ROUND_TRIP_MS: Readonly<Record<RegionName, Readonly<Record<RegionName, number>>>> = byName((from) =>
  byName((to) => {
    const [near, far] = [REGIONS.indexOf(from), REGIONS.indexOf(to)].toSorted((left, right) => left - right);
    return near === far ? WITHIN_REGION_MS : TRIANGLE[near!]![far! - near! - 1]!;
  }),
);

/** Milliseconds that a message needs from one member to another in these regions: half a round trip. */
export function oneWayDelayMs(from: RegionName, to: RegionName): number {
  return REGION_ROUND_TRIP_MS[from][to] / 2;
}

/** Whether the table has a place of that name. */
export function isRegion(name: string): name is RegionName {
  return REGIONS.some((region) => region === name);
}

function byName<Value>(value: (name: RegionName) => Value): Record<RegionName, Value> {
  return Object.fromEntries(REGIONS.map((name) => [name, value(name)])) as Record<RegionName, Value>;
}
