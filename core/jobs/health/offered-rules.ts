// Which stop rules a run or a stage can be given: those over what it will measure. Pure; called by preflight.ts and by the rules between fields.
import type { StopRule } from '../../contract/job-blocks.ts';
import { type Part, settingsOf } from '../../contract/job-settings.ts';
import type { OfferedRule } from '../../contract/run-views.ts';
import { groupsOf, type RunFacts, rules } from './rules.ts';

/** Kinds that a stop rule can end: those that train. */
export type Stoppable = Extract<Part, { kind: 'grpo' | 'sft' | 'dpo' }>;

const isStoppable = (part: Part): part is Stoppable => 'stopWhen' in settingsOf[part.kind].shape;

/** What only a run measures whose model answers questions step by step: learning from texts tells of none of it. */
const ANSWERING = /^(completion|reward)\/|^policy\/(kl|entropy)$/;
const OF_EXAMS = ['heldout/reward_mean', 'heldout/correct_frac', 'heldout/format_frac'];

/** Why a stop rule can never come true, as the beginning of a sentence; null where it can. */
export function neverTrue(part: Stoppable, rule: StopRule): string | null {
  const { kind } = part;
  const { metric } = rule;
  if (kind !== 'grpo' && ANSWERING.test(metric) && !(kind === 'sft' && metric === 'completion/length_mean'))
    return `A run of the kind ${kind} does not measure ${metric}`;
  if (kind === 'grpo' && metric === 'policy/kl' && !measuresKl(part))
    return 'With beta 0 the KL is measured only where klStop is set';
  if (!OF_EXAMS.includes(metric)) return null;
  if (part.heldOut === null) return 'Without heldOut no question is held out';
  const asked = timesAsked(part, part.heldOut.everySteps);
  const needed = rule.forSteps + (rule.belowBest === null ? 0 : 1);
  return asked < needed
    ? `Held-out questions are asked ${asked === 1 ? 'once' : `${asked} times`} before the last step, and ${needed} times are needed`
    : null;
}

/** The trainer computes the KL for its weight in the loss, or for klStop alone. */
function measuresKl({ training: { beta, klStop } }: Extract<Part, { kind: 'grpo' }>): boolean {
  return beta !== 0 || klStop !== null;
}

/** Before the first step, every so many steps, and with each adapter that goes home; after the last step there is nothing to end. */
function timesAsked({ training, publishEverySteps }: Stoppable, everySteps: number): number {
  const times = (every: number | null) => (every === null ? 0 : Math.floor((training.steps - 1) / every));
  return 1 + times(everySteps) + times(publishEverySteps);
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
