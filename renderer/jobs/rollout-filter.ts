// Which rollouts a person asked for, as the address keeps it, and as the core is asked. Pure; used by rollouts-tab.tsx.
import { Verdict } from '../../core/contract/reward.ts';
import type { RunStage } from '../../core/contract/run-views.ts';
import { stepIn } from '../run-stages.ts';
import { numberIn } from '../ui/written-number.ts';

export interface AskedFor {
  verdict: Verdict | null;
  suspicious: boolean;
  q: string;
  /** As typed: "20", of a program "grpo 20". */
  step: string;
  /** As typed: the least reward. */
  least: string;
}

export function askedFor(params: Readonly<Record<string, string>>): AskedFor {
  const { q = '', step = '', least = '', order } = params;
  const verdict = Verdict.safeParse(params['verdict']);
  return {
    q,
    step,
    least,
    verdict: verdict.success ? verdict.data : null,
    suspicious: order === 'suspicious',
  };
}

/** What is half typed asks for nothing yet. */
export function filterOf(id: string, stages: readonly RunStage[], asked: AskedFor) {
  const { q, verdict, suspicious } = asked;
  const step = stepIn(stages, asked.step);
  const least = numberIn(asked.least);
  return {
    id,
    ...(q ? { search: q } : {}),
    ...(verdict ? { verdict } : {}),
    ...(step === null ? {} : { step }),
    ...(Number.isNaN(least) ? {} : { minTotal: least }),
    ...(suspicious ? { order: 'suspicious' as const } : {}),
  };
}
