// Finds a shortest cycle in a graph of dependencies, or an order that obeys it. Moments (nodes that are no transaction)
// cost nothing: what stands on both sides of one is a step apart.
import type { Dependency } from "./dependencies.ts";

export type Sorted =
  | { readonly kind: "order"; readonly order: readonly number[] }
  | { readonly kind: "cycle"; readonly cycle: readonly Dependency[] };

/** How many starting points are tried for a shorter cycle: a knot of thousands is as wrong as its smallest loop. */
const STARTS_MAX = 400;

/** Puts the nodes in an order that obeys every edge, always the same one, or shows why there is none. */
export function sortDependencies(edges: readonly (readonly Dependency[])[], transactionCount: number): Sorted {
  const waiting = edges.map(() => 0);
  for (const list of edges) for (const { to } of list) waiting[to] = waiting[to]! + 1;
  const ready = waiting.flatMap((count, node) => (count === 0 ? [node] : []));
  const order: number[] = [];
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    order.push(node);
    for (const { to } of edges[node]!) {
      waiting[to] = waiting[to]! - 1;
      if (waiting[to] === 0) ready.push(to);
    }
  }
  if (order.length === edges.length) return { kind: "order", order };
  const cycle = shortestCycle(edges, transactionCount, new Set(order));
  return { kind: "cycle", cycle: withoutMoments(cycle, transactionCount) };
}

function shortestCycle(
  edges: readonly (readonly Dependency[])[],
  transactionCount: number,
  done: ReadonlySet<number>,
): readonly Dependency[] {
  let best: readonly Dependency[] = [];
  let length = Number.POSITIVE_INFINITY;
  let starts = 0;
  for (let start = 0; start < transactionCount && starts < STARTS_MAX && length > 2; start++) {
    if (done.has(start)) continue;
    const cycle = cycleThrough(edges, { start, transactionCount, done, below: length });
    // What only hangs behind a knot is on no cycle itself and does not count.
    if (cycle === undefined) continue;
    starts++;
    best = cycle;
    length = cycle.filter(({ from }) => from < transactionCount).length;
  }
  return best;
}

/** From the start back to it over fewer than `below` transactions, breadth first; moments add nothing to the length. */
function cycleThrough(
  edges: readonly (readonly Dependency[])[],
  {
    start,
    transactionCount,
    done,
    below,
  }: {
    readonly start: number;
    readonly transactionCount: number;
    readonly done: ReadonlySet<number>;
    readonly below: number;
  },
): readonly Dependency[] | undefined {
  const reached = new Map<number, { readonly length: number; readonly edge: Dependency }>();
  let layer = [start];
  for (let length = 0; layer.length > 0 && length < below; length++) {
    const next: number[] = [];
    // Moments are appended to the layer while it is walked.
    for (let at = 0; at < layer.length; at++) {
      const node = layer[at]!;
      if (node !== start && reached.get(node)!.length < length) continue;
      const isMoment = node >= transactionCount;
      const far = isMoment ? length : length + 1;
      if (far >= below) continue;
      for (const edge of edges[node]!) {
        if (edge.to === start) return pathTo(edge, start, reached);
        if (done.has(edge.to) || (reached.get(edge.to)?.length ?? far + 1) <= far) continue;
        reached.set(edge.to, { length: far, edge });
        (isMoment ? layer : next).push(edge.to);
      }
    }
    layer = next;
  }
  return undefined;
}

function pathTo(
  last: Dependency,
  start: number,
  reached: ReadonlyMap<number, { readonly edge: Dependency }>,
): readonly Dependency[] {
  const path = [last];
  for (let node = last.from; node !== start; ) {
    const { edge } = reached.get(node)!;
    path.push(edge);
    node = edge.from;
  }
  return path.reverse();
}

/** Joins the edges over moments into one between transactions, which says what the last and the first of them say. */
function withoutMoments(cycle: readonly Dependency[], transactionCount: number): readonly Dependency[] {
  const joined: Dependency[] = [];
  let first: Dependency | undefined;
  for (const edge of cycle) {
    first ??= edge;
    if (edge.to >= transactionCount) continue;
    const reason = first === edge ? edge.reason : `${edge.reason}${first.reason}`;
    joined.push({ from: first.from, to: edge.to, kind: first.kind, reason });
    first = undefined;
  }
  return joined;
}
