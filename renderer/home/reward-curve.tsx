// The reward of one run as a small bare chart, with its last value in words.
import { useMemo } from 'react';
import type { Job } from '../../core/contract/jobs.ts';
import { useQuery } from '../queries.ts';
import { BareChart } from '../ui/chart.tsx';
import { lastValue } from '../ui/chart-data.ts';
import { formatNumber, formatPercent } from '../ui/format.ts';
import { smooth, smoothingFor } from '../ui/smooth.ts';
import styles from './reward-curve.module.css';

const NAMES = ['reward/total/mean', 'answer/correct_frac', 'format/strict_frac'];

export function RewardCurve({ run }: { run: Job }) {
  const metrics = useQuery('jobs.metrics', { id: run.id, names: NAMES });
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
        smoothing,
      },
    ],
    [total, smoothing],
  );
  const last = (name: string) => {
    const values = metrics.data?.find((each) => each.name === name)?.values ?? [];
    return lastValue(smooth(values, smoothing));
  };
  const words = [`reward ${formatNumber(last('reward/total/mean'))} of ${run.suite?.max ?? '–'}`];
  const correct = last('answer/correct_frac');
  const strict = last('format/strict_frac');
  if (correct !== null) words.push(`correct ${formatPercent(correct, 0)} %`);
  if (strict !== null) words.push(`strict format ${formatPercent(strict, 0)} %`);
  return (
    <>
      <div className={styles.room}>
        <BareChart
          title={`Reward of ${run.name}`}
          series={series}
          until={run.totalSteps}
          range={[null, run.suite?.max ?? null]}
          height={120}
        />
      </div>
      <small>{metrics.data ? words.join(' · ') : '…'}</small>
    </>
  );
}
