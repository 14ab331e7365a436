// The words of a text as numbers: where each stands and a hash of it in lower case. Parts that count, compare and look for
// repetition work on these, because taking strings apart for each of them would cost more than everything else together.
import type { Span } from '../../contract/reward.ts';

/** The arrays may be longer than `count`. */
export interface WordList {
  count: number;
  /** 32-bit hash of the word in lower case. Two words share one by chance of about 1 in 4 thousand million. */
  hashes: Int32Array;
  /** Hash without an "s" at the end, so that "egg" and "eggs" are one. */
  stems: Int32Array;
  starts: Int32Array;
  /** Hashes of n-grams by n, and which of them hold for the text that was read last; see gram-set.ts. */
  grams: Int32Array[];
  ready: boolean[];
}

/** A list to be filled by `findWords`, again and again. */
export function makeWordList(room: number): WordList {
  const [hashes, stems, starts] = [new Int32Array(room), new Int32Array(room), new Int32Array(room)];
  return { count: 0, hashes, stems, starts, grams: [], ready: [] };
}

const SEED = 0x811c9dc5 | 0;
const PRIME = 0x01000193;
const SMALL_S = 115;
const DOT = 46;
const COMMA = 44;

/** ASCII letters and digits in lower case; 0 for everything else. */
const FOLD = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code).toLowerCase();
  return /[a-z0-9]/.test(character) ? character.charCodeAt(0) : 0;
});

/**
 * A word is a run of letters and digits; a Chinese, Japanese or Korean character is a word of its own. A "." or "," between
 * digits belongs to the number. Linear; spans are UTF-16. Fills `into` where one is given, so that scoring many texts
 * allocates nothing.
 */
export function findWords(text: string, into: WordList | null = null): WordList {
  // There are never more words than characters.
  const list = into && into.hashes.length >= text.length ? into : makeWordList(text.length);
  const { hashes, stems, starts } = list;
  let count = 0;
  const to = text.length;
  let at = 0;
  while (at < to) {
    let code = text.charCodeAt(at);
    let folded = code < 128 ? FOLD[code]! : foldWide(code);
    if (folded === 0) {
      at++;
      continue;
    }
    const start = at;
    const alone = code > 127 && isIdeograph(code);
    let hash = SEED;
    let before = SEED;
    let last = 0;
    do {
      last = folded;
      before = hash;
      hash = Math.imul(hash ^ folded, PRIME);
      if (++at === to || alone) break;
      code = text.charCodeAt(at);
      folded = code < 128 ? FOLD[code]! : isIdeograph(code) ? 0 : foldWide(code);
      if (folded === 0 && (code === DOT || code === COMMA) && last < 58) {
        const next = text.charCodeAt(at + 1);
        if (!isDigit(next)) break;
        // 1,234 is 1234, but 1.5 is not 15.
        if (code === DOT) hash = Math.imul(hash ^ code, PRIME);
        folded = next;
        at++;
      }
    } while (folded !== 0);
    hashes[count] = hash;
    stems[count] = last === SMALL_S && at - start > 3 ? before : hash;
    starts[count] = start;
    count++;
  }
  list.count = count;
  list.ready.length = 0;
  return list;
}

/** Whether the word at `start` has more than two letters. */
export function hasThreeLetters(text: string, start: number): boolean {
  return goesOn(text, start + 1) && goesOn(text, start + 2);
}

/** Whether the word at `start` is one letter of an alphabet: "a", "x", but neither "7" nor an ideograph. */
export function isSingleLetter(text: string, start: number): boolean {
  const code = text.charCodeAt(start);
  return !isDigit(code) && !isIdeograph(code) && !goesOn(text, start + 1);
}

function goesOn(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (code < 128 ? FOLD[code]! : foldWide(code)) !== 0;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** A letter beyond ASCII in lower case; 0 for what belongs to no word. */
function foldWide(code: number): number {
  if (!isWideLetter(code)) return 0;
  return code < 0x530 ? String.fromCharCode(code).toLowerCase().charCodeAt(0) : code;
}

function isWideLetter(code: number): boolean {
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
