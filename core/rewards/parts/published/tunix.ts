// The four reward functions of the Tunix gsm8k demo (google/tunix, examples/math_gsm8k), hole for hole, so that suites can be
// compared with them. Their regular expressions backtrack; these scan once and find the same.
import type { Row } from '../../../contract/row.ts';
import { pyFloat, pySpace, pyStrip } from '../../python-text.ts';
import { definePart } from '../part.ts';

const OPEN = '<reasoning>';
const CLOSE = '</reasoning>';
const START = '<answer>';
const END = '</answer>';

const SPACE = new RegExp(pySpace, 'u');

/** The text as the demo has its gold: what stands after "####", trimmed, commas kept. */
function goldOf(row: Row): string | null {
  const raw = row.answerRaw?.split('####')[1];
  return raw === undefined ? row.answer : pyStrip(raw);
}

/** What the demo's format expression captures: `^\s*<reasoning>.+?</reasoning>.*?<answer>(.+?)</answer>\s*$`, multi-line. */
function formatGuess(text: string): string | null {
  const start = findLineStart(text);
  if (start === -1) return null;
  const close = text.indexOf(CLOSE, start + OPEN.length + 1);
  const open = close === -1 ? -1 : text.indexOf(START, close + CLOSE.length);
  if (open === -1) return null;
  const from = open + START.length;
  for (let end = text.indexOf(END, from + 1); end !== -1; end = text.indexOf(END, end + 1))
    if (endsLine(text, end + END.length)) return text.slice(from, end);
  return null;
}

/** The first opening tag with nothing but white space between it and the start of some line. */
function findLineStart(text: string): number {
  for (let at = text.indexOf(OPEN); at !== -1; at = text.indexOf(OPEN, at + 1)) {
    let before = at - 1;
    while (before >= 0 && text[before] !== '\n' && SPACE.test(text[before]!)) before--;
    if (before < 0 || text[before] === '\n') return at;
  }
  return -1;
}

function endsLine(text: string, from: number): boolean {
  let at = from;
  while (at < text.length && text[at] !== '\n' && SPACE.test(text[at]!)) at++;
  return at === text.length || text[at] === '\n';
}

function countOf(text: string, tag: string): number {
  let count = 0;
  for (let at = text.indexOf(tag); at !== -1; at = text.indexOf(tag, at + tag.length)) count++;
  return count;
}

/** 3.0 in the demo. */
export const tunixFormatExact = definePart({
  fn: 'tunix-format-exact',
  explanation: 'Tunix demo: 1 where its format expression matches anywhere, text around it included.',
  range: { min: 0, max: 1 },
  form: true,
  params: {},
  score(_row, _parsed, _params, { text }) {
    const matches = formatGuess(text) !== null;
    return { score: matches ? 1 : 0, why: matches ? 'The expression matches.' : 'No match.', spans: [] };
  },
});

/** From -2.0 to 2.0 in the demo. */
export const tunixFormatApproximate = definePart({
  fn: 'tunix-format-approximate',
  explanation:
    'Tunix demo: a quarter for each of four tags that stands exactly once, minus a quarter for each other.',
  range: { min: -1, max: 1 },
  form: true,
  params: {},
  score(_row, _parsed, _params, { text }) {
    const once = [OPEN, CLOSE, START, END].filter((tag) => countOf(text, tag) === 1).length;
    return { score: (2 * once - 4) / 4, why: `${once} of 4 tags stand exactly once.`, spans: [] };
  },
});

/** From -1.0 to 3.0 in the demo. */
export const tunixAnswer = definePart({
  fn: 'tunix-answer',
  explanation:
    'Tunix demo, check_answer, a third of it: same text 1, same but for spaces 0.5, within 10 or 20 % less, else negative.',
  range: { min: -1 / 3, max: 1 },
  answerTypes: ['number'],
  params: {},
  score(row, _parsed, _params, { text }) {
    const gold = goldOf(row);
    if (gold === null) return { score: null, why: 'The row has no gold.', spans: [] };
    const points = answerPoints(formatGuess(text), gold);
    return { score: points / 3, why: `check_answer gives ${points}.`, spans: [] };
  },
});

function answerPoints(guess: string | null, gold: string): number {
  if (guess === null) return 0;
  if (guess === gold) return 3;
  if (pyStrip(guess) === pyStrip(gold)) return 1.5;
  const [x, y] = [pyFloat(guess), pyFloat(gold)];
  if (x === null || y === null || y === 0) return -0.5;
  const ratio = x / y;
  if (ratio >= 0.9 && ratio <= 1.1) return 0.5;
  return ratio >= 0.8 && ratio <= 1.2 ? 0.25 : -1;
}

/** 1.5 in the demo. */
export const tunixNumbers = definePart({
  fn: 'tunix-numbers',
  explanation:
    'Tunix demo, check_numbers: 1 where the first digits after the first answer tag equal the gold. Drops signs.',
  range: { min: 0, max: 1 },
  answerTypes: ['number'],
  params: {},
  score(row, _parsed, _params, { text }) {
    const gold = goldOf(row);
    if (gold === null) return { score: null, why: 'The row has no gold.', spans: [] };
    const tag = text.indexOf(START);
    const digits = tag === -1 ? null : /[\p{Nd}.]+/u.exec(text.slice(tag + START.length));
    const guess = digits && pyFloat(digits[0]);
    const right = guess !== null && guess === pyFloat(pyStrip(gold));
    return {
      score: right ? 1 : 0,
      why: digits ? `The first digits are ${digits[0].slice(0, 40)}.` : 'No digits.',
      spans: [],
    };
  },
});
