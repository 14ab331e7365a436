// Penalty for saying the same again and again: the usual end of a model that is rewarded for length or form.
import { repeatedShare } from '../words/gram-set.ts';
import { definePart } from './part.ts';

/** Shorter texts repeat by chance. */
const MIN_WORDS = 20;

export const repetitionPart = definePart({
  fn: 'repetition',
  explanation:
    'Costs nothing up to a share of repeated word runs, then falls linearly to -1 where everything repeats.',
  range: { min: -1, max: 0 },
  params: {
    words: {
      type: 'number',
      default: 3,
      min: 1,
      max: 10,
      integer: true,
      explanation: 'Length of the runs that are compared, in words.',
    },
    tolerated: {
      type: 'number',
      default: 0.35,
      min: 0,
      max: 0.95,
      explanation: 'Share of repeated runs that costs nothing: steps of a calculation repeat some.',
    },
  },
  score(_row, _parsed, params, context) {
    const words = context.words();
    if (words.count < MIN_WORDS) return { score: 0, why: 'Too short to repeat itself.', spans: [] };
    const share = repeatedShare(words, params.words);
    const over = (share - params.tolerated) / (1 - params.tolerated);
    const why = `${Math.round(100 * share)} % of the ${params.words}-word runs repeat.`;
    return { score: over <= 0 ? 0 : -Math.min(1, over), why, spans: [] };
  },
});
