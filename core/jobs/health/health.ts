// How a run fares: its curves held against the health rules. Called by jobs.ts.
import type { Catalog } from '../../catalog/catalog.ts';
import type { JobSpec } from '../../contract/job-spec.ts';
import type { HealthFinding, Series } from '../../contract/run-views.ts';
import { jobMetrics, stageCurves } from '../curves.ts';
import { jobRecord } from '../records.ts';
import { toldStages } from '../stages.ts';
import { findingsOf, groupsOf, type RunFacts, rank } from './rules.ts';

/**
 * A program's stages are judged each by its own curves: one trains in another way than the next, and what was wrong in a stage is over with
 * it. What is current stands first, then the worse.
 */
export function jobHealth(catalog: Catalog, id: string, spec: JobSpec): HealthFinding[] {
  const { suite_hash, suite_max, suite_min, total_steps } = jobRecord(catalog, id);
  const range = suite_hash === '' ? null : { max: suite_max, min: suite_min };
  if (spec.kind !== 'program') {
    const facts = { ...groupsOf(spec), range };
    return judged(jobMetrics(catalog, { id }), facts, { stage: null, steps: total_steps, current: true });
  }
  const told = toldStages(catalog, id);
  const findings = told.flatMap((stage) => {
    const facts = { ...groupsOf(spec.stages.find((each) => each.id === stage.id)), range };
    const current = stage.id === told.at(-1)?.id;
    return judged(stageCurves(catalog, id, stage), facts, { stage: stage.id, steps: stage.steps, current });
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
