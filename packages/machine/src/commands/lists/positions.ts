// Positions as clients give them: from 0, or from the end when negative, both ends of a range included, and whatever
// lies outside cut off.

export interface PositionRange {
  readonly first: number;
  readonly count: number;
}

/** What a range of positions names in a sequence of that size. */
export function positionRange(start: number, end: number, size: number): PositionRange {
  const first = Math.max(0, start < 0 ? size + start : start);
  const last = Math.min(size - 1, end < 0 ? size + end : end);
  return first > last ? { first: 0, count: 0 } : { first, count: last - first + 1 };
}

/** What one position names in a sequence of that size, if anything. */
export function positionOf(position: number, size: number): number | undefined {
  const place = position < 0 ? size + position : position;
  return place >= 0 && place < size ? place : undefined;
}
