// When a reply of the machine and a reply of Redis agree. Equal is the rule; this is the whole list of what cannot be
// equal, and what is compared instead. Docs: docs/redis-differences.md.
import { printWire, type Wire } from "./wire.ts";

type Agreement = (ours: Wire, theirs: Wire, words: readonly string[]) => boolean;

const equal: Agreement = (ours, theirs) => printWire(ours) === printWire(theirs);

const sorted = ({ type, value }: Wire): Wire => ({
  type,
  value: Array.isArray(value) ? value.toSorted((left, right) => (printWire(left) < printWire(right) ? -1 : 1)) : value,
});

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

/** A cursor and a page: how much a step gives is each server's own affair; the errors are not. */
const aPage: Agreement = (ours, theirs) => {
  if (ours.type === "-" || theirs.type === "-") return equal(ours, theirs, []);
  return ours.type === theirs.type && Array.isArray(ours.value) && ours.value.length === 2;
};

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
  ["srandmember", sameShape],
  ["spop", sameShape],
  ["hrandfield", sameShape],
  ["zrandmember", sameShape],
  ["object", sameShape],
  ["scan", aPage],
  ["sscan", aPage],
  ["hscan", aPage],
  ["zscan", aPage],
]);

/** Whether two replies to a command are the same, as far as they can be. */
export function agree(words: readonly string[], ours: Wire, theirs: Wire): boolean {
  return (AGREEMENTS.get(words[0]?.toLowerCase() ?? "") ?? equal)(ours, theirs, words);
}
