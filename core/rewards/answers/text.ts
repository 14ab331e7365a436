// Short text answers as HotpotQA and SQuAD measure them: exact match and token F1 after their normalisation, with the
// yes/no rule of HotpotQA (hotpot_evaluate_v1.py).
import type { Row } from '../../contract/row.ts';
import { pySplit } from '../python-text.ts';
import { readNumber, sameNumber } from './number.ts';

const PUNCTUATION = /[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/g;
const ARTICLES = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;
const CLOSED_ANSWERS: ReadonlySet<string> = new Set(['yes', 'no', 'noanswer']);

/** Lower case, without ASCII punctuation and English articles, white space squeezed. */
export function normaliseText(text: string): string {
  return pySplit(text.toLowerCase().replace(PUNCTUATION, '').replace(ARTICLES, ' ')).join(' ');
}

/** Equal after normalisation. */
export function exactMatch(prediction: string, gold: string): boolean {
  return normaliseText(prediction) === normaliseText(gold);
}

/** Harmonic mean of precision and recall over tokens with their counts; 0 when one side is a closed answer and they differ. */
export function tokenF1(prediction: string, gold: string): number {
  const [a, b] = [normaliseText(prediction), normaliseText(gold)];
  if (a !== b && (CLOSED_ANSWERS.has(a) || CLOSED_ANSWERS.has(b))) return 0;
  const [left, right] = [pySplit(a), pySplit(b)];
  const counts = new Map<string, number>();
  for (const word of right) counts.set(word, (counts.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of left) {
    const count = counts.get(word) ?? 0;
    if (count > 0) common++;
    counts.set(word, count - 1);
  }
  if (common === 0) return 0;
  const [precision, recall] = [common / left.length, common / right.length];
  return (2 * precision * recall) / (precision + recall);
}

/**
 * The accepted answers of a text row, or null when it has none. A gold of which the normalisation leaves nothing ("The",
 * "A", "!") is none: any mark would match it.
 */
export function goldTexts(row: Row): string[] | null {
  const given = row.verifier && 'golds' in row.verifier ? row.verifier.golds : [];
  const golds = (given.length > 0 ? given : [row.answer ?? '']).filter((gold) => normaliseText(gold) !== '');
  return golds.length > 0 ? golds : null;
}

const NUMERAL = /^[-−+]?[$€£]?\d[\d,]*(?:\.\d+)?%?$/;

/**
 * Whether an answer is the gold: the official exact match, but a gold that is a number keeps its sign and its decimal point,
 * which the normalisation takes away ("-5" and "5", "1.5" and "15").
 */
export function matchesGold(answer: string, gold: string): boolean {
  if (!exactMatch(answer, gold)) return false;
  if (!NUMERAL.test(gold.trim())) return true;
  const [read, wanted] = [readNumber(answer), readNumber(gold)];
  return read.kind === 'number' && wanted.kind === 'number' && sameNumber(read.value, wanted.value);
}
