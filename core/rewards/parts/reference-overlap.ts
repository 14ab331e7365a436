// Overlap with a reference text, for summaries: ROUGE F1, less where the answer is cut out of the source instead of written.
import type { Row } from '../../contract/row.ts';
import { copiedShare } from '../words/copied-share.ts';
import { rouge } from '../words/rouge.ts';
import { topicOf } from '../words/topic.ts';
import { wordsIn } from '../words/word-list.ts';
import { definePart } from './part.ts';

export const referenceOverlapPart = definePart({
  fn: 'reference-overlap',
  explanation: 'ROUGE F1 of the answer block against the row’s reference, as rouge_score computes it.',
  range: { min: 0, max: 1 },
  answerTypes: ['open', 'text'],
  params: {
    metric: {
      type: 'choice',
      default: 'rougeL',
      options: ['rouge1', 'rouge2', 'rougeL', 'rougeLsum'],
      explanation: 'Words, pairs of words, longest common subsequence, or that by lines (Lsum).',
    },
    stemmer: {
      type: 'flag',
      default: false,
      explanation: 'Compare Porter stems of the words. Published figures differ in this.',
    },
    maxCopied: {
      type: 'number',
      default: 0.6,
      min: 0,
      max: 1,
      explanation:
        'Share of the answer that may be copied in runs of four words from the passage; beyond it the score falls to 0.',
    },
  },
  score(row, parsed, params, context) {
    const reference = referenceOf(row);
    if (reference === null) return { score: null, why: 'The row has no reference text.', spans: [] };
    if (!parsed.answer) return { score: 0, why: 'There is no readable answer.', spans: [] };
    const { fmeasure } = rouge(
      params.metric,
      reference,
      context.text.slice(...parsed.answer),
      params.stemmer,
    );
    const words = context.words();
    const copied = copiedShare(topicOf(row).runs, words, ...wordsIn(words, parsed.answer));
    const over = copied <= params.maxCopied ? 0 : (copied - params.maxCopied) / (1 - params.maxCopied);
    const why = `${params.metric} ${fmeasure.toFixed(3)}, ${Math.round(100 * copied)} % copied from the source.`;
    return { score: fmeasure * (1 - over), why, spans: [parsed.answer] };
  },
});

/** What an open task is compared with. */
export function referenceOf(row: Row): string | null {
  if (row.verifier && 'rubricId' in row.verifier && row.verifier.reference) return row.verifier.reference;
  return row.answer === null || row.answer.trim() === '' ? null : row.answer;
}
