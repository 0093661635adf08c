// Looks for an order of operations that explains every answer: just-in-time linearization in the tradition of Wing and
// Gong, with the memory of Lowe. Operations are put in order one by one; the next may be any whose invocation stands
// before the first completion of those still left. A configuration (who is in, and the state) that failed once is never
// entered again. What makes it fast on real histories is the model's knowledge of moves that can do no harm.
//
// Laws: `impossible` is said only after every order was ruled out; when the budget ends first the answer is `exhausted`.

/** When an operation may take effect: after `start`, before `end`; Infinity leaves it open, and it may never happen. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

/**
 * What operations do to a state. States are integers that the model interns. The model may count what is left, by
 * `enter` and `leave`; everything it answers must depend on the state and the set of operations entered, not on their order.
 */
export interface Model {
  readonly initial: number;
  /** The state after this operation gave its recorded answer; -1 if it cannot, or if what is left then cannot. */
  step(state: number, operation: number): number;
  /** Whether an operation that can be next may always be next: if any order of the rest exists, one with it first does. */
  harmless(state: number, operation: number): boolean;
  /** Open operations of one class do the same, so only the earliest is tried. */
  classOf(operation: number): string;
  /** States that what is left cannot tell apart have one canonical state. */
  canonical(state: number): number;
  enter(operation: number): void;
  leave(operation: number): void;
}

export type SearchResult =
  | { readonly kind: "possible"; readonly order: readonly number[]; readonly steps: number }
  | { readonly kind: "impossible"; readonly steps: number }
  | { readonly kind: "exhausted"; readonly steps: number };

/** Searches for an order of the operations, which are named by their position in `intervals`. */
export function search(intervals: readonly Interval[], model: Model, budget: number): SearchResult {
  const events = new EventList(intervals);
  const open = new OpenOperations(intervals, model);
  const failed = new Set<string>();
  const path: Move[] = [];
  let state = model.initial;
  let steps = 0;
  let from: Cursor = START;

  for (;;) {
    if (events.callsLeft === 0) {
      return { kind: "possible", order: path.map((move) => move.operation), steps };
    }
    const move = nextMove(from);
    if (steps > budget) return { kind: "exhausted", steps };
    if (move !== undefined) {
      enter(move);
      const key = `${model.canonical(state)} ${events.key(move.highest)} ${open.key()}`;
      if (!failed.has(key)) {
        failed.add(key);
        from = START;
        continue;
      }
    }
    // Nothing is left to try here: go back to the last choice.
    let undone = path.pop();
    while (undone !== undefined) {
      leave(undone);
      if (!undone.harmless) break;
      undone = path.pop();
    }
    if (undone === undefined) return { kind: "impossible", steps };
    from = undone.place;
  }

  function nextMove(cursor: Cursor): Move | undefined {
    if (cursor === START) {
      for (let node = events.first; node.call; node = node.next) {
        if (!model.harmless(state, node.operation)) continue;
        const found = tryMove(node.operation, { kind: "call", node }, true);
        if (found !== undefined) return found;
      }
    }
    if (cursor.kind !== "class") {
      for (let node = cursor.kind === "call" ? cursor.node.next : events.first; node.call; node = node.next) {
        const found = tryMove(node.operation, { kind: "call", node }, false);
        if (found !== undefined) return found;
      }
    }
    const before = events.firstEnd();
    for (let at = cursor.kind === "class" ? cursor.at + 1 : 0; at < open.classCount; at++) {
      const operation = open.earliest(at);
      if (operation === undefined || intervals[operation]!.start > before) continue;
      const found = tryMove(operation, { kind: "class", at }, false);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  function tryMove(operation: number, place: Cursor, harmless: boolean): Move | undefined {
    steps++;
    const next = model.step(state, operation);
    if (next < 0) return undefined;
    const highest = path.at(-1)?.highest ?? -1;
    return { operation, place, harmless, before: state, after: next, highest: events.highest(highest, place) };
  }

  function enter(move: Move): void {
    path.push(move);
    model.enter(move.operation);
    state = move.after;
    if (move.place.kind === "call") events.lift(move.place.node);
    else if (move.place.kind === "class") open.use(move.place.at);
  }

  function leave(move: Move): void {
    model.leave(move.operation);
    state = move.before;
    if (move.place.kind === "call") events.unlift(move.place.node);
    else if (move.place.kind === "class") open.release(move.place.at);
  }
}

/** Where in the list of choices a move was found, so that going back resumes behind it. */
type Cursor =
  | { readonly kind: "start" }
  | { readonly kind: "call"; readonly node: EventNode }
  | { readonly kind: "class"; readonly at: number };

const START: Cursor = { kind: "start" };

interface Move {
  readonly operation: number;
  readonly place: Cursor;
  readonly harmless: boolean;
  readonly before: number;
  readonly after: number;
  /** The highest call (in order of invocation) that is in, with this move. */
  readonly highest: number;
}

/** An invocation or a completion in the doubly linked list of those whose operation is not in yet. */
interface EventNode {
  readonly call: boolean;
  readonly operation: number;
  /** For a call: its rank in the order of invocations. */
  readonly rank: number;
  readonly at: number;
  /** For a call: the node of its completion. */
  match: EventNode | undefined;
  previous: EventNode;
  next: EventNode;
}

/** Invocations and completions of the operations that did complete, in order. */
class EventList {
  readonly #head: EventNode;
  callsLeft = 0;

  constructor(intervals: readonly Interval[]) {
    const nodes: EventNode[] = [];
    const head = makeNode(false, -1, Number.NEGATIVE_INFINITY);
    this.#head = head;
    intervals.forEach(({ start, end }, operation) => {
      if (end === Number.POSITIVE_INFINITY) return;
      const call = makeNode(true, operation, start);
      call.match = makeNode(false, operation, end);
      nodes.push(call, call.match);
      this.callsLeft++;
    });
    // Ties are between completions only: an inferred end stands where another operation completed.
    nodes.sort(
      (left, right) => left.at - right.at || Number(right.call) - Number(left.call) || left.operation - right.operation,
    );
    let rank = 0;
    let last = head;
    for (const node of nodes) {
      if (node.call) (node as { rank: number }).rank = rank++;
      last.next = node;
      node.previous = last;
      last = node;
    }
    last.next = head;
    head.previous = last;
  }

  /** The first event left; the head, which is no call, if there is none. */
  get first(): EventNode {
    return this.#head.next;
  }

  /** Where the first completion stands of those left. */
  firstEnd(): number {
    let node = this.#head.next;
    while (node.call) node = node.next;
    return node === this.#head ? Number.POSITIVE_INFINITY : node.at;
  }

  highest(before: number, place: Cursor): number {
    return place.kind === "call" ? Math.max(before, place.node.rank) : before;
  }

  lift(call: EventNode): void {
    unlink(call);
    unlink(call.match!);
    this.callsLeft--;
  }

  unlift(call: EventNode): void {
    relink(call.match!);
    relink(call);
    this.callsLeft++;
  }

  /** Names the set of calls that are in: all up to the highest, but for those still in the list. */
  key(highest: number): string {
    let key = String(highest);
    for (let node = this.#head.next; node.call && node.rank < highest; node = node.next) key += `,${node.rank}`;
    return key;
  }
}

function makeNode(call: boolean, operation: number, at: number): EventNode {
  const node = { call, operation, rank: -1, at, match: undefined } as Partial<EventNode> as EventNode;
  node.previous = node;
  node.next = node;
  return node;
}

function unlink(node: EventNode): void {
  node.previous.next = node.next;
  node.next.previous = node.previous;
}

function relink(node: EventNode): void {
  node.previous.next = node;
  node.next.previous = node;
}

/** Operations without an end, by class, in the order of their invocations. */
class OpenOperations {
  readonly #classes: { readonly operations: number[]; used: number }[] = [];
  #key = "";
  #stale = false;

  constructor(intervals: readonly Interval[], model: Model) {
    const places = new Map<string, number>();
    const open = intervals.flatMap(({ end }, operation) => (end === Number.POSITIVE_INFINITY ? [operation] : []));
    open.sort((left, right) => intervals[left]!.start - intervals[right]!.start);
    for (const operation of open) {
      const name = model.classOf(operation);
      const place = places.get(name) ?? this.#classes.push({ operations: [], used: 0 }) - 1;
      places.set(name, place);
      this.#classes[place]!.operations.push(operation);
    }
  }

  get classCount(): number {
    return this.#classes.length;
  }

  earliest(place: number): number | undefined {
    const { operations, used } = this.#classes[place]!;
    return operations[used];
  }

  use(place: number): void {
    this.#classes[place]!.used++;
    this.#stale = true;
  }

  release(place: number): void {
    this.#classes[place]!.used--;
    this.#stale = true;
  }

  /** Names how many of each class are in. */
  key(): string {
    if (this.#stale) {
      this.#key = this.#classes
        .map(({ used }, place) => (used === 0 ? "" : `${place}:${used}`))
        .filter(Boolean)
        .join(",");
      this.#stale = false;
    }
    return this.#key;
  }
}
