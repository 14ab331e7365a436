// The answer part: 1 for the right answer, a little for a near number, an overlapping text or some passed tests, else 0.
import type { Judgement } from '../answers/check-answer.ts';
import { definePart } from './part.ts';

/** Nothing that is not right may earn more than half of what is. */
const HALF = 0.5;

export const answerPart = definePart({
  fn: 'answer',
  explanation: 'Whether the answer block holds the right answer. Nothing is read outside of it.',
  range: { min: 0, max: 1 },
  answerTypes: ['number', 'choice', 'text', 'code'],
  params: {
    nearMiss: {
      type: 'number',
      default: 0,
      min: 0,
      max: HALF,
      explanation: 'Score of one wrong number close to the gold; never more than half of the right one.',
    },
    nearMissWithin: {
      type: 'number',
      default: 0.1,
      min: 0,
      max: 1,
      explanation: 'How close: largest relative error that still counts as near.',
    },
    textOverlap: {
      type: 'number',
      default: 0.25,
      min: 0,
      max: HALF,
      explanation: 'Score of a wrong text with full token overlap; scales with token F1.',
    },
    partialTests: {
      type: 'number',
      default: HALF,
      min: 0,
      max: HALF,
      explanation: 'Score of code that passes nearly all of its tests; scales with the share that passed.',
    },
  },
  needs: (row) => (row.answerType === 'code' ? { code: true } : {}),
  score(_row, _parsed, params, { judgement }) {
    if (judgement.fault !== null) throw new Error(judgement.fault);
    const spans = judgement.extracted ? [judgement.extracted.span] : [];
    const { verdict, why } = judgement;
    // What cannot be decided earns nothing, and is not said to be wrong.
    if (verdict === 'not-applicable' || verdict === 'unverifiable') return { score: null, why, spans };
    if (verdict === 'correct') return { score: 1, why, spans };
    const near = nearness(judgement, params);
    return near > 0 ? { score: near, why: `${why} It is close.`, spans } : { score: 0, why, spans };
  },
});

interface Nearness {
  nearMiss: number;
  nearMissWithin: number;
  textOverlap: number;
  partialTests: number;
}

function nearness({ verdict, relativeError, f1, testShare }: Judgement, params: Nearness): number {
  if (verdict !== 'wrong') return 0;
  if (relativeError !== null) return relativeError <= params.nearMissWithin ? params.nearMiss : 0;
  if (testShare !== null) return testShare * params.partialTests;
  return f1 === null ? 0 : f1 * params.textOverlap;
}
