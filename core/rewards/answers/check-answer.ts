// Judges the answer of a completion against the gold of its row. Called once for each completion by the scorer.
import type { ParsedCompletion, Span, Verdict } from '../../contract/reward.ts';
import type { Row } from '../../contract/row.ts';
import type { CodeReport } from '../evidence.ts';
import { readChoice } from './choice.ts';
import { codeSpan, MAX_CODE_LENGTH, readCode, testsOf } from './code.ts';
import { hasManyBoxes, isMaths, plainMaths, sameFormula } from './latex.ts';
import { hundredfold, type NumberIn, readNumber, relativeError, sameNumber } from './number.ts';
import { exactMatch, goldTexts, matchesGold, tokenF1 } from './text.ts';

export interface Judgement {
  verdict: Exclude<Verdict, 'error'>;
  /** What was read, in canonical form, and where; null when nothing could be read. */
  extracted: { answer: string; span: Span } | null;
  /** Numbers: |answer - gold| / |gold|. Null where that has no meaning. */
  relativeError: number | null;
  /** Texts: best token F1 over the golds. Null for other answer types. */
  f1: number | null;
  /** Code: share of the tests that passed in an honest run that failed. Null for other answer types. */
  testShare: number | null;
  /** Code that was not run or whose row cannot be: why whoever pays for answers must refuse to. Else null. */
  fault: string | null;
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

/** Open rows, and rows whose gold cannot be read, are `not-applicable`: never a free reward. */
export function checkAnswer(
  row: Row,
  text: string,
  parsed: ParsedCompletion,
  report: CodeReport | undefined = undefined,
): Judgement {
  const gold = readGold(row);
  if (gold === null) return judge('not-applicable', inapplicable(row));
  if (parsed.answer === null) {
    if (parsed.answers.length > 1) return judge('ambiguous', 'There is more than one answer block.');
    return judge('unparsable', parsed.deviations.find((deviation) => !deviation.repairable)?.what ?? '');
  }
  const [from, to] = row.answerType === 'code' ? codeSpan(text, parsed.answer) : parsed.answer;
  const longest = longestAnswer(row);
  if (to - from > longest)
    return judge('unparsable', `The answer block has more than ${longest} characters.`);
  const answer = text.slice(from, to);
  if (row.answerType === 'number') return judgeNumber(answer, from, gold[0]!);
  if (row.answerType === 'choice') return judgeChoice(answer, from, gold[0]!, row);
  if (row.answerType === 'code') return judgeCode(answer, from, report);
  return judgeText(answer, parsed.answer, gold);
}

/** An answer may write out the longest option. */
function longestAnswer({ answerType, choices }: Row): number {
  if (answerType === 'code') return MAX_CODE_LENGTH;
  return (choices ?? []).reduce((most, choice) => Math.max(most, choice.length), 0) + MAX_ANSWER_LENGTH;
}

/** The gold in canonical form (several for texts), or null when there is nothing to check against. */
function readGold(row: Row): string[] | null {
  if (row.answerType === 'text') return goldTexts(row);
  if (row.answerType === 'code') return testsOf(row) ? [] : null;
  if (row.answer === null) return null;
  if (row.answerType === 'number') return isMaths(row.answer) ? [row.answer] : readNumberGold(row.answer);
  if (row.answerType !== 'choice') return null;
  const inRange = row.choices === null || row.answer.charCodeAt(0) - 65 < row.choices.length;
  return /^[A-Z]$/.test(row.answer) && inRange ? [row.answer] : null;
}

function readNumberGold(answer: string): string[] | null {
  const gold = readNumber(answer);
  return gold.kind === 'number' ? [gold.value] : null;
}

function inapplicable(row: Row): string {
  if (row.answerType === 'open') return 'An open task has no single right answer.';
  if (row.answerType === 'code') return 'This row has no tests to run code against.';
  return `The gold answer of this row cannot be read as a ${row.answerType}.`;
}

function judge(verdict: Judgement['verdict'], why: string, rest: Partial<Judgement> = {}): Judgement {
  const { extracted = null, relativeError = null, f1 = null, testShare = null, fault = null } = rest;
  return { verdict, extracted, relativeError, f1, testShare, fault, why };
}

function judgeNumber(answer: string, offset: number, gold: string): Judgement {
  if (isMaths(answer) || isMaths(gold)) return judgeMaths(answer, offset, gold);
  const read = readNumber(answer);
  if (read.kind !== 'number') return judge(UNREAD[read.kind], read.why);
  return compareNumbers(read, shift(read.span, offset), gold);
}

function compareNumbers(read: NumberIn, span: Span, gold: string): Judgement {
  const extracted = { answer: read.value, span };
  if (sameNumber(read.value, gold))
    return judge('correct', `${read.value} is right.`, { extracted, relativeError: 0 });
  if (read.percent && read.value === hundredfold(gold))
    return judge('unverifiable', `Whether ${read.value} % stands for ${gold} is not known here.`, {
      extracted,
    });
  return judge('wrong', `${read.value} is not ${gold}.`, {
    extracted,
    relativeError: relativeError(read.value, gold),
  });
}

/** Two plain numbers are compared; other formulas are right when written alike; anything else is undecided, never a guess. */
function judgeMaths(answer: string, offset: number, gold: string): Judgement {
  const span: Span = [offset, offset + answer.length];
  if (hasManyBoxes(answer)) return judge('ambiguous', 'The answer boxes more than one answer.');
  const plainGold = isMaths(gold) ? plainMaths(gold) : gold;
  const wanted = plainGold === null ? null : readNumber(plainGold);
  const plain = wanted?.kind === 'number' ? plainMaths(answer) : null;
  if (wanted?.kind === 'number' && plain !== null) {
    const read = readNumber(plain);
    if (read.kind === 'number') return compareNumbers(read, span, wanted.value);
    return judge(UNREAD[read.kind], read.why);
  }
  if (sameFormula(answer, gold))
    return judge('correct', 'The formula is the gold.', { extracted: { answer, span }, relativeError: 0 });
  return judge('unverifiable', 'Whether this formula equals the gold cannot be decided here.', {
    extracted: { answer, span },
  });
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
  if (golds.some((gold) => matchesGold(answer, gold)))
    return judge('correct', 'The text matches.', { extracted, f1: 1 });
  // Beside a number nothing is nearly right: "5" has the very tokens of "-5".
  const f1 = Math.max(...golds.map((gold) => (exactMatch(answer, gold) ? 0 : tokenF1(answer, gold))));
  return judge('wrong', `The text does not match "${golds[0]}" (F1 ${f1.toFixed(2)}).`, { extracted, f1 });
}

function judgeCode(answer: string, offset: number, report: CodeReport | undefined): Judgement {
  const read = readCode(answer);
  if (read.kind !== 'code') return judge(UNREAD[read.kind], read.why);
  const extracted = { answer: read.code, span: shift(read.span, offset) };
  if (!report)
    return judge('not-applicable', 'The code was not run: there is no sandbox here.', {
      extracted,
      fault:
        'the code was not run. Running it needs the sandbox (Deno and Pyodide), which is not available here',
    });
  const { outcome, passed, total, failing } = report;
  if (outcome === 'no-code') return judge('unparsable', 'There is no code in the answer.');
  const detail = detailOf(failing);
  if (outcome === 'bad-row') {
    const fault = `the row's own tests cannot be run, whatever the program${detail}. Mend the row, or leave it out`;
    return judge('not-applicable', `The row's own tests cannot be run${detail}.`, { extracted, fault });
  }
  if (outcome === 'unsupported') {
    const why = `Whether the code passes its tests cannot be decided here (${passed} of ${total} passed)${detail}.`;
    return judge('unverifiable', why, { extracted });
  }
  if (outcome === 'passed')
    return judge('correct', `All ${total} tests passed.`, { extracted, testShare: 1 });
  const share = outcome === 'failed' && total > 0 ? passed / total : 0;
  const why = `${FAILURES[outcome]} (${passed} of ${total} passed)${detail}.`;
  return judge('wrong', why, { extracted, testShare: share });
}

const FAILURES = {
  failed: 'The code fails its tests',
  error: 'The code stops with an error',
  timeout: 'The code ran out of time',
  memory: 'The code ran out of memory',
  forged: 'The code tampers with its own verdict',
} as const;

function detailOf(failing: CodeReport['failing']): string {
  if (!failing) return '';
  const { assertion, message } = failing;
  const said = message.replace(/^[:\s]+/, '');
  return `: ${[assertion, said].filter(Boolean).join(': ')}`.slice(0, 300).replace(/\.$/, '');
}

function shift(span: Span, by: number): Span {
  return [span[0] + by, span[1] + by];
}
