// The answer part: 1 for the right answer, a little for a near number or an overlapping text, else 0.
import type { Judgement } from '../answers/check-answer.ts';
import type { Params, PartDefinition } from './part.ts';

export const answerPart: PartDefinition = {
  fn: 'answer',
  explanation: 'Whether the answer block holds the right answer. Nothing is read outside of it.',
  range: { min: 0, max: 1 },
  params: {
    nearMiss: {
      default: 0,
      min: 0,
      max: 0.5,
      explanation: 'Score of one wrong number close to the gold; never more than half of the right one.',
    },
    nearMissWithin: {
      default: 0.1,
      min: 0,
      max: 1,
      explanation: 'How close: largest relative error that still counts as near.',
    },
    textOverlap: {
      default: 0.25,
      min: 0,
      max: 0.5,
      explanation: 'Score of a wrong text with full token overlap; scales with token F1.',
    },
  },
  score(_row, _parsed, params, { judgement }) {
    const spans = judgement.extracted ? [judgement.extracted.span] : [];
    if (judgement.verdict === 'not-applicable') return { score: null, why: judgement.why, spans };
    if (judgement.verdict === 'correct') return { score: 1, why: judgement.why, spans };
    const near = nearness(judgement, params);
    if (near > 0) return { score: near, why: `${judgement.why} It is close.`, spans };
    return { score: 0, why: judgement.why, spans };
  },
};

function nearness(judgement: Judgement, params: Params): number {
  if (judgement.verdict !== 'wrong') return 0;
  const { relativeError, f1 } = judgement;
  if (relativeError !== null && relativeError <= params.nearMissWithin!) return params.nearMiss!;
  return f1 === null ? 0 : f1 * params.textOverlap!;
}
