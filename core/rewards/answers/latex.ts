// LaTeX-like maths, only as far as it can be right: what has exactly one plain spelling becomes it, and everything else is
// said to be undecided. No algebra is done here: `\sqrt{4}` is not 2 to this file, it is unverifiable.

/** More than plain digits, words and punctuation: a command, a power, a root, a whole formula between dollars. */
const MATHS = /\\[a-zA-Z([{,;!%$]|\^|√|π|^\s*\$[^$]+\$\.?\s*$/u;

const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/^\s*(?:\$\$?|\\\(|\\\[)\s*([\s\S]*?)\s*(?:\$\$?|\\\)|\\\])\s*\.?\s*$/u, '$1'],
  [/\\(?:left|right|displaystyle|textstyle)(?![a-zA-Z])\s?/gu, ''],
  [/\\(?:boxed|fbox|text|textbf|mathrm|mathbf|mbox)\s*\{([^{}]*)\}/gu, '$1'],
  [/\\[,;:! ]|~/gu, ''],
  [/(\d)\{,\}(?=\d{3})/gu, '$1,'],
  [/\\([$%])/gu, '$1'],
  [/\\[dt]?frac\s*\{\s*(\d+)\s*\}\s*\{\s*(\d+)\s*\}/gu, '$1/$2'],
  [/\\[dt]?frac\s*(\d)\s*(\d)(?!\d)/gu, '$1/$2'],
  [/\^\s*\{?\s*\\circ\s*\}?/gu, '°'],
];
const POWER_OF_TEN =
  /^([-−]?\d+(?:\.\d+)?)\s*(?:\\times|\\cdot|×|\*)\s*10\s*\^\s*(?:\{\s*([-−]?\d{1,3})\s*\}|(\d{1,3}))$/u;
/** A fraction with something beside it may be a mixed number or a product. */
const MIXED = /\d\s*\\[dt]?frac|\\[dt]?frac\s*\{[^{}]*\}\s*\{[^{}]*\}\s*\d/u;

/** True when `text` holds maths that `plainNumber` has to decide on. */
export function isMaths(text: string): boolean {
  return MATHS.test(text);
}

/** The same in plain characters when that is all it is (`\boxed{\frac{3}{4}}` → `3/4`); null when it is more than that. */
export function plainMaths(text: string): string | null {
  if (MIXED.test(text)) return null;
  let plain = text;
  // Commands nest (\boxed{\text{18}}): twice is as deep as answers go, and what is left over is undecided.
  for (let pass = 0; pass < 2; pass++) for (const [pattern, to] of PLAIN) plain = plain.replace(pattern, to);
  plain = plain.trim();
  const power = POWER_OF_TEN.exec(plain);
  if (power) plain = `${power[1]}e${(power[2] ?? power[3])!.replace('−', '-')}`;
  return MATHS.test(plain) ? null : plain;
}

/** Two formulas are surely the same when they are written alike, spaces and dressing aside. */
export function sameFormula(a: string, b: string): boolean {
  return formulaKey(a) === formulaKey(b);
}

function formulaKey(text: string): string {
  let key = text;
  for (let pass = 0; pass < 2; pass++)
    for (const [pattern, to] of PLAIN.slice(0, 6)) key = key.replace(pattern, to);
  return key.replace(/\\[dt]frac(?![a-zA-Z])/gu, '\\frac').replace(/\s+|\.$/gu, '');
}
