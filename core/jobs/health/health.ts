// How a run fares: its curves, and what only its rollouts can tell, held against the health rules. Called by jobs.ts.
import { z } from 'zod';
import type { Catalog } from '../../catalog/catalog.ts';
import { sql } from '../../catalog/sql.ts';
import type { JobSpec } from '../../contract/job-spec.ts';
import type { HealthFinding, Series } from '../../contract/run-views.ts';
import { jobMetrics, stageCurves } from '../curves.ts';
import { jobRecord } from '../records.ts';
import { toldStages } from '../stages.ts';
import { findingsOf, type RunFacts, rank, SAME_ANSWERS } from './rules.ts';

/** So many of the last steps' completions are compared with each other. */
const LOOK_BACK = 30;

/**
 * A program's stages are judged each by its own curves: one trains in another way than the next, and what was wrong in a stage is over with
 * it. What is current stands first, then the worse.
 */
export function jobHealth(catalog: Catalog, id: string, spec: JobSpec): HealthFinding[] {
  const { suite_hash, suite_max, suite_min, total_steps } = jobRecord(catalog, id);
  const range = suite_hash === '' ? null : { max: suite_max, min: suite_min };
  if (spec.kind !== 'program') {
    const groupSize = spec.kind === 'grpo' ? spec.training.groupSize : 1;
    const span = { first: 0, last: Number.MAX_SAFE_INTEGER };
    const curves = withSameAnswers(catalog, id, jobMetrics(catalog, { id }), span);
    return judged(curves, { groupSize, range }, { stage: null, steps: total_steps, current: true });
  }
  const told = toldStages(catalog, id);
  const findings = told.flatMap((stage) => {
    const { firstStep, steps } = stage;
    const found = spec.stages.find((each) => each.id === stage.id);
    const groupSize = found?.kind === 'grpo' ? found.training.groupSize : 1;
    const span = { first: firstStep, last: firstStep + steps };
    const curves = withSameAnswers(catalog, id, stageCurves(catalog, id, stage), span);
    return judged(
      curves,
      { groupSize, range },
      { stage: stage.id, steps, current: stage.id === told.at(-1)?.id },
    );
  });
  return findings.sort((a, b) => Number(b.current) - Number(a.current) || rank[a.level] - rank[b.level]);
}

function judged(
  curves: readonly Series[],
  facts: RunFacts,
  { stage, steps, current }: { stage: string | null; steps: number; current: boolean },
): HealthFinding[] {
  return findingsOf(curves, facts).map(({ sinceStep, ...finding }) => ({
    ...finding,
    stage,
    current,
    since: sinceStep === null ? null : { stage, step: sinceStep, steps },
  }));
}

const Shared = z.object({ step: z.int(), share: z.number() });

/** Steps of the run after `first`, up to `last`. */
interface Span {
  first: number;
  last: number;
}

/**
 * With one curve more: by step, the share of completions whose text answers another question of the step too. It is left out where no step
 * asks two questions.
 */
function withSameAnswers(catalog: Catalog, id: string, curves: Series[], { first, last }: Span): Series[] {
  const rows = catalog.all(
    Shared,
    sql`WITH latest AS (
          SELECT step, completion, row_id FROM rollouts WHERE job = ${id} AND step > ${first} AND step <= ${last} AND step >
            (SELECT COALESCE(MAX(step), 0) FROM rollouts WHERE job = ${id} AND step <= ${last}) - ${LOOK_BACK}
        ), texts AS (
          SELECT step, completion, COUNT(*) AS n, COUNT(DISTINCT row_id) AS questions FROM latest GROUP BY step, completion
        ), asked AS (
          SELECT step FROM latest GROUP BY step HAVING COUNT(DISTINCT row_id) > 1
        )
        SELECT step, 1.0 * SUM(CASE WHEN questions > 1 THEN n ELSE 0 END) / SUM(n) AS share
        FROM texts WHERE step IN (SELECT step FROM asked) GROUP BY step ORDER BY step`,
  );
  if (rows.length === 0) return curves;
  const values = rows.map((row) => row.share);
  const steps = rows.map(({ step }) => step - first);
  return [...curves, { name: SAME_ANSWERS, steps, values, starts: [], openings: [] }];
}
