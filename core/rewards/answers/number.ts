// Reads the one number of an answer, exactly and without guessing. Used for completions and for the golds of data sets.
//
// What counts: sign (`-`, `−`, "minus 5"), thousands in groups of three (`1,234`, no-break or thin spaces), decimals, `1.5e3`,
// fractions of two whole numbers (`3/4` has the value 0.75; 1/3 stays a fraction and equals only 1/3). Percent signs,
// currencies and units are kept apart and never change the value: `50%` is 50, `$18.00` is 18.
// More than one numeral is ambiguous, never a pick; so are ranges, sums, comparisons ("x > 5"), negations ("not 18"),
// numerals that can be read in two ways (`1,80`, `1.234.567`, `- 5`, `18x2`, `-(-18)`, `|-18|`), and words and signs beside the
// numeral that make another number of it (`1.5 million`, `18½`, "half of 18", `18!`, `18x`, `x + 18`). NaN, infinity and absurd
// sizes are not finite.
import type { Span } from '../../contract/reward.ts';

/** The one number of a text. */
export interface NumberIn {
  kind: 'number';
  /** Plain decimal without leading or trailing zeros (`-1234.5`), or `p/q` in lowest terms where no decimal is exact. */
  value: string;
  percent: boolean;
  /** The sign or code beside the numeral, as written. */
  currency: string | null;
  /** The word after the numeral, as written. */
  unit: string | null;
  span: Span;
}

export type NumberReading = NumberIn | { kind: 'ambiguous' | 'not-finite' | 'none'; why: string };

interface Numeral {
  span: Span;
  /** Null when the digits can be read in more than one way. */
  value: string | null | 'not-finite';
}

const MAX_DIGITS = 60;
const MAX_EXPONENT = 30;
const MINUS = '-−–';
const CURRENCY_SIGNS = '$€£¥₹₩₽¢';
const THIN_SPACES = '\u00a0\u2009\u202f';
const CURRENCY_CODE = /(?:^|[^\p{L}\p{N}])(US\$|USD|EUR|GBP|JPY|INR|CAD|AUD|CHF|Rs\.?)[ \u00a0]?$/u;
const MINUS_WORD = /(?:^|[^\p{L}\p{N}])(?:minus|negative)[ \u00a0]{1,3}$/iu;
/** A dash in front of the bracket or bar that a numeral stands in: `-(18)`, `-(-18)`, `-|18|`. */
const NEGATED_BRACKET = /[-−–][ \u00a0]?[([{|][ \u00a0]?[-−–+]?$/u;
const NEGATED =
  /(?<!\p{L})(?:not|never|\p{L}+n['’]t|cannot|neither|nor|except|wrong|incorrect|false|at least|at most|(?:more|less|fewer|greater|higher|lower) than (?:or equal to )?(?=\W?\d)|(?:over|under|above|below|up to|between) (?=\W?\d))(?!\p{L})|[<≤≥≠]|(?<![-=])>/iu;
/** Digits of other scripts, vulgar fractions, and signs of calculation: the numeral beside them is a part of a number. */
const OTHER_NUMBER = /(?![0-9²³¹⁰⁴-⁹])[\p{Nd}\p{No}]|[√±×÷∗⋅·⌊⌈∕⁄]|\d[!π]|\d ?[+^] ?\p{L}/u;
/**
 * A letter that stands for a number, joined to the numeral: `5x`, `5 n`, `a+5`, `5 - x`, `5/x`, `f(5)`, `5(x)`. Symbols of units
 * (`5m`, `5 t`) and of times that one pays by (`5/h`), and the words "a" and "I" after a space, stay what they are.
 */
const UNKNOWN =
  /\d(?:[a-zA-Z](?<![mgshlLWVACFNJdpc])| [b-zB-HJ-Z](?<![mgshlLWVCFNJdpctT])|[xyzn]{2,3})(?!['’]|[-+.]?[\p{L}\p{N}])|(?<!\p{L})\p{L} ?[+*/] ?\d|\d ?(?:[-−*]|\/(?! ?[hsd](?![\p{L}\p{N}]| ?[-−+*/^=(]))) ?\p{L}(?![\p{L}'’]| \p{L}{2})|(?<!\p{L})\p{L}\(\d|\d\(\p{L}\)/u;
/** Words that are numbers, or make another number of the one beside them. "One" is left out: it is a pronoun as often. */
const NUMBER_WORD =
  /(?<!\p{L})(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundreds?|thousands?|millions?|billions?|trillions?|dozens?|lakhs?|crores?|half|halves|thirds?|twice|thrice|doubled?|tripled?|squared|cubed|to the power|sqrt|root|factorial|log|ln|sin|cos|tan|mod|modulo|plus|times|divided by|multiplied by)(?!\p{L})|\d ?(?:k|bn|mn|mln)(?![\p{L}\p{N}])/iu;
const NOT_FINITE = /(?<![\p{L}\p{N}])(?:nan|inf|infinity|infinite)(?![\p{L}\p{N}])|∞/iu;
/** Letters and then digits right behind a numeral: a product or a name, not a unit. */
const GLUED = /^\p{L}+\d/u;
const WORD = /[\p{L}\p{N}]/u;
const UNIT = /^[ \u00a0]?(?:\\?%|percent)|^[ \u00a0]{0,2}([\p{L}°µ][\p{L}\p{N}°²³./]{0,30})/u;

/** Digits and what separates them, and so neither words nor signs that make another number of them. */
const BARE = /^[0-9.,\s-]*$/;
const NOTHING_BESIDE = { percent: false, currency: null, unit: null };

/** Reads `text` as the one number it states. Time is linear in the length; never throws. */
export function readNumber(text: string): NumberReading {
  const numerals = findNumerals(text);
  const bare = BARE.test(text);
  const infinite = !bare && NOT_FINITE.test(text);
  const first = numerals[0];
  if (!first && !infinite) return { kind: 'none', why: 'There is no number in the answer.' };
  const objection = bare ? null : objectionTo(text, numerals);
  if (objection !== null) return { kind: 'ambiguous', why: objection };
  const count = numerals.length + (infinite ? 1 : 0);
  if (count > 1) return { kind: 'ambiguous', why: `The answer states ${count} numbers.` };
  if (first?.value === null)
    return { kind: 'ambiguous', why: 'The digits can be read in more than one way.' };
  if (!first || first.value === 'not-finite')
    return { kind: 'not-finite', why: 'The answer is not a finite number of a sensible size.' };
  const beside = bare ? NOTHING_BESIDE : readSurroundings(text, first.span);
  return { kind: 'number', value: first.value, span: first.span, ...beside };
}

/** What the words and signs of the answer say against reading its numeral; null when nothing does. */
function objectionTo(text: string, numerals: readonly Numeral[]): string | null {
  if (NEGATED.test(text)) return 'The answer compares or negates instead of stating one number.';
  if (numerals.length > 0 && (OTHER_NUMBER.test(text) || NUMBER_WORD.test(text) || UNKNOWN.test(text)))
    return 'A word, a sign or a letter beside the numeral is a number too, or makes another one of it.';
  return null;
}

/** Whether two values in the canonical form of `readNumber` are the same number: the form is unique. */
export function sameNumber(a: string, b: string): boolean {
  return a === b;
}

/** A hundred times a canonical value, in canonical form; null where that is of no sensible size. */
export function hundredfold(value: string): string | null {
  const hundred = readNumber(value.includes('/') ? value.replace('/', '00/') : `${value}e2`);
  return hundred.kind === 'number' ? hundred.value : null;
}

/** |a - b| / |b| for two canonical values; infinite when b is zero and a is not. */
export function relativeError(a: string, b: string): number {
  const [x, y] = [toFloat(a), toFloat(b)];
  if (x === y) return 0;
  return y === 0 ? Number.POSITIVE_INFINITY : Math.abs(x - y) / Math.abs(y);
}

function toFloat(value: string): number {
  const [p, q] = value.split('/');
  return q === undefined ? Number(p) : Number(p) / Number(q);
}

function findNumerals(text: string): Numeral[] {
  const found: Numeral[] = [];
  for (let at = 0; at < text.length; ) {
    if (!startsNumeral(text, at)) {
      at++;
      continue;
    }
    const end = numeralEnd(text, at);
    if (!isPartOfWord(text, at)) found.push(readNumeral(text, at, end));
    at = end;
  }
  return found;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

function startsNumeral(text: string, at: number): boolean {
  return isDigit(text, at) || (text[at] === '.' && isDigit(text, at + 1) && !WORD.test(text.charAt(at - 1)));
}

/** Digits and everything that is glued to further digits by one sign: `1,234.50`, `3/4`, `1.5e3`, but also `3:30`. */
function numeralEnd(text: string, start: number): number {
  let at = start;
  while (true) {
    while (isDigit(text, at)) at++;
    if (isDigit(text, at + 1) && isGlue(text, at)) at += 2;
    else if ((text[at] === 'e' || text[at] === 'E') && exponentLength(text, at) > 0)
      at += exponentLength(text, at);
    else return '²³¹⁰⁴⁵⁶⁷⁸⁹^'.includes(text[at] ?? ' ') ? at + 1 : at;
  }
}

function isGlue(text: string, at: number): boolean {
  const sign = text[at]!;
  if (",./:_'’".includes(sign)) return true;
  return (
    THIN_SPACES.includes(sign) && isDigit(text, at + 2) && isDigit(text, at + 3) && !isDigit(text, at + 4)
  );
}

function exponentLength(text: string, at: number): number {
  let end = at + 1;
  if (text[end] === '+' || text[end] === '-') end++;
  const digits = end;
  while (isDigit(text, end)) end++;
  return end > digits && !WORD.test(text.charAt(end)) ? end - at : 0;
}

/** `x2` and `H2O` name things; `USD18` and `Rs18` are money. */
function isPartOfWord(text: string, start: number): boolean {
  const before = text.charAt(start - 1);
  if (before === '_') return WORD.test(text.charAt(start - 2));
  return /\p{L}/u.test(before) && !CURRENCY_CODE.test(text.slice(Math.max(0, start - 6), start));
}

function readNumeral(text: string, start: number, end: number): Numeral {
  const sign = readSign(text, start);
  const glued = GLUED.test(text.slice(end, end + 30));
  const magnitude = sign === null || glued ? null : readMagnitude(text.slice(start, end));
  const from = sign?.start ?? start;
  if (sign === null || magnitude === null || magnitude === 'not-finite')
    return { span: [from, end], value: magnitude };
  const value = sign.negative && magnitude !== '0' ? `-${magnitude}` : magnitude;
  return { span: [from, end], value };
}

/** The sign in front of a numeral; null when a dash there may be a sign or something else. */
function readSign(text: string, start: number): { negative: boolean; start: number } | null {
  let at = start;
  while (at > 0 && (CURRENCY_SIGNS.includes(text[at - 1]!) || text[at - 1] === '\\')) at--;
  if (at === 0) return { negative: false, start: at };
  if (NEGATED_BRACKET.test(text.slice(Math.max(0, at - 16), at))) return null;
  const before = text.charAt(at - 1);
  if (before === '+') return { negative: false, start: at - 1 };
  if (before !== '' && MINUS.includes(before)) {
    const previous = text.charAt(at - 2);
    // After a digit it separates (`5-3`, two numbers); at the start, after space or an opening sign it negates.
    if (isDigit(text, at - 2)) return { negative: false, start: at };
    if (previous === '' || /[\s([{=:*_~"'“‘«≈$€£¥`;,]/u.test(previous))
      return { negative: true, start: at - 1 };
    return null;
  }
  const context = text.slice(Math.max(0, at - 16), at);
  if (MINUS_WORD.test(context)) return { negative: true, start: at };
  const spaced = /(?:^|[^\s])?\s*([-−–])[ \u00a0]+$/u.exec(context);
  if (!spaced) return { negative: false, start: at };
  const owner = context.slice(0, spaced.index + spaced[0].lastIndexOf(spaced[1]!)).trimEnd();
  if (owner.endsWith('=')) return { negative: true, start: at };
  return /\d$/.test(owner) ? { negative: false, start: at } : null;
}

/** Canonical value of the digits; null when they can be read in two ways. */
function readMagnitude(numeral: string): string | null | 'not-finite' {
  const fraction = /^(\d+)\/(\d+)$/.exec(numeral);
  if (fraction) return divide(fraction[1]!, fraction[2]!);
  const match = /^(\d*(?:[,\u00a0\u2009\u202f]\d+)*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(numeral);
  if (!match) return null;
  const whole = match[1]!;
  if (/\D/.test(whole) && !/^[1-9]\d{0,2}(?:([,\u00a0\u2009\u202f])\d{3})(?:\1\d{3})*$/.test(whole))
    return null;
  return decimal(whole.replace(/\D/g, ''), match[2] ?? '', Number(match[3] ?? 0));
}

function decimal(whole: string, fraction: string, exponent: number): string | 'not-finite' {
  if (whole.length + fraction.length > MAX_DIGITS || Math.abs(exponent) > MAX_EXPONENT) return 'not-finite';
  let digits = whole + fraction;
  let point = whole.length + exponent;
  if (point < 0) {
    digits = '0'.repeat(-point) + digits;
    point = 0;
  }
  digits = digits.padEnd(point, '0');
  const left = digits.slice(0, point).replace(/^0+/, '') || '0';
  const right = digits.slice(point).replace(/0+$/, '');
  return right === '' ? left : `${left}.${right}`;
}

function divide(top: string, bottom: string): string | 'not-finite' {
  if (top.length + bottom.length > MAX_DIGITS) return 'not-finite';
  let p = BigInt(top);
  let q = BigInt(bottom);
  if (q === 0n) return 'not-finite';
  const common = greatestCommonDivisor(p, q);
  p /= common;
  q /= common;
  const [twos, fives] = [countFactor(q, 2n), countFactor(q, 5n)];
  if (2n ** BigInt(twos) * 5n ** BigInt(fives) !== q) return `${p}/${q}`;
  const places = Math.max(twos, fives);
  const scaled = String((p * 10n ** BigInt(places)) / q).padStart(places + 1, '0');
  return decimal(scaled.slice(0, scaled.length - places), scaled.slice(scaled.length - places), 0);
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

function countFactor(value: bigint, factor: bigint): number {
  let count = 0;
  for (let rest = value; rest % factor === 0n; rest /= factor) count++;
  return count;
}

function readSurroundings(text: string, span: Span) {
  const after = text.slice(span[1], span[1] + 40);
  const before = text.slice(Math.max(0, span[0] - 6), span[1]);
  const sign = [...before, after.charAt(0)].find(
    (character) => CURRENCY_SIGNS.includes(character) && character !== '',
  );
  const code = CURRENCY_CODE.exec(text.slice(Math.max(0, span[0] - 6), span[0]))?.[1];
  const unit = UNIT.exec(after);
  const percent = unit !== null && unit[1] === undefined;
  return { percent, currency: sign ?? code ?? null, unit: unit?.[1] ?? null };
}
