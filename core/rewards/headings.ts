// Finds the headings of a structure in the reasoning block, line by line, however a model dresses them. Used by parse.ts.
import type { Span } from '../contract/reward.ts';

export interface FoundHeading {
  /** Position in the structure's list of headings. */
  index: number;
  /** The heading with its marks and colon, without the text that may follow on the line. */
  span: Span;
  /** Nothing else on the line. */
  alone: boolean;
  /** Spelt as declared; `&amp;` and `and` count as `&`, Markdown marks and a missing colon do not count. */
  exact: boolean;
}

interface HeadingPattern {
  index: number;
  name: string;
  /** Words and `&` signs in lower case. */
  tokens: string[];
  /** First character: most lines are told apart by it. */
  initial: string;
}

const EMPHASIS = '*_`~';
const BLANK = ' \t\u00a0';
const EMPHASIS_OR_BLANK = `${EMPHASIS}${BLANK}`;
const LINE_MARKS = `${EMPHASIS_OR_BLANK}#>`;
const WORD_GAP = `${BLANK}-\u2010\u2011\u2013`;
const NUMBERING = /(?:step[ \t]{1,3})?\d{1,2}[.):]?[ \t]{0,3}|[-+•–][ \t]{1,3}/iy;
const STARTS_NUMBERING = '0123456789sS-+•–';
const AMPERSAND = /&amp;|&|and(?![\p{L}\p{N}])/iuy;
const WORD_CHARACTER = /[\p{L}\p{N}]/u;

/** Headings of `names` between `from` and `to`, in the order of the text. Time is linear in the length. */
export function findHeadings(
  text: string,
  from: number,
  to: number,
  names: readonly string[],
): FoundHeading[] {
  const patterns = patternsOf(names);
  const found: FoundHeading[] = [];
  for (let start = from; start < to; ) {
    let end = start;
    while (end < to && !isLineEnd(text.charCodeAt(end))) end++;
    const heading = matchLine(text, start, end, patterns);
    if (heading) found.push(heading);
    start = end + 1;
  }
  return found;
}

/** The patterns of a structure's headings, made once. */
const made = new WeakMap<readonly string[], HeadingPattern[]>();

function patternsOf(names: readonly string[]): HeadingPattern[] {
  const known = made.get(names);
  if (known) return known;
  const patterns = names.map((name, index): HeadingPattern => {
    const words = name.toLowerCase().match(/&|[\p{L}\p{N}]+/gu) ?? [];
    const tokens = words.map((word) => (word === 'and' ? '&' : word));
    return { index, name, tokens, initial: tokens[0]?.charAt(0) ?? '' };
  });
  made.set(names, patterns);
  return patterns;
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13 || code === 0x2028 || code === 0x2029;
}

function matchLine(
  text: string,
  start: number,
  end: number,
  patterns: HeadingPattern[],
): FoundHeading | null {
  const first = skip(text, start, end, BLANK);
  const at = skip(text, first, end, LINE_MARKS);
  const marked = skipsAny(text, first, at, EMPHASIS);
  if (at === end) return null;
  const plain = matchHeading(text, [first, at, end], patterns, marked, true);
  if (plain) return plain;
  const numbering = readNumbering(text, at);
  if (numbering === 0) return null;
  return matchHeading(
    text,
    [first, skip(text, at + numbering, end, EMPHASIS_OR_BLANK), end],
    patterns,
    marked,
    false,
  );
}

/** The heading whose name stands at `at` on the line from `first` to `end`. */
function matchHeading(
  text: string,
  [first, at, end]: readonly [number, number, number],
  patterns: HeadingPattern[],
  marked: boolean,
  bare: boolean,
): FoundHeading | null {
  const initial = text.charAt(at).toLowerCase();
  for (const pattern of patterns) {
    if (pattern.initial !== initial) continue;
    const nameEnd = matchName(text, at, end, pattern.tokens);
    if (nameEnd === -1) continue;
    const tail = readTail(text, nameEnd, end, marked);
    if (!tail) continue;
    const written = text.slice(at, nameEnd);
    const exact = bare && (written === pattern.name || canonical(written) === canonical(pattern.name));
    return { index: pattern.index, span: [first, tail.end], alone: tail.alone, exact };
  }
  return null;
}

/** Length of "2. ", "Step 2: " or a list mark at `at`, or 0. */
function readNumbering(text: string, at: number): number {
  if (!STARTS_NUMBERING.includes(text[at]!)) return 0;
  NUMBERING.lastIndex = at;
  return NUMBERING.exec(text)?.[0].length ?? 0;
}

/** After the name: closing marks, a colon, and then either the end of the line or text of the section. */
function readTail(text: string, nameEnd: number, end: number, marked: boolean) {
  let at = skip(text, nameEnd, end, EMPHASIS_OR_BLANK);
  const closed = marked && skipsAny(text, nameEnd, at, EMPHASIS);
  const colon = text[at] === ':' || text[at] === '：';
  if (colon && at < end) at++;
  const markEnd = skip(text, at, end, EMPHASIS);
  const rest = skip(text, markEnd, end, LINE_MARKS);
  if (rest === end) return { end: trimEnd(text, nameEnd, end), alone: true };
  return (colon && at <= end) || closed ? { end: colon ? markEnd : at, alone: false } : null;
}

function matchName(text: string, start: number, end: number, tokens: string[]): number {
  let at = start;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (i > 0) at = skip(text, at, end, WORD_GAP);
    const length = token === '&' ? ampersandLength(text, at) : wordLength(text, at, token);
    if (length === 0 || at + length > end) return -1;
    at += length;
  }
  return at;
}

function ampersandLength(text: string, at: number): number {
  AMPERSAND.lastIndex = at;
  return AMPERSAND.exec(text)?.[0].length ?? 0;
}

function wordLength(text: string, at: number, word: string): number {
  if (text.slice(at, at + word.length).toLowerCase() !== word) return 0;
  return WORD_CHARACTER.test(text.charAt(at + word.length)) ? 0 : word.length;
}

function canonical(written: string): string {
  return written
    .replace(/&amp;/g, '&')
    .replace(/\band\b/g, '&')
    .replace(/[ \t\u00a0]+/g, ' ');
}

function skip(text: string, start: number, end: number, characters: string): number {
  let at = start;
  while (at < end && characters.includes(text[at]!)) at++;
  return at;
}

function skipsAny(text: string, start: number, end: number, characters: string): boolean {
  for (let at = start; at < end; at++) if (characters.includes(text[at]!)) return true;
  return false;
}

function trimEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && BLANK.includes(text[at - 1]!)) at--;
  return at;
}
