// Right or wrong as a published harness or trainer reads a gsm8k solution, over the whole text, whatever its form.
import { type Gsm8kMetric, gsm8kMetrics, readGsm8k } from '../../answers/gsm8k-metrics.ts';
import { readNumber } from '../../answers/number.ts';
import { definePart } from '../part.ts';

export const gsm8kMatch = definePart({
  fn: 'gsm8k-match',
  explanation: 'Whether a published gsm8k reader finds the gold anywhere in the text: 1 or 0.',
  range: { min: 0, max: 1 },
  answerTypes: ['number'],
  params: {
    method: {
      type: 'choice',
      default: 'verl-strict',
      options: ['official', 'lm-eval-strict', 'lm-eval-flexible', 'verl-strict', 'verl-flexible'],
      explanation: 'Whose reading: grade-school-math, lm-evaluation-harness or verl.',
    },
  },
  score(row, _parsed, { method }, { text }) {
    const gold = row.answer === null ? null : readNumber(row.answer);
    if (gold?.kind !== 'number')
      return { score: null, why: 'The gold cannot be read as a number.', spans: [] };
    const metric: Gsm8kMetric = method;
    const { extracted, correct } = readGsm8k(metric, text, gold.value);
    const name = gsm8kMetrics.find((each) => each.id === metric)!.name;
    const why =
      extracted === null ? `${name} finds no answer.` : `${name} reads "${extracted.slice(0, 60)}".`;
    return { score: correct ? 1 : 0, why, spans: [] };
  },
});
