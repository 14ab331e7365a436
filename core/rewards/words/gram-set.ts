// Sets of word n-grams, for overlap, copying and repetition. An open hash table over numbers: no strings are made.
import type { WordList } from './word-list.ts';

/**
 * A set of 32-bit numbers that grows. `clear` takes no time, so one set serves completion after completion: what is scored is
 * never scored inside of itself.
 */
export class GramSet {
  size = 0;
  /** Pairs of a key and its mark, side by side in memory. A place is taken when it bears the mark of this round. */
  private places: Int32Array;
  private mark = 1;
  private mask: number;

  constructor(expected = 512) {
    let room = 16;
    while (room < expected * 2) room *= 2;
    this.places = new Int32Array(room * 2);
    this.mask = room - 1;
  }

  clear(): void {
    this.size = 0;
    this.mark++;
    if (this.mark < 0x7fffffff) return;
    this.places.fill(0);
    this.mark = 1;
  }

  /** True when the number was not there before. */
  add(key: number): boolean {
    const at = this.find(key);
    if (this.places[at + 1] === this.mark) return false;
    this.places[at] = key;
    this.places[at + 1] = this.mark;
    this.size++;
    if (this.size * 4 > this.places.length) this.grow();
    return true;
  }

  has(key: number): boolean {
    return this.size > 0 && this.places[this.find(key) + 1] === this.mark;
  }

  /** Position of the first of `keys` in [from, to) that is in the set; `to` when none is. */
  firstOf(keys: Int32Array, from: number, to: number): number {
    const { places, mark, mask } = this;
    let at = from;
    while (at < to && places[findPlace(places, mark, mask, keys[at]!) + 1] !== mark) at++;
    return at;
  }

  /** Where a number stands, or the free place where it belongs. */
  private find(key: number): number {
    return findPlace(this.places, this.mark, this.mask, key);
  }

  private grow(): void {
    const { places, mark } = this;
    this.places = new Int32Array(places.length * 2);
    this.mask = places.length - 1;
    for (let at = 0; at < places.length; at += 2) {
      if (places[at + 1] !== mark) continue;
      const free = this.find(places[at]!);
      this.places[free] = places[at]!;
      this.places[free + 1] = mark;
    }
  }
}

function findPlace(places: Int32Array, mark: number, mask: number, key: number): number {
  // The multiplication spreads keys whose low bits are alike.
  let place = (Math.imul(key, 0x9e3779b1) >>> 7) & mask;
  while (places[place * 2 + 1] === mark && places[place * 2] !== key) place = (place + 1) & mask;
  return place * 2;
}

function mix(hash: number, next: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) ^ Math.imul(next, 0x01000193);
  return mixed | 0;
}

/**
 * Hashes of the `count - n + 1` n-grams of a text, by the position of their first word. Made once for each text and `n`, the
 * longer ones from the shorter.
 */
export function gramsOf(words: WordList, n: number): Int32Array {
  if (n === 1) return words.hashes;
  const known = words.grams[n];
  if (known && words.ready[n]) return known;
  const shorter = gramsOf(words, n - 1);
  const { hashes, count } = words;
  const grams = known && known.length >= count ? known : new Int32Array(hashes.length);
  for (let at = 0; at + n <= count; at++) grams[at] = mix(shorter[at]!, hashes[at + n - 1]!);
  words.grams[n] = grams;
  words.ready[n] = true;
  return grams;
}

const seen = new GramSet();

/** Share of the n-grams of a text that stood in it before: 0 when all differ. */
export function repeatedShare(words: WordList, n: number): number {
  const total = words.count - n + 1;
  if (total <= 0) return 0;
  const grams = gramsOf(words, n);
  seen.clear();
  for (let at = 0; at < total; at++) seen.add(grams[at]!);
  return 1 - seen.size / total;
}
