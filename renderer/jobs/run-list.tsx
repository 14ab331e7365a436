// All runs, newest first, each with its state, how far it is, and the shape of its reward.
import { ChartSpline, Plus } from 'lucide-react';
import type { Job } from '../../core/contract/jobs.ts';
import { ActionButton } from '../action-button.tsx';
import { useQuery } from '../queries.ts';
import { go } from '../route.ts';
import { hasCurves, isEnded, runInWords, runTone } from '../run-state.ts';
import { Card } from '../ui/card.tsx';
import { lastValue } from '../ui/chart-data.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatAge, formatDuration, formatEnd, formatNumber } from '../ui/format.ts';
import { PageHead } from '../ui/page-head.tsx';
import { Pill } from '../ui/pill.tsx';
import { ProgressBar } from '../ui/progress.tsx';
import screen from '../ui/screen.module.css';
import { smoothingFor, smoothParts } from '../ui/smooth.ts';
import { Sparkline } from '../ui/sparkline.tsx';
import { Cell, HeadCell, Table, TableRow } from '../ui/table.tsx';
import { useNow } from '../ui/use-now.ts';
import styles from './run-list.module.css';

export function RunList() {
  const runs = useQuery('jobs.list', {});
  const empty = runs.data?.length === 0;
  return (
    <>
      <PageHead
        crumb="Train / Runs"
        title="What has it learned so far?"
        acts={<ActionButton action="train.new" kind="primary" icon={Plus} />}
      />
      <div className={screen.scroll}>
        {runs.error && <ErrorCard what="The runs could not be listed" error={runs.error} />}
        {empty && (
          <EmptyState icon={ChartSpline} title="No run yet" act={<ActionButton action="train.new" />}>
            A run asks the base model training questions, rewards what thinks first and answers right, and
            exports an adapter.
          </EmptyState>
        )}
        {runs.data && !empty && (
          <Card flush>
            <Table label="Runs">
              <thead>
                <tr>
                  <HeadCell>Run</HeadCell>
                  <HeadCell>State</HeadCell>
                  <HeadCell>Steps</HeadCell>
                  <HeadCell>Reward</HeadCell>
                  <HeadCell number>Last</HeadCell>
                  <HeadCell number>Took</HeadCell>
                  <HeadCell>When</HeadCell>
                </tr>
              </thead>
              <tbody>
                {runs.data.map((run) => (
                  <RunRow key={run.id} run={run} />
                ))}
              </tbody>
            </Table>
          </Card>
        )}
      </div>
    </>
  );
}

function RunRow({ run }: { run: Job }) {
  const now = useNow();
  const metrics = useQuery('jobs.metrics', { id: run.id, names: ['reward/total/mean'] });
  const { values = [], starts = [] } = metrics.data?.[0] ?? {};
  const last = lastValue(smoothParts(values, smoothingFor(values.length), starts));
  const open = () => go('train', { id: run.id });
  const ended = isEnded(run.state);
  return (
    <TableRow onOpen={open}>
      <Cell>
        <button type="button" className={`${screen.open} ${styles.name}`} title={run.name} onClick={open}>
          {run.name}
        </button>
      </Cell>
      <Cell>
        <Pill tone={runTone(run.state)} live={run.state === 'RUNNING'} why={run.failure?.message}>
          {runInWords({ ...run, phase: '' })}
        </Pill>
      </Cell>
      <Cell>
        <span className={styles.progress}>
          {!ended && (
            <ProgressBar label={run.name} done={run.step} total={run.totalSteps} className={styles.bar} />
          )}
          {`${run.made} of ${run.totalSteps}`}
        </span>
      </Cell>
      <Cell>
        {hasCurves(run) && (
          <Sparkline
            values={values}
            starts={starts}
            // A program's reward is that of a few of its stages: they fill the width.
            until={run.kind === 'program' ? values.length : run.totalSteps}
            label={`Reward of ${run.name}`}
          />
        )}
      </Cell>
      <Cell number>
        {hasCurves(run) ? formatNumber(last) : '–'}{' '}
        {hasCurves(run) && run.suite && <small>of {run.suite.max}</small>}
      </Cell>
      <Cell number>{run.startedAt ? formatDuration((run.endedAt ?? now) - run.startedAt) : '–'}</Cell>
      <Cell>
        <small>{ended ? formatEnd(run.endedAt ?? run.createdAt, run.recorded, now) : heard(run, now)}</small>
      </Cell>
    </TableRow>
  );
}

function heard(run: Job, now: number): string {
  return run.heardAt === null ? 'not heard yet' : `heard ${formatAge(run.heardAt, now)}`;
}
