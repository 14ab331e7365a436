// The Porter stemmer (Porter 1980, "An algorithm for suffix stripping") with the departures of NLTK's default mode, which
// rouge_score uses. One word in, its stem out; words of one or two letters stay.

const IRREGULAR: Readonly<Record<string, string>> = {
  skies: 'sky',
  sky: 'sky',
  dying: 'die',
  lying: 'lie',
  tying: 'tie',
  news: 'news',
  innings: 'inning',
  inning: 'inning',
  outings: 'outing',
  outing: 'outing',
  cannings: 'canning',
  canning: 'canning',
  howe: 'howe',
  proceed: 'proceed',
  exceed: 'exceed',
  succeed: 'succeed',
};

type Condition = (stem: string) => boolean;
/** Suffix, what takes its place, and what must hold of the stem. Of the first suffix that fits only the condition decides. */
type Rule = readonly [suffix: string, to: string, condition?: Condition];

/** A "y" is a consonant at the start and after a vowel. */
function isConsonant(word: string, at: number): boolean {
  let start = at;
  while (start > 0 && word[start] === 'y') start--;
  const first = !'aeiou'.includes(word[start]!);
  // Along a run of "y" consonants and vowels take turns.
  return (at - start) % 2 === 0 ? first : !first;
}

/** The m of the paper: how often a consonant follows a vowel. */
function measure(stem: string): number {
  let count = 0;
  let vowelBefore = false;
  let consonant = false;
  for (let at = 0; at < stem.length; at++) {
    consonant = stem[at] === 'y' ? at === 0 || !consonant : !'aeiou'.includes(stem[at]!);
    if (consonant && vowelBefore) count++;
    vowelBefore = !consonant;
  }
  return count;
}

const isLong: Condition = (stem) => measure(stem) > 0;
const isLonger: Condition = (stem) => measure(stem) > 1;

function hasVowel(stem: string): boolean {
  return /[aeiou]/.test(stem) || /[^y]y/.test(stem) || /^yy/.test(stem);
}

function endsDoubleConsonant(word: string): boolean {
  const n = word.length;
  return n >= 2 && word[n - 1] === word[n - 2] && isConsonant(word, n - 1);
}

/** Ends consonant, vowel, consonant other than w, x, y; or is a vowel and a consonant. */
function endsShort(word: string): boolean {
  const n = word.length;
  if (n === 2) return !isConsonant(word, 0) && isConsonant(word, 1);
  if (n < 3 || 'wxy'.includes(word[n - 1]!)) return false;
  return isConsonant(word, n - 3) && !isConsonant(word, n - 2) && isConsonant(word, n - 1);
}

function applyRules(word: string, rules: readonly Rule[]): string {
  for (const [suffix, to, condition] of rules) {
    if (!word.endsWith(suffix)) continue;
    const stem = word.slice(0, word.length - suffix.length);
    return !condition || condition(stem) ? stem + to : word;
  }
  return word;
}

function stripPlural(word: string): string {
  if (word.endsWith('ies') && word.length === 4) return word.slice(0, -1);
  return applyRules(word, [
    ['sses', 'ss'],
    ['ies', 'i'],
    ['ss', 'ss'],
    ['s', ''],
  ]);
}

function stripPast(word: string): string {
  if (word.endsWith('ied')) return word.slice(0, word.length === 4 ? -1 : -2);
  if (word.endsWith('eed')) return isLong(word.slice(0, -3)) ? word.slice(0, -1) : word;
  const suffix = ['ed', 'ing'].find((each) => word.endsWith(each) && hasVowel(word.slice(0, -each.length)));
  if (!suffix) return word;
  const stem = word.slice(0, -suffix.length);
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsDoubleConsonant(stem)) return 'lsz'.includes(stem.at(-1)!) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem;
}

function softenY(word: string): string {
  const stem = word.slice(0, -1);
  return word.endsWith('y') && stem.length > 1 && isConsonant(stem, stem.length - 1) ? `${stem}i` : word;
}

const DOUBLE_SUFFIXES: readonly Rule[] = [
  ['ational', 'ate', isLong],
  ['tional', 'tion', isLong],
  ['enci', 'ence', isLong],
  ['anci', 'ance', isLong],
  ['izer', 'ize', isLong],
  ['bli', 'ble', isLong],
  ['alli', 'al', isLong],
  ['entli', 'ent', isLong],
  ['eli', 'e', isLong],
  ['ousli', 'ous', isLong],
  ['ization', 'ize', isLong],
  ['ation', 'ate', isLong],
  ['ator', 'ate', isLong],
  ['alism', 'al', isLong],
  ['iveness', 'ive', isLong],
  ['fulness', 'ful', isLong],
  ['ousness', 'ous', isLong],
  ['aliti', 'al', isLong],
  ['iviti', 'ive', isLong],
  ['biliti', 'ble', isLong],
  ['fulli', 'ful', isLong],
  // the "l" belongs to the stem, so "geologi" has a measure to judge
  ['logi', 'log', (stem) => isLong(`${stem}l`)],
];

function joinSuffixes(word: string): string {
  // "-alli" goes to "-al" and what is left is looked at again.
  if (word.endsWith('alli') && isLong(word.slice(0, -4))) return joinSuffixes(word.slice(0, -2));
  return applyRules(word, DOUBLE_SUFFIXES);
}

const STEP_3: readonly Rule[] = [
  ['icate', 'ic', isLong],
  ['ative', '', isLong],
  ['alize', 'al', isLong],
  ['iciti', 'ic', isLong],
  ['ical', 'ic', isLong],
  ['ful', '', isLong],
  ['ness', '', isLong],
];

const STEP_4: readonly Rule[] = [
  ...['al', 'ance', 'ence', 'er', 'ic', 'able', 'ible', 'ant', 'ement', 'ment', 'ent'].map(
    (suffix): Rule => [suffix, '', isLonger],
  ),
  ['ion', '', (stem) => isLonger(stem) && 'st'.includes(stem.at(-1)!)],
  ...['ou', 'ism', 'ate', 'iti', 'ous', 'ive', 'ize'].map((suffix): Rule => [suffix, '', isLonger]),
];

function stripE(word: string): string {
  if (!word.endsWith('e')) return word;
  const stem = word.slice(0, -1);
  const m = measure(stem);
  return m > 1 || (m === 1 && !endsShort(stem)) ? stem : word;
}

function stripDoubleL(word: string): string {
  return word.endsWith('ll') && measure(word.slice(0, -1)) > 1 ? word.slice(0, -1) : word;
}

/** The stem of a word in lower case. */
export function stem(word: string): string {
  if (Object.hasOwn(IRREGULAR, word)) return IRREGULAR[word]!;
  if (word.length <= 2) return word;
  const steps = [
    stripPlural,
    stripPast,
    softenY,
    joinSuffixes,
    (w: string) => applyRules(w, STEP_3),
    (w: string) => applyRules(w, STEP_4),
    stripE,
    stripDoubleL,
  ];
  return steps.reduce((current, step) => step(current), word);
}
