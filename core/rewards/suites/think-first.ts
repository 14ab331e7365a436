// The default suite: keep the four-step form, and above all be right. The form alone earns a quarter of the maximum.
import type { Suite } from '../../contract/reward.ts';

export const thinkFirst: Suite = {
  name: 'think-first',
  version: 1,
  structure: 'four-step@1',
  parts: [
    { id: 'format', fn: 'structure', weight: 1 },
    { id: 'answer', fn: 'answer', weight: 3, params: { nearMiss: 0.25 } },
    { id: 'length', fn: 'soft-overlong', weight: 1, params: { budgetTokens: 768, cacheTokens: 128 } },
  ],
};
