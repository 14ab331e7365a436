// How far a run is: the stage that it is in, the steps that were made, and how long it takes yet by the pace so far. Called by queries.ts;
// changes nothing.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { type Sql, sql } from '../catalog/sql.ts';
import type { Job } from '../contract/jobs.ts';
import type { JobRecord } from './records.ts';
import { reachedIn, type ToldStage, toldStages } from './stages.ts';

/** Counted as the stages are, so that no two places of the window can disagree. */
export function progressOf(catalog: Catalog, job: JobRecord): Pick<Job, 'made' | 'moment' | 'leftMs'> {
  const stages = toldStages(catalog, job.id).map((stage) => ({
    ...stage,
    reached: reachedIn(catalog, job.id, stage),
  }));
  const present = stages.at(-1);
  const goesOn = job.state === 'RUNNING' && (present?.state ?? 'begun') === 'begun';
  const leftMs = goesOn ? leftOf(catalog, job, present) : null;
  if (!present)
    return { made: job.step, moment: { stage: null, step: job.step, steps: job.total_steps }, leftMs };
  return {
    made: stages.reduce((sum, { reached }) => sum + reached, 0),
    moment: { stage: present.id, step: present.reached, steps: present.steps },
    leftMs,
  };
}

/**
 * From the pace of this attempt in the run or its stage since the first step, which is left out: it holds the compilation. Exams between two
 * steps are in the pace, so they are in what is left. What has passed since the last step is taken off, but no more than a step takes.
 */
function leftOf(catalog: Catalog, job: JobRecord, stage: ToldStage | undefined): number | null {
  const first = stepTold(catalog, job, stage, sql`ASC`);
  const last = stepTold(catalog, job, stage, sql`DESC`);
  if (!first || !last || last.step <= first.step || job.heard_at === null) return null;
  const end = stage ? stage.firstStep + stage.steps : job.total_steps;
  const pace = (last.wall - first.wall) / (last.step - first.step);
  const passed = Math.min(pace, Math.max(0, job.heard_at - last.wall));
  return Math.max(0, pace * (end - last.step) - passed);
}

const StepTold = z.object({ step: z.int(), wall: z.number() });

/**
 * Of the steps that the present attempt made, in a stage's part of the log, the first or the last. Batches of answers that one before it had
 * kept are told again without the time that they took.
 */
function stepTold(
  catalog: Catalog,
  { id, attempt_seq }: JobRecord,
  stage: ToldStage | undefined,
  order: Sql,
): z.infer<typeof StepTold> | undefined {
  return catalog.get(
    StepTold,
    sql`SELECT json_extract(body, '$.step') AS step, wall FROM job_events WHERE job = ${id} AND kind = 'metrics'
        AND seq >= ${Math.max(attempt_seq, stage?.seq ?? 0)} AND json_type(body, '$.step') = 'integer' AND body LIKE '%"perf/step_s"%'
        ORDER BY seq ${order} LIMIT 1`,
  );
}
