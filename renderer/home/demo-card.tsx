// The demo while it runs: its stages with their state, progress of the present one, and the curve while it trains.
import { Check, CircleAlert } from 'lucide-react';
import type { Demo, DemoStage } from '../../core/contract/demo.ts';
import { useCommand, useQuery } from '../queries.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatDuration } from '../ui/format.ts';
import { ProgressBar, paceInWords } from '../ui/progress.tsx';
import { useNow } from '../ui/use-now.ts';
import styles from './demo-card.module.css';
import { RewardCurve } from './reward-curve.tsx';

const stages: readonly (readonly [DemoStage, string])[] = [
  ['prepare', 'Prepare the tiny base and its questions'],
  ['evaluate-base', 'Measure the base on held-out questions'],
  ['train', 'Train it to think first'],
  ['arrive', 'Bring the adapter home and check it'],
  ['evaluate-adapter', 'Measure it again, on the same questions'],
  ['report', 'Compare and write the report'],
];

export function DemoCard({ demo }: { demo: Demo }) {
  const now = useNow();
  const stop = useCommand('demo.stop');
  const runs = useQuery('jobs.list', {});
  const activities = useQuery('lab.activities', {});
  const at = stages.findIndex(([stage]) => stage === demo.stage);
  const run = runs.data?.find((each) => each.id === demo.jobId);
  const training = demo.stage === 'train' ? run : undefined;
  const activity = activities.data?.find((each) => each.kind !== 'demo') ?? activities.data?.[0];
  const pace = training
    ? { done: training.step, total: training.totalSteps, leftMs: training.leftMs }
    : activity;
  return (
    <Card
      title={demo.state === 'failed' ? 'The demo stopped' : 'The demo is running'}
      aside={<small>{`seed ${demo.seed}`}</small>}
      figure={<small>{formatDuration((demo.endedAt ?? now) - demo.startedAt)}</small>}
    >
      <ol className={styles.stages}>
        {stages.map(([stage, words], i) => {
          const state = demo.stage === 'done' || i < at ? 'done' : i > at ? 'later' : demo.state;
          return (
            <li key={stage} data-state={state} aria-current={state === 'running' ? 'step' : undefined}>
              <span className={styles.sign}>
                {state === 'done' && <Check size={12} strokeWidth={2.5} aria-label="done" />}
                {state === 'failed' && <CircleAlert size={14} strokeWidth={2} aria-label="failed" />}
              </span>
              <span>{words}</span>
              {state === 'running' && pace && <small>{paceInWords(pace)}</small>}
              {state === 'running' && pace && (
                <ProgressBar label={words} done={pace.done} total={pace.total} className={styles.bar} />
              )}
            </li>
          );
        })}
      </ol>
      {training && training.step > 1 && <RewardCurve run={training} />}
      {demo.error && <ErrorCard what="The demo did not finish" error={new Error(demo.error)} />}
      {stop.error && <ErrorCard what="The demo could not be stopped" error={stop.error} />}
      {demo.state === 'running' && (
        <div className={styles.acts}>
          <Button kind="quiet" busy={stop.isPending} onClick={() => stop.mutate({ id: demo.id })}>
            Stop the demo
          </Button>
        </div>
      )}
    </Card>
  );
}
