// How far a run is: the stage that it is in, and the steps that were made. Called by queries.ts; changes nothing.
import type { Catalog } from '../catalog/catalog.ts';
import type { Job } from '../contract/jobs.ts';
import type { JobRecord } from './records.ts';
import { reachedIn, toldStages } from './stages.ts';

/** Counted as the stages are, so that no two places of the window can disagree. */
export function progressOf(catalog: Catalog, job: JobRecord): Pick<Job, 'made' | 'moment'> {
  const stages = toldStages(catalog, job.id).map((stage) => ({
    ...stage,
    reached: reachedIn(catalog, job.id, stage),
  }));
  const present = stages.at(-1);
  if (!present) return { made: job.step, moment: { stage: null, step: job.step, steps: job.total_steps } };
  return {
    made: stages.reduce((sum, { reached }) => sum + reached, 0),
    moment: { stage: present.id, step: present.reached, steps: present.steps },
  };
}
