// When a reply of the machine and a reply of Redis agree. Equal is the rule; this is the whole list of what cannot be
// equal, and what is compared instead. Docs: docs/redis-differences.md.
import { printWire, type Wire } from "./wire.ts";

type Agreement = (ours: Wire, theirs: Wire, words: readonly string[]) => boolean;

const equal: Agreement = (ours, theirs) => printWire(ours) === printWire(theirs);

const sorted = ({ type, value }: Wire): Wire => ({
  type,
  value: Array.isArray(value) ? value.toSorted((left, right) => (printWire(left) < printWire(right) ? -1 : 1)) : value,
});

/**
 * Whether Redis remembers the sign of a zero score depends on how it keeps the sorted set, which no client can see: the
 * small form forgets it. The machine always does.
 */
const zeroSign = ({ type, value }: Wire): Wire => {
  if (Array.isArray(value)) return { type, value: value.map(zeroSign) };
  return { type, value: value === "-0" ? "0" : value };
};

/** Sets and hashes have no order. */
const unordered: Agreement = (ours, theirs) => equal(sorted(ours), sorted(theirs), []);

/** The same, for fields with their values one after the other. */
const unorderedPairs: Agreement = (ours, theirs) => equal(sorted(paired(ours)), sorted(paired(theirs)), []);

const paired = ({ type, value }: Wire): Wire => {
  if (!Array.isArray(value)) return { type, value };
  const pairs: Wire[] = [];
  for (let at = 0; at < value.length; at += 2) pairs.push({ type: "*", value: value.slice(at, at + 2) });
  return { type, value: pairs };
};

/** Time runs between the two: what is left of a life may differ by a second. */
const withinSeconds =
  (unit: number): Agreement =>
  (ours, theirs) => {
    const [left, right] = [Number(ours.value), Number(theirs.value)];
    if (ours.type !== ":" || theirs.type !== ":" || left < 0 || right < 0) return equal(ours, theirs, []);
    return Math.abs(left - right) * unit <= 1500;
  };

/** Chance decides which; what comes back has the same shape. */
const sameShape: Agreement = (ours, theirs) => {
  if (ours.type !== theirs.type || (ours.value === null) !== (theirs.value === null)) return false;
  if (ours.type === "-") return equal(ours, theirs, []);
  if (!Array.isArray(ours.value)) return true;
  const [left, right] = [ours.value, theirs.value as readonly Wire[]];
  return left.length === right.length && left.every((item, at) => sameShape(item, right[at]!, []));
};

/** Chance again, but who asks for more than there are gets all of them. */
const chosen: Agreement = (ours, theirs, words) => {
  if (!asksForAll(words[2])) return sameShape(ours, theirs, words);
  const flat = words.length > 3 && Array.isArray(ours.value) && !Array.isArray(ours.value[0]?.value);
  return (flat ? unorderedPairs : unordered)(ours, theirs, words);
};

/** No collection of a comparison has so many entries. */
const asksForAll = (count: string | undefined): boolean => Number(count) >= 1000;

/**
 * A cursor and a page: how much a step gives is each server's own affair; the errors are not, and a step from the start
 * that is large enough for everything gives everything.
 */
const aPage: Agreement = (ours, theirs, words) => {
  if (ours.type === "-" || theirs.type === "-") return equal(ours, theirs, words);
  if (!Array.isArray(ours.value) || !Array.isArray(theirs.value) || theirs.value.length !== 2) return false;
  const count = words.findLastIndex((word) => word.toLowerCase() === "count");
  if (words[2] !== "0" || count < 3 || !asksForAll(words[count + 1])) return ours.value.length === 2;
  const [left, right] = [ours.value, theirs.value as readonly Wire[]];
  const page = ["hscan", "zscan"].includes(words[0]!.toLowerCase()) ? unorderedPairs : unordered;
  return equal(left[0]!, right[0]!, words) && page(left[1]!, right[1]!, words);
};

/** Scores of 10^17 and more: ZSCAN shows all digits in Redis's small form, an exponent in its large one. */
const largeScores = ({ type, value }: Wire): Wire => {
  if (Array.isArray(value)) return { type, value: value.map(largeScores) };
  const large = typeof value === "string" && /^-?(?:[0-9]{18,19}|[0-9](?:\.[0-9]+)?e\+1[78])$/.test(value);
  return { type, value: large ? String(Number(value)) : value };
};
const aScoredPage: Agreement = (ours, theirs, words) => aPage(largeScores(ours), largeScores(theirs), words);

const AGREEMENTS: ReadonlyMap<string, Agreement> = new Map([
  ["keys", unordered],
  ["smembers", unordered],
  ["sunion", unordered],
  ["sinter", unordered],
  ["sdiff", unordered],
  ["hkeys", unordered],
  ["hvals", unordered],
  ["hgetall", unorderedPairs],
  ["ttl", withinSeconds(1000)],
  ["pttl", withinSeconds(1)],
  ["expiretime", withinSeconds(1000)],
  ["pexpiretime", withinSeconds(1)],
  ["randomkey", sameShape],
  ["srandmember", chosen],
  ["spop", chosen],
  ["hrandfield", chosen],
  ["zrandmember", chosen],
  ["object", sameShape],
  ["scan", aPage],
  ["sscan", aPage],
  ["hscan", aPage],
  ["zscan", aScoredPage],
]);

/** Whether two replies to a command are the same, as far as they can be. */
export function agree(words: readonly string[], ours: Wire, theirs: Wire): boolean {
  const name = words[0]?.toLowerCase() ?? "";
  const agreement = AGREEMENTS.get(name) ?? equal;
  return name.startsWith("z") ? agreement(zeroSign(ours), zeroSign(theirs), words) : agreement(ours, theirs, words);
}
