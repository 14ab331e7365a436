// The rewards of open-r1 (huggingface/open-r1, rewards.py), hole for hole, so that suites can be compared with them. One
// departure: accuracy is judged by our reader of the answer block, where open-r1 asks math-verify about the whole text.
import type { Row } from '../../../contract/row.ts';
import type { Judgement } from '../../answers/check-answer.ts';
import { pyLength, pySplit } from '../../python-text.ts';
import { definePart } from '../part.ts';
import { cosOfHalfTurns } from './cos-of-half-turns.ts';

const OPEN = '<think>\n';
const MIDDLE = '\n</think>\n<answer>\n';
const END = '\n</answer>';

/** `^<think>\n.*?\n</think>\n<answer>\n.*?\n</answer>$` with match, DOTALL and MULTILINE. */
export const openR1Format = definePart({
  fn: 'open-r1-format',
  explanation:
    'open-r1: 1 where the text starts in the think and answer form, whatever follows on a new line.',
  range: { min: 0, max: 1 },
  form: true,
  params: {},
  score(_row, _parsed, _params, { text }) {
    const matches = hasFormat(text);
    return { score: matches ? 1 : 0, why: matches ? 'The expression matches.' : 'No match.', spans: [] };
  },
});

function hasFormat(text: string): boolean {
  if (!text.startsWith(OPEN)) return false;
  const middle = text.indexOf(MIDDLE, OPEN.length);
  if (middle === -1) return false;
  for (let end = text.indexOf(END, middle + MIDDLE.length); end !== -1; end = text.indexOf(END, end + 1)) {
    const after = end + END.length;
    if (after === text.length || text[after] === '\n') return true;
  }
  return false;
}

export const openR1TagCount = definePart({
  fn: 'open-r1-tag-count',
  explanation:
    'open-r1: a quarter for each of four tags with its line end that stands exactly once, in any order.',
  range: { min: 0, max: 1 },
  form: true,
  params: {},
  score(_row, _parsed, _params, { text }) {
    const tags = [OPEN, '\n</think>\n', '\n<answer>\n', END];
    const once = tags.filter(
      (tag) => text.includes(tag) && text.indexOf(tag) === lastApart(text, tag),
    ).length;
    return { score: once / 4, why: `${once} of 4 tags stand exactly once.`, spans: [] };
  },
});

/** Where the last of the non-overlapping occurrences starts, counted from the left as Python's `count` does. */
function lastApart(text: string, tag: string): number {
  let last = -1;
  for (let at = text.indexOf(tag); at !== -1; at = text.indexOf(tag, at + tag.length)) last = at;
  return last;
}

export const openR1Accuracy = definePart({
  fn: 'open-r1-accuracy',
  explanation: 'open-r1: 1 for the right answer, else 0; nothing where the gold cannot be read.',
  range: { min: 0, max: 1 },
  answerTypes: ['number', 'choice', 'text'],
  params: {},
  score(_row, _parsed, _params, { judgement }) {
    if (judgement.verdict === 'not-applicable') return { score: null, why: judgement.why, spans: [] };
    return { score: isRight(judgement) ? 1 : 0, why: judgement.why, spans: [] };
  },
});

function isRight(judgement: Judgement): boolean {
  return judgement.verdict === 'correct';
}

const STEP = /Step \p{Nd}+:|^\p{Nd}+\.|\n-|\n\*|First,|Second,|Next,|Finally,/gu;

export const openR1Steps = definePart({
  fn: 'open-r1-steps',
  explanation:
    'open-r1: a third for each marker of a step ("First,", "Step 1:", a list mark), three at most.',
  range: { min: 0, max: 1 },
  form: true,
  params: {},
  score(_row, _parsed, _params, { text }) {
    const count = text.match(STEP)?.length ?? 0;
    return { score: Math.min(1, count / 3), why: `${count} markers of steps.`, spans: [] };
  },
});

export const openR1Cosine = definePart({
  fn: 'open-r1-cosine',
  explanation:
    'open-r1: right answers earn 1 to 0.5 and wrong ones -1 to -0.5 along a cosine of the length, which is not clamped.',
  range: { min: -1, max: 1 },
  answerTypes: ['number', 'choice', 'text'],
  params: {
    maxLength: {
      type: 'number',
      default: 1000,
      min: 1,
      max: 1_000_000,
      integer: true,
      explanation: 'Length in characters at which half a turn of the cosine ends.',
    },
  },
  score(_row, _parsed, { maxLength }, { text, judgement }) {
    // As published: a gold that cannot be read pays in full.
    if (judgement.verdict === 'not-applicable') return { score: 1, why: judgement.why, spans: [] };
    const length = pyLength(text);
    const cosine = cosOfHalfTurns(length / maxLength);
    const [low, high] = isRight(judgement) ? [0.5, 1] : [-0.5, -1];
    return {
      score: low + 0.5 * (high - low) * (1 + cosine),
      why: `${length} of ${maxLength} characters.`,
      spans: [],
    };
  },
});

export const openR1Repetition = definePart({
  fn: 'open-r1-repetition',
  explanation: 'open-r1: minus the share of word n-grams that repeat.',
  range: { min: -1, max: 0 },
  params: {
    words: {
      type: 'number',
      default: 3,
      min: 1,
      max: 10,
      integer: true,
      explanation: 'The n of the n-grams.',
    },
  },
  score(_row, _parsed, params, { text }) {
    const words = pySplit(text.toLowerCase());
    if (words.length < params.words) return { score: 0, why: 'Too short to repeat itself.', spans: [] };
    const total = words.length - params.words + 1;
    const grams = new Set<string>();
    for (let at = 0; at < total; at++) grams.add(words.slice(at, at + params.words).join(' '));
    const share = 1 - grams.size / total;
    return {
      score: share === 0 ? 0 : -share,
      why: `${Math.round(100 * share)} % of the n-grams repeat.`,
      spans: [],
    };
  },
});

export const openR1Length = definePart({
  fn: 'open-r1-length',
  explanation:
    'open-r1, after Kimi 1.5: the shortest of a group earns 0.5, the longest -0.5; wrong answers at most 0.',
  range: { min: -0.5, max: 0.5 },
  answerTypes: ['number', 'choice', 'text'],
  params: {},
  score(_row: Row, _parsed, _params, { text, group, judgement }) {
    if (!group) return { score: null, why: 'This completion is not scored within a group.', spans: [] };
    const { shortest, longest } = group;
    if (shortest === longest) return { score: 0, why: 'All of the group have one length.', spans: [] };
    const points = 0.5 - (pyLength(text) - shortest) / (longest - shortest);
    const free = isRight(judgement) || judgement.verdict === 'not-applicable';
    const why = `Between ${shortest} and ${longest} characters in the group.`;
    return { score: free ? points : Math.min(0, points), why, spans: [] };
  },
});
