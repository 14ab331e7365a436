// The default suite: keep the four-step form, think in it, and above all be right.
import type { Suite } from '../../contract/reward.ts';
import type { RubricItem } from '../rubrics/rubric.ts';

/** Form, answer and length. The form alone earns a quarter of the maximum. */
export const thinkFirst1: Suite = {
  name: 'think-first',
  version: 1,
  structure: 'four-step@1',
  parts: [
    { id: 'format', fn: 'structure', weight: 1 },
    { id: 'answer', fn: 'answer', weight: 3, params: { nearMiss: 0.25 } },
    { id: 'length', fn: 'soft-overlong', weight: 1, params: { budgetTokens: 768, cacheTokens: 128 } },
  ],
};

/**
 * Version 1 and guards against what it can be gamed by: sections without thinking, copies of the worked example, loops, a
 * change of language. The weights hold one promise: without a right answer, or a rubric's essentials met before a judge, no
 * completion earns more than a third of the maximum of its row. On open tasks without a judge that third is all there is.
 */
export const thinkFirst2: Suite = {
  name: 'think-first',
  version: 2,
  structure: 'four-step@1',
  parts: [
    { id: 'format', fn: 'structure', weight: 0.5 },
    { id: 'sections', fn: 'section-quality', weight: 0.5 },
    {
      id: 'answer',
      fn: 'answer',
      weight: 4,
      params: { nearMiss: 0.1, textOverlap: 0.15, partialTests: 0.15 },
    },
    {
      id: 'summary',
      fn: 'rubric',
      weight: 4,
      params: { rubric: 'summary@1', essentialCap: 0.15 },
      when: { domain: ['summarization'], answerType: ['open'] },
    },
    {
      id: 'writing',
      fn: 'rubric',
      weight: 4,
      params: { rubric: 'writing@1', essentialCap: 0.15 },
      when: { domain: ['creative'], answerType: ['open'] },
    },
    { id: 'length', fn: 'soft-overlong', weight: 1, params: { budgetTokens: 768, cacheTokens: 128 } },
    { id: 'repetition', fn: 'repetition', weight: 1 },
    { id: 'language', fn: 'language', weight: 0.5 },
  ],
};

const tinySummary: readonly RubricItem[] = [
  {
    id: 'says-it-all',
    criterion: 'Says what the passage says.',
    importance: 'essential',
    check: { predicate: 'rouge', metric: 'rouge1', min: 0.8 },
  },
  {
    id: 'one-sentence',
    criterion: 'Is one sentence.',
    importance: 'essential',
    check: { predicate: 'sentences', min: 1, max: 1 },
  },
  {
    id: 'short',
    criterion: 'Has at most 14 words.',
    importance: 'essential',
    check: { predicate: 'words', min: 5, max: 14 },
  },
];

const tinyStory: readonly RubricItem[] = [
  {
    id: 'on-topic',
    criterion: 'Has in it what was asked for.',
    importance: 'essential',
    check: { predicate: 'on-topic', min: 0.5 },
  },
  {
    id: 'two-sentences',
    criterion: 'Is two sentences.',
    importance: 'essential',
    check: { predicate: 'sentences', min: 2, max: 2 },
  },
  {
    id: 'own-words',
    criterion: 'Does not only repeat the request.',
    importance: 'essential',
    check: { predicate: 'own-words', maxCopied: 0.5 },
  },
  {
    id: 'length',
    criterion: 'Has between 8 and 30 words.',
    importance: 'essential',
    check: { predicate: 'words', min: 8, max: 30 },
  },
  {
    id: 'not-repetitive',
    criterion: 'Does not say the same again.',
    importance: 'pitfall',
    check: { predicate: 'not-repetitive', maxRepeated: 0.2 },
  },
];

/** think-first with rubrics for the short open tasks of the embedded model, every criterion computed: no judge is needed. */
export const thinkFirstTiny: Suite = {
  ...thinkFirst2,
  name: 'think-first-tiny',
  version: 1,
  parts: thinkFirst2.parts.map((part) => {
    const items = { summary: tinySummary, writing: tinyStory }[part.id];
    return items ? { ...part, params: { items, essentialCap: 0.15 } } : part;
  }),
};
