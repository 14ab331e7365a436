// Judges the answer of a completion against the gold of its row. Called once for each completion by the scorer.
import type { ParsedCompletion, Span, Verdict } from '../../contract/reward.ts';
import type { Row } from '../../contract/row.ts';
import { readChoice } from './choice.ts';
import { readNumber, relativeError, sameNumber } from './number.ts';
import { exactMatch, goldTexts, tokenF1 } from './text.ts';

export interface Judgement {
  verdict: Exclude<Verdict, 'error'>;
  /** What was read, in canonical form, and where; null when nothing could be read. */
  extracted: { answer: string; span: Span } | null;
  /** Numbers: |answer - gold| / |gold|. Null where that has no meaning. */
  relativeError: number | null;
  /** Texts: best token F1 over the golds. Null for other answer types. */
  f1: number | null;
  why: string;
}

/** Longest answer block that is read: longer ones are essays, not answers. In UTF-16 code units. */
export const MAX_ANSWER_LENGTH = 500;

const UNREAD = {
  none: 'unparsable',
  ambiguous: 'ambiguous',
  'not-finite': 'wrong',
  'option-list': 'wrong',
} as const;

/** Open and code rows, and rows whose gold cannot be read, are `not-applicable`: never a free reward. */
export function checkAnswer(row: Row, text: string, parsed: ParsedCompletion): Judgement {
  const gold = readGold(row);
  if (gold === null) return judge('not-applicable', inapplicable(row));
  if (parsed.answer === null) {
    if (parsed.answers.length > 1) return judge('ambiguous', 'There is more than one answer block.');
    return judge('unparsable', parsed.deviations.find((deviation) => !deviation.repairable)?.what ?? '');
  }
  const [from, to] = parsed.answer;
  if (to - from > MAX_ANSWER_LENGTH)
    return judge('unparsable', `The answer block has more than ${MAX_ANSWER_LENGTH} characters.`);
  const answer = text.slice(from, to);
  if (row.answerType === 'number') return judgeNumber(answer, from, gold[0]!);
  if (row.answerType === 'choice') return judgeChoice(answer, from, gold[0]!, row);
  return judgeText(answer, parsed.answer, gold);
}

/** The gold in canonical form (several for texts), or null when there is nothing to check against. */
function readGold(row: Row): string[] | null {
  if (row.answerType === 'text') return goldTexts(row);
  if (row.answer === null) return null;
  if (row.answerType === 'number') {
    const gold = readNumber(row.answer);
    return gold.kind === 'number' ? [gold.value] : null;
  }
  if (row.answerType !== 'choice') return null;
  const inRange = row.choices === null || row.answer.charCodeAt(0) - 65 < row.choices.length;
  return /^[A-Z]$/.test(row.answer) && inRange ? [row.answer] : null;
}

function inapplicable(row: Row): string {
  if (row.answerType === 'open') return 'An open task has no single right answer.';
  if (row.answerType === 'code') return 'Code is checked by running its tests, not by reading.';
  return `The gold answer of this row cannot be read as a ${row.answerType}.`;
}

function judge(verdict: Judgement['verdict'], why: string, rest: Partial<Judgement> = {}): Judgement {
  return { verdict, extracted: null, relativeError: null, f1: null, why, ...rest };
}

function judgeNumber(answer: string, offset: number, gold: string): Judgement {
  const read = readNumber(answer);
  if (read.kind !== 'number') return judge(UNREAD[read.kind], read.why);
  const extracted = { answer: read.value, span: shift(read.span, offset) };
  if (sameNumber(read.value, gold))
    return judge('correct', `${read.value} is right.`, { extracted, relativeError: 0 });
  const error = relativeError(read.value, gold);
  return judge('wrong', `${read.value} is not ${gold}.`, { extracted, relativeError: error });
}

function judgeChoice(answer: string, offset: number, gold: string, row: Row): Judgement {
  const read = readChoice(answer, row.choices);
  if (read.kind !== 'choice') return judge(UNREAD[read.kind], read.why);
  const extracted = { answer: read.letter, span: shift(read.span, offset) };
  if (read.letter === gold) return judge('correct', `${read.letter} is right.`, { extracted });
  return judge('wrong', `${read.letter} is not ${gold}.`, { extracted });
}

function judgeText(answer: string, span: Span, golds: string[]): Judgement {
  const extracted = { answer, span };
  if (golds.some((gold) => exactMatch(answer, gold)))
    return judge('correct', 'The text matches.', { extracted, f1: 1 });
  const f1 = Math.max(...golds.map((gold) => tokenF1(answer, gold)));
  return judge('wrong', `The text does not match "${golds[0]}" (F1 ${f1.toFixed(2)}).`, { extracted, f1 });
}

function shift(span: Span, by: number): Span {
  return [span[0] + by, span[1] + by];
}
