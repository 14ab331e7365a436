// Two evaluations on the same rows, side by side: what was gained, what was lost, and whether that can be chance.
import { z } from 'zod';
import { StoredCompletion } from './evals.ts';
import { Page, Proportion, query } from './procedure.ts';

export const Outcome = z.enum(['gained', 'lost', 'both-right', 'both-wrong']);
export type Outcome = z.infer<typeof Outcome>;

export const Comparison = z.object({
  left: z.object({
    id: z.string(),
    name: z.string(),
    accuracy: Proportion,
    format: Proportion,
    meanTokens: z.number(),
  }),
  right: z.object({
    id: z.string(),
    name: z.string(),
    accuracy: Proportion,
    format: Proportion,
    meanTokens: z.number(),
  }),
  /** Rows that both answered. */
  n: z.int(),
  gained: z.int(),
  lost: z.int(),
  bothRight: z.int(),
  bothWrong: z.int(),
  /** Accuracy right minus left with the paired 95 % interval (Newcombe 1998, method 10). */
  difference: z.object({ value: z.number(), low: z.number(), high: z.number() }),
  /** Exact two-sided McNemar test over the discordant rows. */
  pValue: z.number(),
  byDomain: z.array(
    z.object({
      domain: z.string(),
      n: z.int(),
      left: Proportion,
      right: Proportion,
      gained: z.int(),
      lost: z.int(),
    }),
  ),
  /** What the two runs do not share besides the model: template, suite, token limit. Empty when the comparison is fair. */
  cautions: z.array(z.string()),
});
export type Comparison = z.infer<typeof Comparison>;

const Pair = z.object({
  left: z.string().describe('id of an evaluation: the one before'),
  right: z.string().describe('id of an evaluation: the one after'),
});
const PairRow = z.object({
  rowId: z.string(),
  outcome: Outcome,
  left: StoredCompletion,
  right: StoredCompletion,
});
export type PairRow = z.infer<typeof PairRow>;

export const comparisons = {
  pair: query('Compare two evaluations on their shared rows', ['evals'], { positional: ['left', 'right'] })
    .input(Pair)
    .output(Comparison),
  rows: query('Rows of a comparison: lost and gained first', ['evals'], { positional: ['left', 'right'] })
    .input(
      Pair.extend({
        outcome: Outcome.optional().describe('only rows that ended so'),
        domain: z.string().optional().describe('only rows of this domain, for example math'),
        ...Page,
      }),
    )
    .output(z.object({ rows: z.array(PairRow), total: z.int() })),
};
