// How a moment of a run is named, the same wherever one is: by its stage and that stage's own step where the run is a program, as the trainer
// and the adapter's manifest count; by the run's step where it has no stages.
import { z } from 'zod';

export const Moment = z.object({
  /** Null in a run that is no program. */
  stage: z.string().nullable(),
  step: z.int(),
  /** Steps of the stage, or of the run. */
  steps: z.int(),
});
export type Moment = z.infer<typeof Moment>;

/** "guarded · step 80 of 130", "step 40 of 60"; a stage without steps is named alone. */
export function momentInWords({ stage, step, steps }: Moment): string {
  const words = `step ${step} of ${steps}`;
  if (stage === null) return words;
  return steps === 0 ? stage : `${stage} · ${words}`;
}
