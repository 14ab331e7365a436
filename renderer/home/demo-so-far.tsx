// What a running demo has shown so far: the base's accuracy, the reward while it trains, then each checkpoint's accuracy.
import { checkpointNames, type Demo } from '../../core/contract/demo.ts';
import type { Job } from '../../core/contract/jobs.ts';
import { useQuery } from '../queries.ts';
import { formatPercent } from '../ui/format.ts';
import { Interval, intervalInWords, type Share } from '../ui/interval.tsx';
import styles from './demo-so-far.module.css';
import { RewardCurve } from './reward-curve.tsx';

export function DemoSoFar({ demo, run }: { demo: Demo; run: Job | undefined }) {
  const evaluations = useQuery('evals.list', {});
  const accuracyOf = (id: string | null) =>
    evaluations.data?.find((each) => each.id === id)?.accuracy ?? null;
  const known = demo.checkpoints.flatMap(({ id, tasksEvalId }) => {
    const value = accuracyOf(tasksEvalId);
    return value ? [{ id, value }] : [];
  });
  return (
    <div className={styles.room}>
      {known.map(({ id, value }) => (
        <Known
          key={id}
          name={checkpointNames[id]}
          value={value}
          color={id === 'base' ? 'var(--c5)' : 'var(--c1)'}
        />
      ))}
      {run && run.step > 1 ? (
        <div>
          <RewardCurve run={run} />
        </div>
      ) : (
        <p className={styles.words}>
          The base has two habits: a hasty guess, most of the time, and thinking first, now and then. The run
          rewards what thinks first and answers right, until that is the habit.
        </p>
      )}
    </div>
  );
}

function Known({ name, value, color }: { name: string; value: Share; color: string }) {
  return (
    <div className={styles.known}>
      <span>{name}</span>
      <Interval value={value} label={`${name}: accuracy`} color={color} width="100%" />
      <b>
        {formatPercent(value.share)} <small>%</small>
      </b>
      <small className={styles.range}>{`${intervalInWords(value)} · n ${value.n}`}</small>
    </div>
  );
}
