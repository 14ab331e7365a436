// The completions of one question, by the steps in which it was asked. Pure; used by question-pane.tsx.
import type { Rollout } from '../../core/contract/run-views.ts';

export interface StepGroup {
  step: number;
  samples: Rollout[];
  mean: number;
  /** Different texts among the samples. */
  distinct: number;
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
