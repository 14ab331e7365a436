// The stages of a program as charts and words need them: marks where they begin, and a step of the run as a moment of its stage. Pure; used by
// Train and Home.
import { type Moment, momentInWords } from '../core/contract/moment.ts';
import type { RunStage } from '../core/contract/run-views.ts';
import type { ChartMark } from './ui/chart-data.ts';

/** A stage without steps takes no room on an axis of steps. */
export function marksOf(stages: readonly RunStage[]): ChartMark[] {
  return stages.flatMap(({ id, firstStep, steps }) =>
    firstStep !== null && steps ? [{ at: firstStep, label: id }] : [],
  );
}

/** The stage that made a step of the run. */
export function stageAt(stages: readonly RunStage[], step: number): RunStage | undefined {
  return stages.find(
    ({ firstStep, steps }) => firstStep !== null && step > firstStep && step <= firstStep + (steps ?? 0),
  );
}

function momentAt(stages: readonly RunStage[], step: number, totalSteps: number): Moment {
  const stage = stageAt(stages, step);
  if (!stage) return { stage: null, step, steps: totalSteps };
  return { stage: stage.id, step: step - (stage.firstStep ?? 0), steps: stage.steps ?? 0 };
}

/** For a column: "guarded 20"; of a run without stages "20". */
export function shortStep(stages: readonly RunStage[], step: number): string {
  const moment = momentAt(stages, step, 0);
  return moment.stage === null ? String(step) : `${moment.stage} ${moment.step}`;
}

/** "guarded · step 20 of 130"; of a run without stages "step 20". */
export function stepInWords(stages: readonly RunStage[], step: number): string {
  const moment = momentAt(stages, step, 0);
  return moment.stage === null ? `step ${step}` : momentInWords(moment);
}
