// The stages of a run, as its log tells them. Used by Train and Home.
import type { Job } from '../core/contract/jobs.ts';
import type { RunStage } from '../core/contract/run-views.ts';
import { useQuery } from './queries.ts';

const none: readonly RunStage[] = [];

/** Empty for a run that is no program. */
export function useStages(run: Pick<Job, 'id' | 'kind'>): readonly RunStage[] {
  const milestones = useQuery('jobs.milestones', { id: run.id }, { enabled: run.kind === 'program' });
  return milestones.data?.stages ?? none;
}
