// Sets of word n-grams, for overlap, copying and repetition. An open hash table over numbers: no strings are made.
import type { WordList } from './word-list.ts';

/** A set of 32-bit numbers that grows. Zero stands for an empty place, so a zero is stored as one. */
export class GramSet {
  size = 0;
  private table: Int32Array;
  private mask: number;

  constructor(expected: number) {
    let room = 16;
    while (room < expected * 2) room *= 2;
    this.table = new Int32Array(room);
    this.mask = room - 1;
  }

  /** True when the number was not there before. */
  add(value: number): boolean {
    const key = value === 0 ? 1 : value;
    const place = this.find(key);
    if (this.table[place] === key) return false;
    this.table[place] = key;
    this.size++;
    if (this.size * 2 > this.table.length) this.grow();
    return true;
  }

  has(value: number): boolean {
    return this.size > 0 && this.table[this.find(value === 0 ? 1 : value)] !== 0;
  }

  private find(key: number): number {
    // The multiplication spreads keys whose low bits are alike.
    let place = (Math.imul(key, 0x9e3779b1) >>> 7) & this.mask;
    while (this.table[place] !== 0 && this.table[place] !== key) place = (place + 1) & this.mask;
    return place;
  }

  private grow(): void {
    const old = this.table;
    this.table = new Int32Array(old.length * 2);
    this.mask = this.table.length - 1;
    for (const key of old) if (key !== 0) this.table[this.find(key)] = key;
  }
}

/** Hash of the `n` words from position `at`. */
export function gramAt(hashes: Int32Array, at: number, n: number): number {
  let hash = 17;
  for (let i = at; i < at + n; i++)
    hash = (Math.imul(hash, 0x01000193) ^ Math.imul(hashes[i]!, 0x85ebca6b)) | 0;
  return hash ^ (hash >>> 15);
}

/** All n-grams of the words [from, to). */
export function gramsOf(words: WordList, n: number, from = 0, to = words.count): GramSet {
  const set = new GramSet(Math.max(0, to - from));
  for (let at = from; at + n <= to; at++) set.add(gramAt(words.hashes, at, n));
  return set;
}

/** Share of the n-grams of the words [from, to) that are in `set`; 0 when there are fewer words than `n`. */
export function shareIn(set: GramSet, words: WordList, n: number, from = 0, to = words.count): number {
  const total = to - from - n + 1;
  if (total <= 0 || set.size === 0) return 0;
  let found = 0;
  for (let at = from; at + n <= to; at++) if (set.has(gramAt(words.hashes, at, n))) found++;
  return found / total;
}

/** Share of the n-grams of a text that stood in it before: 0 when all differ. */
export function repeatedShare(words: WordList, n: number, from = 0, to = words.count): number {
  const total = to - from - n + 1;
  return total <= 0 ? 0 : 1 - gramsOf(words, n, from, to).size / total;
}
