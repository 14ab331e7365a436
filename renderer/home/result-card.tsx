// What a finished demo proved: both accuracies with their intervals on one axis, the difference, and what it means.
import type { Demo } from '../../core/contract/demo.ts';
import { bridge } from '../bridge.ts';
import { useQuery } from '../queries.ts';
import { go } from '../route.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import {
  formatCount,
  formatDuration,
  formatEnd,
  formatP,
  formatPercent,
  formatPoints,
  joinPieces,
} from '../ui/format.ts';
import { Interval, intervalInWords, sharedAxis } from '../ui/interval.tsx';
import { Pill } from '../ui/pill.tsx';
import { tell } from '../ui/toast.tsx';
import { useNow } from '../ui/use-now.ts';
import styles from './result-card.module.css';

export function ResultCard({ demo }: { demo: Demo }) {
  const result = useQuery('demo.result', { id: demo.id });
  const now = useNow();
  if (result.error) return <ErrorCard what="The demo's result could not be read" error={result.error} />;
  if (!result.data)
    return (
      <Card title="What the demo showed" className={styles.waiting}>
        {null}
      </Card>
    );
  const { comparison, meaning, seconds, reportPath } = result.data;
  const { left, right, difference } = comparison;
  const axis = sharedAxis([left.accuracy, right.accuracy]);
  return (
    <Card
      title="What the demo showed"
      aside={
        <small>
          {joinPieces(
            formatEnd(demo.endedAt ?? demo.startedAt, demo.recorded, now),
            `seed ${demo.seed}`,
            `${formatDuration(seconds * 1000)} from start to proof`,
          )}
        </small>
      }
    >
      <div className={styles.room}>
        <div className={styles.figures}>
          {[left, right].map((side, i) => (
            <div key={side.id} className={styles.side}>
              <span className={styles.name}>{i === 0 ? 'Base' : 'With the adapter'}</span>
              <span className={styles.value}>
                {formatPercent(side.accuracy.share)}
                <small> %</small>
              </span>
              <Interval
                value={side.accuracy}
                label={`${side.name}: accuracy`}
                {...axis}
                color={i === 0 ? 'var(--c5)' : 'var(--c1)'}
                width="100%"
              />
              <small className={styles.range}>
                {intervalInWords(side.accuracy)} · n {formatCount(side.accuracy.n)}
              </small>
            </div>
          ))}
        </div>
        <div className={styles.words}>
          <p className={styles.meaning}>{meaning}</p>
          <div className={styles.pills}>
            <Pill tone="good">{`${formatPoints(difference.value)} points`}</Pill>
            <small>
              {`95 % interval ${formatPoints(difference.low)} to ${formatPoints(difference.high)} · exact McNemar p ${formatP(comparison.pValue)}`}
            </small>
            <small className={styles.flips}>
              {`${comparison.gained} gained, ${comparison.lost} lost · strict format ${formatPercent(left.format.share, 0)} → ${formatPercent(right.format.share, 0)} %`}
            </small>
          </div>
          <div className={styles.acts}>
            <Button onClick={() => go('compare', { params: { left: left.id, right: right.id } })}>
              Read what flipped
            </Button>
            <Button
              kind="quiet"
              onClick={() =>
                void bridge
                  .showInFolder(reportPath)
                  .catch((error: Error) =>
                    tell({ title: 'The report cannot be shown', detail: error.message, tone: 'bad' }),
                  )
              }
            >
              Show the report
            </Button>
          </div>
        </div>
      </div>
    </Card>
  );
}
