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
  /** Its first letter, small and capital: most lines are told apart by it. Letters beyond ASCII fold in other ways too. */
  initial: number;
  capital: number;
}

/** Kinds of characters around the words of a heading, one bit each, so that a set of kinds is looked up at once. */
const EMPHASIS = 1;
const BLANK = 2;
const QUOTE_OR_HASH = 4;
const DASH = 8;
const NUMBERING_START = 16;
const NAME_END = 32;
const EMPHASIS_OR_BLANK = EMPHASIS | BLANK;
const LINE_MARKS = EMPHASIS_OR_BLANK | QUOTE_OR_HASH;
const WORD_GAP = BLANK | DASH;
const KINDS = kindTable({
  '*_`~': EMPHASIS,
  ' \t\u00a0': BLANK,
  '#>': QUOTE_OR_HASH,
  '-\u2013': DASH | NUMBERING_START,
  '\u2010\u2011': DASH,
  '0123456789sS+\u2022': NUMBERING_START,
  ':\r\n': NAME_END,
});
const NUMBERING = /(?:step[ \t]{1,3})?\d{1,2}[.):]?[ \t]{0,3}|[-+•–][ \t]{1,3}/iy;
const AMPERSAND = /&amp;|&|and(?![\p{L}\p{N}])/iuy;
const WORD_CHARACTER = /[\p{L}\p{N}]/u;

const LINE_ENDS = ['\n', '\r', '\u2028', '\u2029'];

/** Where the lines of a text end. It looks for each kind of end on its own, because most texts hold only one of them. */
class LineEnds {
  /** The next end of each kind, the length of the text where there is none. */
  private readonly next = LINE_ENDS.map(() => -1);
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The first end at or after `start`, which never goes back; else the length of the text. */
  from(start: number): number {
    let nearest = this.text.length;
    for (let kind = 0; kind < LINE_ENDS.length; kind++) {
      if (this.next[kind]! < start) this.next[kind] = this.find(LINE_ENDS[kind]!, start);
      if (this.next[kind]! < nearest) nearest = this.next[kind]!;
    }
    return nearest;
  }

  private find(end: string, start: number): number {
    const at = this.text.indexOf(end, start);
    return at === -1 ? this.text.length : at;
  }
}

/** Headings of `names` between `from` and `to`, in the order of the text. Time is linear in the length. */
export function findHeadings(
  text: string,
  from: number,
  to: number,
  names: readonly string[],
): FoundHeading[] {
  const patterns = patternsOf(names);
  const found: FoundHeading[] = [];
  const lineEnds = new LineEnds(text);
  for (let start = from; start < to; ) {
    const end = Math.min(lineEnds.from(start), to);
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
    const initial = tokens[0] ?? '';
    return {
      ...{ index, name, tokens },
      initial: initial.charCodeAt(0),
      capital: initial.toUpperCase().charCodeAt(0),
    };
  });
  made.set(names, patterns);
  return patterns;
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
  const code = text.charCodeAt(at);
  for (const pattern of patterns) {
    if (code !== pattern.initial && code !== pattern.capital && code < 128) continue;
    const nameEnd = matchName(text, at, end, pattern);
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
  if (!isOf(NUMBERING_START, text.charCodeAt(at))) return 0;
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

/** End of the name at `start`, or -1 when another text stands there. Most are spelt as declared. */
function matchName(text: string, start: number, end: number, { name, tokens }: HeadingPattern): number {
  const nameEnd = start + name.length;
  if (text.startsWith(name, start) && nameEnd <= end && !isWordCharacter(text, nameEnd)) return nameEnd;
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
  return isWordCharacter(text, at + word.length) ? 0 : word.length;
}

function isWordCharacter(text: string, at: number): boolean {
  // Most names end before a colon or the end of the line, which needs no look at other scripts.
  return !isOf(NAME_END, text.charCodeAt(at)) && WORD_CHARACTER.test(text.charAt(at));
}

function canonical(written: string): string {
  return written
    .replace(/&amp;/g, '&')
    .replace(/\band\b/g, '&')
    .replace(/[ \t\u00a0]+/g, ' ');
}

function kindTable(kinds: Readonly<Record<string, number>>): Uint8Array {
  const table = new Uint8Array(0x2030);
  for (const [characters, kind] of Object.entries(kinds))
    for (const character of characters) table[character.charCodeAt(0)] = kind;
  return table;
}

function isOf(kinds: number, code: number): boolean {
  return code < KINDS.length && (KINDS[code]! & kinds) !== 0;
}

function skip(text: string, start: number, end: number, kinds: number): number {
  let at = start;
  while (at < end && isOf(kinds, text.charCodeAt(at))) at++;
  return at;
}

function skipsAny(text: string, start: number, end: number, kinds: number): boolean {
  for (let at = start; at < end; at++) if (isOf(kinds, text.charCodeAt(at))) return true;
  return false;
}

function trimEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && isOf(BLANK, text.charCodeAt(at - 1))) at--;
  return at;
}
