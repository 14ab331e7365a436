// Soft penalty for overlong completions (DAPO, arXiv 2503.14476): 0 up to the budget less the cache, then linear down to -1.
import { definePart } from './part.ts';

export const lengthPart = definePart({
  fn: 'soft-overlong',
  explanation:
    'Costs nothing up to a length in tokens, then falls linearly to -1. A completion cut at the limit gets -1.',
  range: { min: -1, max: 0 },
  params: {
    budgetTokens: {
      type: 'number',
      default: 768,
      min: 1,
      max: 1_000_000,
      integer: true,
      explanation: 'Length at which the penalty is full.',
    },
    cacheTokens: {
      type: 'number',
      default: 128,
      min: 0,
      max: 1_000_000,
      integer: true,
      explanation: 'Over how many tokens before the budget the penalty grows.',
    },
  },
  object: ({ budgetTokens, cacheTokens }) =>
    cacheTokens > budgetTokens ? `"cacheTokens" (${cacheTokens}) is more than "budgetTokens"` : null,
  score(_row, _parsed, params, { tokens, truncated }) {
    if (truncated) return { score: -1, why: 'Cut at the token limit.', spans: [] };
    if (tokens === null) return { score: null, why: 'The tokens were not counted.', spans: [] };
    const budget = params.budgetTokens;
    const cache = params.cacheTokens;
    const over = tokens - (budget - cache);
    const penalty = over <= 0 ? 0 : cache === 0 ? 1 : Math.min(1, over / cache);
    return { score: penalty === 0 ? 0 : -penalty, why: `${tokens} of ${budget} tokens.`, spans: [] };
  },
});
