// The core tells of every slot of a round, decided or not; who asks why something is stuck wants the others.

/** Whether a slot's sentence is of one that waits. */
export function isUndecided(sentence: string): boolean {
  return / is undecided: /.test(sentence);
}
