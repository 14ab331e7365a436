// How a run fares: its curves, and what only its rollouts can tell, held against the health rules. Called by jobs.ts.
import { z } from 'zod';
import type { Catalog } from '../../catalog/catalog.ts';
import { sql } from '../../catalog/sql.ts';
import type { JobSpec } from '../../contract/job-spec.ts';
import type { HealthFinding, Series } from '../../contract/run-views.ts';
import { jobMetrics } from '../queries.ts';
import { jobRecord } from '../records.ts';
import { findingsOf, type RunFacts, SAME_ANSWERS } from './rules.ts';

/** So many of the last steps' completions are compared with each other. */
const LOOK_BACK = 30;

export function jobHealth(catalog: Catalog, id: string, spec: JobSpec): HealthFinding[] {
  const series = jobMetrics(catalog, id, undefined);
  const same = sameAnswers(catalog, id);
  return findingsOf(same ? [...series, same] : series, factsOf(catalog, id, spec));
}

function factsOf(catalog: Catalog, id: string, spec: JobSpec): RunFacts {
  const { suite_hash, suite_max, suite_min } = jobRecord(catalog, id);
  return {
    groupSize: groupSizeOf(spec),
    range: suite_hash === '' ? null : { max: suite_max, min: suite_min },
  };
}

/** Completions of one question in a step. */
export function groupSizeOf(spec: JobSpec): number {
  if (spec.kind === 'grpo') return spec.training.groupSize;
  if (spec.kind !== 'program') return 1;
  const stage = spec.stages.find((each) => each.kind === 'grpo');
  return stage?.kind === 'grpo' ? stage.training.groupSize : 1;
}

const Shared = z.object({ step: z.int(), share: z.number() });

/** By step, the share of completions whose text answers another question of the step too. Null where no step asks two questions. */
function sameAnswers(catalog: Catalog, id: string): Series | null {
  const rows = catalog.all(
    Shared,
    sql`WITH texts AS (
          SELECT step, completion, COUNT(*) AS n, COUNT(DISTINCT row_id) AS questions FROM rollouts
          WHERE job = ${id} AND step > (SELECT COALESCE(MAX(step), 0) FROM rollouts WHERE job = ${id}) - ${LOOK_BACK}
          GROUP BY step, completion
        ), asked AS (
          SELECT step FROM rollouts
          WHERE job = ${id} AND step > (SELECT COALESCE(MAX(step), 0) FROM rollouts WHERE job = ${id}) - ${LOOK_BACK}
          GROUP BY step HAVING COUNT(DISTINCT row_id) > 1
        )
        SELECT step, 1.0 * SUM(CASE WHEN questions > 1 THEN n ELSE 0 END) / SUM(n) AS share
        FROM texts WHERE step IN (SELECT step FROM asked) GROUP BY step ORDER BY step`,
  );
  if (rows.length === 0) return null;
  return { name: SAME_ANSWERS, steps: rows.map((row) => row.step), values: rows.map((row) => row.share) };
}
