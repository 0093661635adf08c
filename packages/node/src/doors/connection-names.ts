// Finds a command by its first word, as bytes and in any case, without making a string of it: a door asks this of every
// command that arrives.

interface Named<T> {
  readonly name: Uint8Array;
  readonly value: T;
}

export class NameTable<T> {
  readonly #byHash = new Map<number, Named<T>[]>();
  #longest = 0;

  /** Names are ASCII. */
  constructor(entries: Iterable<readonly [name: string, value: T]>) {
    for (const [text, value] of entries) {
      const name = Uint8Array.from(text.toLowerCase(), (character) => character.charCodeAt(0));
      const hash = hashOf(name);
      this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), { name, value }]);
      this.#longest = Math.max(this.#longest, name.length);
    }
  }

  find(word: Uint8Array | undefined): T | undefined {
    // The length first: nobody should make us hash a megabyte.
    if (word === undefined || word.length > this.#longest) return undefined;
    const candidates = this.#byHash.get(hashOf(word));
    if (candidates === undefined) return undefined;
    for (const { name, value } of candidates) if (isSpelled(word, name)) return value;
    return undefined;
  }
}

/** The same for words that differ in case only. */
function hashOf(word: Uint8Array): number {
  let hash = word.length;
  for (let at = 0; at < word.length; at++) hash = (Math.imul(hash, 31) + (word[at]! | 0x20)) | 0;
  return hash;
}

function isSpelled(word: Uint8Array, lower: Uint8Array): boolean {
  if (word.length !== lower.length) return false;
  for (let at = 0; at < word.length; at++) {
    const byte = word[at]!;
    if ((byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte) !== lower[at]) return false;
  }
  return true;
}
