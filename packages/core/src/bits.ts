// Sets of small numbers as bits in 32-bit words: which blocks of a round are voted for, reached or certified. Words of
// any count, so that a round may hold any number of twins.

/** Bit `i` is bit `i % 32` of word `i / 32`. A set is empty beyond its last word. */
export type Bits = Int32Array;

/** An empty set with room for the numbers below `size`. */
export function makeBits(size: number): Bits {
  return new Int32Array((size + 31) >>> 5);
}

export function hasBit(bits: Bits, index: number): boolean {
  return ((bits[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
}

/** Adds a number that the set has room for. */
export function setBit(bits: Bits, index: number): void {
  bits[index >>> 5]! |= 1 << (index & 31);
}

/** The set itself, or a larger copy of it, with the number added. */
export function withBit(bits: Bits, index: number): Bits {
  let roomy = bits;
  if (index >>> 5 >= bits.length) {
    roomy = makeBits(index + 1);
    roomy.set(bits);
  }
  setBit(roomy, index);
  return roomy;
}

export function clearBit(bits: Bits, index: number): void {
  if (index >>> 5 < bits.length) bits[index >>> 5]! &= ~(1 << (index & 31));
}

export function isEmpty(bits: Bits): boolean {
  for (let word = 0; word < bits.length; word++) if (bits[word] !== 0) return false;
  return true;
}

/** Adds all of `source` to `target`, which has room for it. */
export function addBits(target: Bits, source: Bits): void {
  for (let word = 0; word < source.length; word++) target[word]! |= source[word]!;
}

/** The members of both. */
export function unionOf(left: Bits, right: Bits): Bits {
  const [long, short] = left.length < right.length ? [right, left] : [left, right];
  const union = long.slice();
  addBits(union, short);
  return union;
}

/** Calls `visit` with each number of the set, in ascending order. */
export function forEachBit(bits: Bits, visit: (index: number) => void): void {
  for (let word = 0; word < bits.length; word++) {
    for (let rest = bits[word]!; rest !== 0; rest &= rest - 1) visit((word << 5) + 31 - Math.clz32(rest & -rest));
  }
}
