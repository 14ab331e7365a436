// The words of a text as numbers: where each stands and a hash of it in lower case. Parts that count, compare and look for
// repetition work on these, because taking strings apart for each of them would cost more than everything else together.
import type { Span } from '../../contract/reward.ts';

export interface WordList {
  count: number;
  /** 32-bit hash of the word in lower case. Two words share one by chance of about 1 in 4 thousand million. */
  hashes: Int32Array;
  /** Hash without an "s" at the end, so that "egg" and "eggs" are one. */
  stems: Int32Array;
  starts: Int32Array;
  ends: Int32Array;
}

const SEED = 0x811c9dc5 | 0;
const PRIME = 0x01000193;
const SMALL_S = 115;

/**
 * A word is a run of letters and digits; a Chinese, Japanese or Korean character is a word of its own. A "." or "," between
 * digits belongs to the number. Linear; spans are UTF-16.
 */
export function findWords(text: string, from = 0, to = text.length): WordList {
  const room = ((to - from) >> 1) + 1;
  const list: WordList = {
    count: 0,
    hashes: new Int32Array(room),
    stems: new Int32Array(room),
    starts: new Int32Array(room),
    ends: new Int32Array(room),
  };
  let count = 0;
  for (let at = from; at < to; ) {
    let code = text.charCodeAt(at);
    if (!isWordCode(code)) {
      at++;
      continue;
    }
    const start = at;
    let hash = SEED;
    let before = SEED;
    let last = 0;
    const alone = isIdeograph(code);
    do {
      last = lower(code);
      before = hash;
      hash = Math.imul(hash ^ last, PRIME);
      at++;
      code = text.charCodeAt(at);
      if ((code === 46 || code === 44) && isDigit(last) && isDigit(text.charCodeAt(at + 1)) && at + 1 < to) {
        if (code === 46) hash = Math.imul(hash ^ code, PRIME);
        at++;
        code = text.charCodeAt(at);
      }
    } while (at < to && !alone && isWordCode(code) && !isIdeograph(code));
    if (count === list.hashes.length) grow(list);
    list.hashes[count] = hash;
    list.stems[count] = last === SMALL_S && at - start > 3 ? before : hash;
    list.starts[count] = start;
    list.ends[count] = at;
    count++;
  }
  list.count = count;
  return list;
}

/** Ideographs stand without spaces, so there can be more words than every second character. */
function grow(list: WordList): void {
  for (const field of ['hashes', 'stems', 'starts', 'ends'] as const) {
    const longer = new Int32Array(list[field].length * 2 + 1);
    longer.set(list[field]);
    list[field] = longer;
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isWordCode(code: number): boolean {
  if (code < 128) return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || isDigit(code);
  if (code < 0xc0) return code === 0xaa || code === 0xb5 || code === 0xba;
  if (code < 0x2000) return code !== 0xd7 && code !== 0xf7;
  // punctuation, arrows, mathematical signs, boxes, dingbats; CJK punctuation; full-width punctuation
  if (code < 0x2c00) return false;
  return !(
    (code >= 0x3000 && code <= 0x303f) ||
    (code >= 0xff00 && code <= 0xff0f) ||
    (code >= 0xff1a && code <= 0xff20) ||
    (code >= 0xfe00 && code <= 0xfe6f) ||
    code === 0xfeff
  );
}

export function isIdeograph(code: number): boolean {
  return (
    (code >= 0x3040 && code <= 0x9fff) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff)
  );
}

function lower(code: number): number {
  if (code < 128) return code >= 65 && code <= 90 ? code | 32 : code;
  return code < 0x530 ? String.fromCharCode(code).toLowerCase().charCodeAt(0) : code;
}

/** Hash of one word, as `findWords` gives it. */
export function hashWord(word: string): number {
  return findWords(word).hashes[0] ?? 0;
}

/** Positions [from, to) of the words that start inside a span. */
export function wordsIn(list: WordList, [start, end]: Span): Span {
  return [firstFrom(list, start), firstFrom(list, end)];
}

function firstFrom(list: WordList, at: number): number {
  let low = 0;
  let high = list.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list.starts[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
