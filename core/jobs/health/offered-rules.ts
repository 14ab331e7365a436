// Which stop rules a run or a stage can be given: those over what it will measure. Pure; called by preflight.ts and by the rules between fields.
import type { StopRule } from '../../contract/job-blocks.ts';
import type { Part } from '../../contract/job-settings.ts';
import type { OfferedRule } from '../../contract/run-views.ts';
import { isStoppable, measurementOf, type Stoppable } from './measured.ts';
import { groupsOf, type RunFacts, rules } from './rules.ts';

/** Why a stop rule can never come true, as the beginning of a sentence; null where it can. */
export function neverTrue(part: Stoppable, { metric, forSteps, belowBest }: StopRule): string | null {
  const found = measurementOf(part, metric);
  if (found.why !== null) return found.why;
  if (found.exam === null) return null;
  const { words, times } = found.exam;
  const needed = forSteps + (belowBest === null ? 0 : 1);
  const told = times === 1 ? 'once' : `${times} times`;
  return times < needed ? `${words} ${told}, and ${needed} times are needed` : null;
}

interface Known {
  range: RunFacts['range'];
  /** The prompt shows a worked example, which can be copied. */
  hasExample: boolean;
}

/** The rules that a person can switch on before a run, or off, each with what it is for; none for kinds that no rule ends. */
export function offeredRules(part: Part, stage: string | null, { range, hasExample }: Known): OfferedRule[] {
  if (!isStoppable(part)) return [];
  const isOn = (metric: string) => part.stopWhen.some((each) => each.metric === metric);
  return rules.flatMap(({ rule, title, metric, stopRule }) => {
    const made = stopRule({ ...groupsOf(part), range });
    if (!made) return [];
    const canBe = neverTrue(part, made) === null && (rule !== 'copying' || hasExample);
    return canBe || isOn(metric) ? [{ stage, rule, title, stopRule: made }] : [];
  });
}
