// A stop rule in plain words, the same in the launch form and on a run's page.
import type { StopRule } from './job-blocks.ts';

/** "completion/truncated_frac above 0.95 for 10 steps in a row". Held-out questions are not asked after each step. */
export function stopRuleInWords({ metric, below, above, belowBest, forSteps }: StopRule): string {
  const bound =
    belowBest !== null
      ? `more than ${belowBest} below its best`
      : below !== null
        ? `below ${below}`
        : `above ${above}`;
  const what =
    metric.startsWith('heldout/') || metric.startsWith('guard/retention_') ? 'measurement' : 'step';
  return `${metric} ${bound} for ${forSteps === 1 ? `one ${what}` : `${forSteps} ${what}s in a row`}`;
}
