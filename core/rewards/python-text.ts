// Python's own reading of text, for rewards that were written in Python: what `str.strip`, `str.split`, `len` and `float` do.

/** What `str.isspace` holds true, as a character class. JavaScript's \s differs in \x1c-\x1f, \x85 and \ufeff. */
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const ONE_SPACE = new RegExp(`[${SPACE}]`, 'u');
const SPACES = new RegExp(`[${SPACE}]+`, 'u');

/** `\s` of Python's `re` as a character class of JavaScript. */
export const pySpace = `[${SPACE}]`;

/** `text.strip()`, in linear time: an expression that ends in `+$` would begin anew at every space. */
export function pyStrip(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && ONE_SPACE.test(text[from]!)) from++;
  while (to > from && ONE_SPACE.test(text[to - 1]!)) to--;
  return text.slice(from, to);
}

/** `text.split()` */
export function pySplit(text: string): string[] {
  return text.split(SPACES).filter((word) => word !== '');
}

/** `len(text)`: code points, not UTF-16 code units. */
export function pyLength(text: string): number {
  let length = text.length;
  for (let at = 0; at + 1 < text.length; at++)
    if ((text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) {
      length--;
      at++;
    }
  return length;
}

/** `text[-count:]` */
export function pyTail(text: string, count: number): string {
  if (text.length <= count) return text;
  return Array.from(text.slice(-2 * count))
    .slice(-count)
    .join('');
}

const DIGITS = '[0-9](?:_?[0-9])*';
const FLOAT = new RegExp(`^[+-]?(?:${DIGITS}(?:\\.(?:${DIGITS})?)?|\\.${DIGITS})(?:[eE][+-]?${DIGITS})?$`);
const NAMED = /^([+-]?)(?:(inf|infinity)|nan)$/i;

/** `float(text)`, or null where Python raises ValueError. Takes `nan`, `inf`, `1_000` and digits of other scripts, as Python does. */
export function pyFloat(text: string): number | null {
  const plain = westernDigits(pyStrip(text));
  const named = NAMED.exec(plain);
  if (named) return named[2] === undefined ? Number.NaN : named[1] === '-' ? -Infinity : Infinity;
  return FLOAT.test(plain) ? Number(plain.replaceAll('_', '')) : null;
}

/** Decimal digits of any script, which stand in Unicode in runs of ten from zero, as 0-9. */
function westernDigits(text: string): string {
  return text.replace(/(?![0-9])\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0)!;
    let zero = code;
    while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
    return String(blockDigit(code, zero));
  });
}

/** Blocks that follow each other without a gap (mathematical digits) make a longer run. */
function blockDigit(code: number, zero: number): number {
  return code >= 0x1d7ce && code <= 0x1d7ff ? (code - 0x1d7ce) % 10 : code - zero;
}
