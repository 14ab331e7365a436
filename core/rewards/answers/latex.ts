// LaTeX-like maths, only as far as it can be right: what has exactly one plain spelling becomes it, and everything else is
// said to be undecided. No algebra is done here: `\sqrt{4}` is not 2 to this file, it is unverifiable.

/** More than plain digits, words and punctuation: a command, a power, a root, a whole formula between dollars. */
const MATHS = /\\[a-zA-Z([{,;!%$]|\^|√|π|^\s*\$[^$]+\$\.?\s*$/u;

const OPENINGS = ['$$', '$', '\\(', '\\['];
const CLOSINGS = ['$$', '$', '\\)', '\\]'];
const BOX = /\\(?:boxed|fbox)(?![a-zA-Z])/gu;

/** Commands that only dress what they hold, which becomes the first group. */
const DRESSING: readonly RegExp[] = [
  /\\(?:left|right|displaystyle|textstyle)(?![a-zA-Z])()\s?/gu,
  /\\(?:boxed|fbox|text|textbf|textnormal|mathrm|mathbf|mbox)\s*\{([^{}]*)\}/gu,
  /(?:\\[,;:! ()[\]]|~)+()/gu,
];
const THOUSANDS: readonly (readonly [RegExp, string])[] = [
  [/,\\!\s*(?=\d{3})/gu, ','],
  [/(\d)\\,(?=\d{3}(?!\d))/gu, '$1\u2009'],
  [/(\d) ?\{ ?, ?\} ?(?=\d{3})/gu, '$1,'],
];
/** One spelling of what TeX reads as the same. */
const ARGUMENTS: readonly (readonly [RegExp, string])[] = [
  [/\\[dtc]frac(?![a-zA-Z])/gu, '\\frac'],
  [/(\\frac|\\sqrt)\s*(\d)/gu, '$1{$2}'],
  [/(\\frac\s*\{[^{}]*\})\s*(\d)/gu, '$1{$2}'],
];
const RELATIONS: readonly (readonly [RegExp, string])[] = [
  [/\\leq?(?![a-zA-Z])|<=/gu, '≤'],
  [/\\geq?(?![a-zA-Z])|>=/gu, '≥'],
  [/\\neq?(?![a-zA-Z])|!=/gu, '≠'],
  [/\\lt(?![a-zA-Z])/gu, '<'],
  [/\\gt(?![a-zA-Z])/gu, '>'],
];
const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/\\frac\s*\{\s*(\d+)\s*\}\s*\{\s*(\d+)\s*\}/gu, '$1/$2'],
  [/\^\s*(?:\{\s*)?\\circ\s*\}?/gu, '°'],
];
const POWER_OF_TEN =
  /^([-−]?\d+(?:\.\d+)?)\s*(?:\\times|\\cdot|×|\*)\s*10\s*\^\s*(?:\{\s*([-−]?\d{1,3})\s*\}|(\d{1,3}))$/u;
/** A fraction with something beside it may be a mixed number or a product. */
const MIXED = /\d\s*\\frac|\\frac\s*\{[^{}]*\}\s*\{[^{}]*\}\s*\d/u;
/** Upright words are no letters of the formula. */
const WORDS = /\\(?:text[a-z]*|mathrm|mbox)\s*\{[^{}]*\}/gu;
/**
 * One or two letters behind a numeral are factors in a formula, spaces or not: `2x`, `2 ab`. A small word that another word follows
 * (`\$18 an hour`) is none.
 */
const FACTOR =
  /(?:\d|\\frac\s*\{[^{}]*\}\s*\{[^{}]*\})(?!\s+[a-z]{1,2} [a-z]{3})\s*[a-zA-Z]{1,2}(?![a-zA-Z])/u;

/** True when `text` holds maths that `plainMaths` has to decide on. */
export function isMaths(text: string): boolean {
  return MATHS.test(text);
}

/** The same in plain characters when that is all it is (`\boxed{\frac{3}{4}}` → `3/4`); null when it is more than that. */
export function plainMaths(text: string): string | null {
  let plain = replaceAll(text, ARGUMENTS);
  if (MIXED.test(plain) || (isMaths(text) && FACTOR.test(plain.replace(WORDS, ' ')))) return null;
  // Commands nest (\boxed{\text{18}}): twice is as deep as answers go, and what is left over is undecided.
  for (let pass = 0; pass < 2; pass++) plain = replaceAll(undress(plain), PLAIN);
  plain = plain.trim();
  const power = POWER_OF_TEN.exec(plain);
  if (power) plain = `${power[1]}e${(power[2] ?? power[3])!.replace('−', '-')}`;
  return MATHS.test(plain) ? null : plain;
}

/** True when a text boxes more than one answer. */
export function hasManyBoxes(text: string): boolean {
  return (text.match(BOX)?.length ?? 0) > 1;
}

/** Two formulas are surely the same when they are written alike, spaces and dressing aside. */
export function sameFormula(a: string, b: string): boolean {
  return formulaKey(a) === formulaKey(b);
}

function formulaKey(text: string): string {
  let key = text;
  for (let pass = 0; pass < 2; pass++) key = undress(key);
  return replaceAll(key, [...ARGUMENTS, ...RELATIONS])
    .trim()
    .replace(/\.$/u, '')
    .replace(/\s+/gu, (space, at: number, whole: string) => {
      const around = whole.charAt(at - 1) + whole.charAt(at + space.length);
      return /^(?:\p{N}{2}|\p{L}{2})$/u.test(around) ? ' ' : '';
    });
}

/** One layer of delimiters, dressing and signs of thousands taken off. What stood apart stays apart: `\text{1}\text{8}` is `1 8`. */
function undress(text: string): string {
  let plain = replaceAll(unbox(unwrap(text)), THOUSANDS);
  for (const pattern of DRESSING) plain = plain.replace(pattern, apart);
  return plain.replace(/\\([$%])/gu, '$1');
}

function replaceAll(text: string, table: readonly (readonly [RegExp, string])[]): string {
  return table.reduce((plain, [pattern, to]) => plain.replace(pattern, to), text);
}

/** What one box around the whole text holds, braces in it or not; else the text. */
function unbox(text: string): string {
  const body = withoutStop(text);
  const open = /^\\(?:boxed|fbox)\s{0,9}\{/u.exec(body);
  if (!open) return text;
  let depth = 0;
  for (let at = open[0].length - 1; at < body.length; at++) {
    if (body[at - 1] === '\\') continue;
    if (body[at] === '{') depth++;
    else if (body[at] === '}') depth--;
    if (depth === 0) return at === body.length - 1 ? body.slice(open[0].length, at) : text;
  }
  return text;
}

/** `inside` in place of `dressed`, with a space on each side where it would run into a letter or digit. */
function apart(dressed: string, inside: string, at: number, whole: string): string {
  const before = /[\p{L}\p{N}}]/u.test(whole.charAt(at - 1));
  const after = /[\p{L}\p{N}\\]/u.test(whole.charAt(at + dressed.length));
  if (inside.trim() === '') return before && after ? ' ' : '';
  return `${before && /^[\p{L}\p{N}]/u.test(inside) ? ' ' : ''}${inside}${after && /[\p{L}\p{N}]$/u.test(inside) ? ' ' : ''}`;
}

/** Without the dollars or brackets around the whole and the full stop behind them. By index: a pattern would backtrack. */
function unwrap(text: string): string {
  const body = withoutStop(text);
  const open = OPENINGS.find((mark) => body.startsWith(mark));
  const close = CLOSINGS.find((mark) => body.endsWith(mark));
  if (!open || !close || body.length < open.length + close.length) return text;
  return body.slice(open.length, body.length - close.length).trim();
}

function withoutStop(text: string): string {
  const trimmed = text.trim();
  return trimmed.endsWith('.') ? trimmed.slice(0, -1).trimEnd() : trimmed;
}
