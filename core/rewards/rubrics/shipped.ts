// The rubrics that come with the product, for tasks without one right answer. The computed items hold without a judge.
import type { RubricItem } from './rubric.ts';

const FILLER = ['as an ai', 'i cannot', "i'm sorry", 'in this article', 'the text above', 'sure, here'];

/** A summary of a passage or dialogue. */
const summary: readonly RubricItem[] = [
  {
    id: 'on-topic',
    criterion: 'Takes up what the passage is about.',
    importance: 'essential',
    check: { predicate: 'on-topic', min: 0.3 },
  },
  {
    id: 'own-words',
    criterion: 'Is written, not cut out of the passage.',
    importance: 'essential',
    check: { predicate: 'own-words', maxCopied: 0.6 },
  },
  {
    id: 'prose',
    criterion: 'Is made of sentences, not of key words.',
    importance: 'essential',
    check: { predicate: 'prose', min: 0.15 },
  },
  {
    id: 'length',
    criterion: 'Has between 8 and 80 words.',
    importance: 'essential',
    check: { predicate: 'words', min: 8, max: 80 },
  },
  {
    id: 'not-repetitive',
    criterion: 'Does not say the same twice.',
    importance: 'pitfall',
    check: { predicate: 'not-repetitive', maxRepeated: 0.2 },
  },
  {
    id: 'no-filler',
    criterion: 'Does not talk about itself or the task.',
    importance: 'pitfall',
    check: { predicate: 'avoids', texts: FILLER },
  },
  { id: 'main-point', criterion: 'States the main point of the passage.', importance: 'essential' },
  { id: 'faithful', criterion: 'States nothing that the passage does not say.', importance: 'essential' },
];

/** A piece of creative or free writing. */
const writing: readonly RubricItem[] = [
  {
    id: 'on-topic',
    criterion: 'Takes up what was asked for.',
    importance: 'essential',
    check: { predicate: 'on-topic', min: 0.3 },
  },
  {
    id: 'own-words',
    criterion: 'Does not only repeat the request.',
    importance: 'essential',
    check: { predicate: 'own-words', maxCopied: 0.5 },
  },
  {
    id: 'prose',
    criterion: 'Is made of sentences, not of key words.',
    importance: 'essential',
    check: { predicate: 'prose', min: 0.15 },
  },
  {
    id: 'length',
    criterion: 'Has at least 30 words.',
    importance: 'essential',
    check: { predicate: 'words', min: 30 },
  },
  {
    id: 'not-repetitive',
    criterion: 'Does not say the same again and again.',
    importance: 'essential',
    check: { predicate: 'not-repetitive', maxRepeated: 0.25 },
  },
  {
    id: 'no-filler',
    criterion: 'Does not talk about itself or the task.',
    importance: 'pitfall',
    check: { predicate: 'avoids', texts: FILLER },
  },
  { id: 'follows', criterion: 'Does everything that was asked for.', importance: 'essential' },
  {
    id: 'vivid',
    criterion: 'Uses concrete, fitting detail instead of stock phrases.',
    importance: 'important',
  },
  { id: 'coherent', criterion: 'Hangs together from beginning to end.', importance: 'important' },
];

const rubrics: Readonly<Record<string, readonly RubricItem[]>> = {
  'summary@1': summary,
  'writing@1': writing,
};

export const rubricIds = ['summary@1', 'writing@1'] as const;

/** The items of a shipped rubric, or null. */
export function findRubric(id: string): readonly RubricItem[] | null {
  return Object.hasOwn(rubrics, id) ? rubrics[id]! : null;
}
