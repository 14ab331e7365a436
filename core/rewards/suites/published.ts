// Suites that others train with, to be compared with ours. Their holes are theirs; the attack list shows where they pay.
import type { Suite } from '../../contract/reward.ts';

/** The four functions of the Tunix gsm8k demo, at most 9.5. */
export const tunixGsm8k: Suite = {
  name: 'tunix-gsm8k',
  version: 1,
  structure: 'reasoning-answer@1',
  parts: [
    { id: 'format-exact', fn: 'tunix-format-exact', weight: 3 },
    { id: 'format-approximate', fn: 'tunix-format-approximate', weight: 2 },
    { id: 'check-answer', fn: 'tunix-answer', weight: 3 },
    { id: 'check-numbers', fn: 'tunix-numbers', weight: 1.5 },
  ],
};

/** verl's gsm8k score: the last "#### number" of the last 300 characters. */
export const verlGsm8k: Suite = {
  name: 'verl-gsm8k',
  version: 1,
  structure: 'think-answer@1',
  parts: [{ id: 'match', fn: 'gsm8k-match', weight: 1, params: { method: 'verl-strict' } }],
};

/** The rewards of open-r1, each with weight 1. */
export const openR1: Suite = {
  name: 'open-r1',
  version: 1,
  structure: 'think-answer@1',
  parts: [
    { id: 'format', fn: 'open-r1-format', weight: 1 },
    { id: 'tag-count', fn: 'open-r1-tag-count', weight: 1 },
    { id: 'accuracy', fn: 'open-r1-accuracy', weight: 1 },
    { id: 'steps', fn: 'open-r1-steps', weight: 1 },
    { id: 'cosine', fn: 'open-r1-cosine', weight: 1 },
    { id: 'repetition', fn: 'open-r1-repetition', weight: 1 },
    { id: 'length', fn: 'open-r1-length', weight: 1 },
  ],
};
