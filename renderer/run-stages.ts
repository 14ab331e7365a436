// The stages of a program as charts and words need them: marks where they begin, how far each came, and a step of the run as a moment of its
// stage. Pure; used by Train and Home.
import { type Moment, momentInWords } from '../core/contract/moment.ts';
import type { RunStage } from '../core/contract/run-views.ts';
import type { ChartMark } from './ui/chart-data.ts';
import { plural } from './ui/format.ts';

/** A stage without steps takes no room on an axis of steps. */
export function marksOf(stages: readonly RunStage[]): ChartMark[] {
  return stages.flatMap(({ id, firstStep, steps }) =>
    firstStep !== null && steps ? [{ at: firstStep, label: id }] : [],
  );
}

/** The steps from the first to the last stage in which one of these lies; null where they lie in none. */
export function spanOf(
  stages: readonly RunStage[],
  steps: readonly number[],
): { from: number; until: number } | null {
  const telling = stages.flatMap(({ firstStep, steps: own }) =>
    firstStep !== null && own && steps.some((step) => step > firstStep && step <= firstStep + own)
      ? [{ from: firstStep, until: firstStep + own }]
      : [],
  );
  if (telling.length === 0) return null;
  return {
    from: Math.min(...telling.map(({ from }) => from)),
    until: Math.max(...telling.map(({ until }) => until)),
  };
}

/** Kinds whose completions earn a reward; what the others examine is not what they learn from. */
const REWARDED: ReadonlySet<string> = new Set(['grpo', 'rejection', 'evaluate']);

export const isRewarded = ({ kind }: RunStage): boolean => REWARDED.has(kind);

/** "130 steps", "step 40 of 130" of one that is at work or ended early; null where there is nothing to count. */
export function stepsInWords({ steps, reached, state }: RunStage): string | null {
  if (steps === null) return state === 'skipped' ? null : 'steps not known yet';
  if (steps === 0) return null;
  const whole = reached === null || (reached === steps && state !== 'begun');
  return whole ? plural(steps, 'step') : `step ${reached} of ${steps}`;
}

/** The stage that made a step of the run. */
export function stageAt(stages: readonly RunStage[], step: number): RunStage | undefined {
  return stages.find(
    ({ firstStep, steps }) => firstStep !== null && step > firstStep && step <= firstStep + (steps ?? 0),
  );
}

/** `opening`: before the first step of the stage that goes on from there. */
function momentAt(stages: readonly RunStage[], step: number, opening = false): Moment {
  const stage = stageAt(stages, opening ? step + 1 : step);
  if (!stage) return { stage: null, step, steps: 0 };
  return { stage: stage.id, step: step - (stage.firstStep ?? 0), steps: stage.steps ?? 0 };
}

/** For a column: "guarded 20"; of a run without stages "20". */
export function shortStep(stages: readonly RunStage[], step: number): string {
  const moment = momentAt(stages, step);
  return moment.stage === null ? String(step) : `${moment.stage} ${moment.step}`;
}

/** The step that `shortStep` writes so; a number alone is a step of the run. Null for what names none, as a step that its stage does not have. */
export function stepIn(stages: readonly RunStage[], text: string): number | null {
  const [, name, digits] = /^(?:(\S+) +)?(\d+)$/.exec(text.trim()) ?? [];
  if (digits === undefined) return null;
  if (name === undefined) return Number(digits);
  const { firstStep = null, steps = null } = stages.find(({ id }) => id === name) ?? {};
  const step = Number(digits);
  return firstStep === null || step < 1 || step > (steps ?? 0) ? null : firstStep + step;
}

/** "guarded · step 20 of 130", an opening "guarded · step 0 of 130"; of a run without stages "step 20". */
export function stepInWords(stages: readonly RunStage[], step: number, opening = false): string {
  const moment = momentAt(stages, step, opening);
  return moment.stage === null ? `step ${step}` : momentInWords(moment);
}
