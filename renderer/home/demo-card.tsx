// The demo while it runs: its stages with their state on the left, on the right what is known so far.
import { Check, CircleAlert } from 'lucide-react';
import type { Demo, DemoStage } from '../../core/contract/demo.ts';
import type { Activity } from '../../core/contract/lab.ts';
import { useCommand, useQuery } from '../queries.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatDuration } from '../ui/format.ts';
import { type Pace, ProgressBar, paceInWords } from '../ui/progress.tsx';
import { useNow } from '../ui/use-now.ts';
import styles from './demo-card.module.css';
import { DemoSoFar } from './demo-so-far.tsx';

const stages: readonly (readonly [DemoStage, string])[] = [
  ['prepare', 'Prepare the tiny base, its questions and tasks'],
  ['evaluate-base', 'Measure the base on held-out questions and open tasks'],
  ['train', 'GRPO, merge, then SFT without and with a guard against forgetting'],
  ['evaluate', 'Measure each checkpoint on the same questions'],
  ['report', 'Compare and write the report'],
];

export function DemoCard({ demo }: { demo: Demo }) {
  const now = useNow();
  const stop = useCommand('demo.stop');
  const runs = useQuery('jobs.list', {});
  const activities = useQuery('lab.activities', {});
  const run = runs.data?.find((each) => each.id === demo.jobId);
  const pace: Pace | undefined =
    demo.stage === 'train' && run
      ? { done: run.step, total: run.totalSteps, leftMs: run.leftMs, part: run.moment.stage }
      : activityOf(demo, activities.data ?? []);
  return (
    <Card
      title={demo.state === 'failed' ? 'The demo stopped' : 'The demo is running'}
      aside={<small>{`seed ${demo.seed}`}</small>}
      figure={
        <small>{formatDuration(Math.floor(((demo.endedAt ?? now) - demo.startedAt) / 1000) * 1000)}</small>
      }
    >
      <div className={styles.columns}>
        <div>
          <Stages demo={demo} pace={pace} />
          {demo.state === 'running' && (
            <Button
              kind="quiet"
              className={styles.stop}
              busy={stop.isPending}
              onClick={() => stop.mutate({ id: demo.id })}
            >
              Stop the demo
            </Button>
          )}
        </div>
        <DemoSoFar demo={demo} run={run} />
      </div>
      {demo.error && <ErrorCard what="The demo did not finish" error={new Error(demo.error)} />}
      {stop.error && <ErrorCard what="The demo could not be stopped" error={stop.error} />}
    </Card>
  );
}

/** The activity of the present stage: the demo's own says less than the one that works for it. */
function activityOf(demo: Demo, activities: readonly Activity[]): Activity | undefined {
  const kind = demo.stage.startsWith('evaluate') ? 'evaluation' : null;
  return activities.find((each) => each.kind === kind) ?? activities.find((each) => each.kind === 'demo');
}

function Stages({ demo, pace }: { demo: Demo; pace: Pace | undefined }) {
  const at = stages.findIndex(([stage]) => stage === demo.stage);
  return (
    <ol className={styles.stages}>
      {stages.map(([stage, words], i) => {
        const state = demo.stage === 'done' || i < at ? 'done' : i > at ? 'later' : demo.state;
        const now = state === 'running';
        return (
          <li key={stage} data-state={state} aria-current={now ? 'step' : undefined}>
            <span className={styles.sign}>
              {state === 'done' && <Check size={12} strokeWidth={2.5} aria-label="done" />}
              {state === 'failed' && <CircleAlert size={14} strokeWidth={2} aria-label="failed" />}
            </span>
            <span>{words}</span>
            {now && pace && <small>{paceInWords(pace)}</small>}
            {now && (
              <ProgressBar
                label={words}
                done={pace?.done ?? 0}
                total={pace?.total ?? null}
                className={styles.bar}
              />
            )}
          </li>
        );
      })}
    </ol>
  );
}
