// The default suite: keep the four-step form, think in it, and above all be right.
import type { Suite } from '../../contract/reward.ts';

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
