// What trains right now, with its reward curve; when nothing does, the last run and what it reached.
import { ChartSpline } from 'lucide-react';
import type { Job } from '../../core/contract/jobs.ts';
import { ActionButton } from '../action-button.tsx';
import { useQuery } from '../queries.ts';
import { go } from '../route.ts';
import { hasCurves, isEnded, runInWords, runLeftInWords, runStepInWords, runTone } from '../run-state.ts';
import { Card } from '../ui/card.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { formatAge, formatDuration, formatEnd, joinPieces } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import screen from '../ui/screen.module.css';
import { useNow } from '../ui/use-now.ts';
import { RewardCurve } from './reward-curve.tsx';

export function RunningCard() {
  const runs = useQuery('jobs.list', {});
  const now = useNow();
  if (!runs.data) return <Card title="Training">{null}</Card>;
  const run = runs.data.find((each) => !isEnded(each.state)) ?? runs.data[0];
  if (!run)
    return (
      <Card>
        <EmptyState
          icon={ChartSpline}
          title="Nothing has been trained yet"
          act={<ActionButton action="train.new" />}
        >
          A run makes an adapter that changes how the base model answers.
        </EmptyState>
      </Card>
    );
  return (
    <Card
      title={isEnded(run.state) ? 'Last run' : 'Training'}
      aside={<Pill tone={runTone(run.state)}>{runInWords(run)}</Pill>}
    >
      <button type="button" className={screen.open} onClick={() => go('train', { id: run.id })}>
        {run.name}
      </button>
      <div>
        <small>{newsOf(run, now)}</small>
      </div>
      {hasCurves(run) && <RewardCurve run={run} />}
    </Card>
  );
}

function newsOf(run: Job, now: number): string {
  if (isEnded(run.state))
    return joinPieces(
      run.hostId,
      run.endedAt !== null && run.startedAt !== null && `took ${formatDuration(run.endedAt - run.startedAt)}`,
      run.endedAt !== null && formatEnd(run.endedAt, run.recorded, now),
    );
  return joinPieces(
    run.hostId,
    runStepInWords(run),
    run.heardAt !== null && `heard ${formatAge(run.heardAt, now)}`,
    runLeftInWords(run),
  );
}
