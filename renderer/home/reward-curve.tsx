// The reward of one run as a small bare chart, with its last value in words. Of a program it shows the stages that are rewarded, and names those
// that come after and are not, or the chart would look broken off.
import { useMemo } from 'react';
import type { Job } from '../../core/contract/jobs.ts';
import type { RunStage } from '../../core/contract/run-views.ts';
import { useQuery } from '../queries.ts';
import { isRewarded, marksOf, stageAt, stepsInWords } from '../run-stages.ts';
import { BareChart } from '../ui/chart.tsx';
import { lastValue } from '../ui/chart-data.ts';
import { formatNumber, formatPercent } from '../ui/format.ts';
import { smoothingFor, smoothParts } from '../ui/smooth.ts';
import { useStages } from '../use-stages.ts';
import styles from './reward-curve.module.css';

const NAMES = ['reward/total/mean', 'answer/correct_frac', 'format/strict_frac'];

export function RewardCurve({ run }: { run: Job }) {
  const metrics = useQuery('jobs.metrics', { id: run.id, names: NAMES });
  const stages = useStages(run);
  const total = metrics.data?.find((each) => each.name === NAMES[0]);
  const smoothing = smoothingFor(total?.steps.length ?? 0);
  const series = useMemo(
    () => [
      {
        id: 'total',
        title: 'reward',
        color: 'var(--c1)',
        steps: total?.steps ?? [],
        values: total?.values ?? [],
        starts: total?.starts ?? [],
        smoothing,
      },
    ],
    [total, smoothing],
  );
  const rewarded = stageAt(stages, total?.steps.at(-1) ?? 0);
  const until = rewarded ? endOf(rewarded) : run.totalSteps;
  const marks = useMemo(() => marksOf(stages).filter(({ at }) => at < until), [stages, until]);
  const last = (name: string) => {
    const { values = [], starts = [] } = metrics.data?.find((each) => each.name === name) ?? {};
    return lastValue(smoothParts(values, smoothing, starts));
  };
  const words = [`reward ${formatNumber(last('reward/total/mean'))} of ${run.suite?.max ?? '–'}`];
  const correct = last('answer/correct_frac');
  const strict = last('format/strict_frac');
  if (correct !== null) words.push(`correct ${formatPercent(correct, 0)} %`);
  if (strict !== null) words.push(`strict format ${formatPercent(strict, 0)} %`);
  const after = rewarded
    ? stages.slice(stages.indexOf(rewarded) + 1).filter((stage) => !isRewarded(stage))
    : [];
  return (
    <>
      <div className={styles.room}>
        <BareChart
          title={`Reward of ${run.name}`}
          series={series}
          until={until}
          marks={marks}
          range={[null, run.suite?.max ?? null]}
          height={120}
        />
      </div>
      <small>{metrics.data ? words.join(' · ') : '…'}</small>
      {after.length > 0 && (
        <div>
          <small>{`then, without rewards: ${after.map(stageInWords).join(', ')}`}</small>
        </div>
      )}
    </>
  );
}

const endOf = ({ firstStep, steps }: RunStage): number => (firstStep ?? 0) + (steps ?? 0);

const states: Readonly<Record<RunStage['state'], string>> = {
  waiting: 'to come',
  begun: 'at work',
  done: '',
  failed: 'failed',
  cut: 'cut off',
  skipped: 'not begun',
};

/** "guarded (step 40 of 130, at work)" */
function stageInWords(stage: RunStage): string {
  const how = [stepsInWords(stage), states[stage.state]].filter(Boolean).join(', ');
  return how ? `${stage.id} (${how})` : stage.id;
}
