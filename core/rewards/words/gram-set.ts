// Sets of word n-grams, for overlap, copying and repetition. An open hash table over numbers: no strings are made.
import type { WordList } from './word-list.ts';

/**
 * A set of 32-bit numbers that grows. `clear` takes no time, so one set serves completion after completion: what is scored is
 * never scored inside of itself.
 */
export class GramSet {
  size = 0;
  private keys: Int32Array;
  /** A place is taken when it bears the mark of this round. */
  private marks: Int32Array;
  private mark = 1;
  private mask: number;

  constructor(expected = 512) {
    let room = 16;
    while (room < expected * 2) room *= 2;
    this.keys = new Int32Array(room);
    this.marks = new Int32Array(room);
    this.mask = room - 1;
  }

  clear(): void {
    this.size = 0;
    this.mark++;
    if (this.mark < 0x7fffffff) return;
    this.marks.fill(0);
    this.mark = 1;
  }

  /** True when the number was not there before. */
  add(key: number): boolean {
    const place = this.find(key);
    if (this.marks[place] === this.mark) return false;
    this.keys[place] = key;
    this.marks[place] = this.mark;
    this.size++;
    if (this.size * 2 > this.keys.length) this.grow();
    return true;
  }

  has(key: number): boolean {
    return this.size > 0 && this.marks[this.find(key)] === this.mark;
  }

  /** The place of a number, or the free one where it belongs. */
  private find(key: number): number {
    const { keys, marks, mark, mask } = this;
    // The multiplication spreads keys whose low bits are alike.
    let place = (Math.imul(key, 0x9e3779b1) >>> 7) & mask;
    while (marks[place] === mark && keys[place] !== key) place = (place + 1) & mask;
    return place;
  }

  private grow(): void {
    const { keys, marks, mark } = this;
    this.keys = new Int32Array(keys.length * 2);
    this.marks = new Int32Array(keys.length * 2);
    this.mask = this.keys.length - 1;
    for (let place = 0; place < keys.length; place++) {
      if (marks[place] !== mark) continue;
      const free = this.find(keys[place]!);
      this.keys[free] = keys[place]!;
      this.marks[free] = mark;
    }
  }
}

function mix(hash: number, next: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) ^ Math.imul(next, 0x01000193);
  return mixed | 0;
}

/** Hashes of the `count - n + 1` n-grams of a text, by the position of their first word. Made once for each text and `n`. */
export function gramsOf(words: WordList, n: number): Int32Array {
  const known = words.grams[n];
  if (known && words.ready[n]) return known;
  const { hashes, count } = words;
  const grams = known && known.length >= count ? known : new Int32Array(hashes.length);
  for (let at = 0; at + n <= count; at++) {
    let hash = hashes[at]!;
    for (let i = at + 1; i < at + n; i++) hash = mix(hash, hashes[i]!);
    grams[at] = hash;
  }
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
