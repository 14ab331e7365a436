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

/** Why what was typed asks for nothing, in a sentence each. */
export function unreadable(stages: readonly RunStage[], { step, least }: AskedFor): string[] {
  const problems: string[] = [];
  if (step.trim() !== '' && stepIn(stages, step) === null)
    problems.push(`“${step}” is no step of this run: all steps are shown.`);
  if (least.trim() !== '' && Number.isNaN(numberIn(least)))
    problems.push(`“${least}” is no number: any reward is shown.`);
  return problems;
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
