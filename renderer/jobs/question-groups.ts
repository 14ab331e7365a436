// Which question of a run is open, and its completions by the steps in which it was asked. Pure; used by questions-tab.tsx and question-pane.tsx.
import type { Rollout, RunPrompt } from '../../core/contract/run-views.ts';

export interface StepGroup {
  step: number;
  samples: Rollout[];
  mean: number;
  /** Different texts among the samples. */
  distinct: number;
}

/**
 * A question is open by its row, not by its place: while a run goes on, others are asked and come before it. `toOpen`: the first one, where
 * none is open or the list has it not.
 */
export function openAmong(
  prompts: readonly Pick<RunPrompt, 'rowId'>[],
  open: string | undefined,
): { selected: number; toOpen: string | null } {
  const place = prompts.findIndex(({ rowId }) => rowId === open);
  if (place !== -1) return { selected: place, toOpen: null };
  return { selected: 0, toOpen: prompts[0]?.rowId ?? null };
}

/** rollouts: by step, then by sample, as the core gives them. */
export function byStep(rollouts: readonly Rollout[]): StepGroup[] {
  return [...Map.groupBy(rollouts, ({ step }) => step)].map(([step, samples]) => ({
    step,
    samples,
    mean: samples.reduce((sum, { total }) => sum + total, 0) / samples.length,
    distinct: new Set(samples.map(({ completion }) => completion)).size,
  }));
}

/** "4/2" is the third sample of step 4; falls back on `otherwise` for one that is not there. */
export function pick(groups: readonly StepGroup[], place: string | undefined, otherwise: Rollout): Rollout {
  const [step, sample] = (place ?? '').split('/').map(Number);
  return groups.find((group) => group.step === step)?.samples[sample ?? 0] ?? otherwise;
}

export function placeOf(groups: readonly StepGroup[], rollout: Rollout): string {
  const group = groups.find(({ step }) => step === rollout.step);
  return `${rollout.step}/${group?.samples.indexOf(rollout) ?? 0}`;
}
