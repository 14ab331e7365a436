// What a finished demo proved: its checkpoints, the best one against the base, and what it means.
import type { Demo } from '../../core/contract/demo.ts';
import { useQuery } from '../queries.ts';
import { go } from '../route.ts';
import { showInFolder } from '../show-in-folder.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatDuration, formatEnd, formatP, formatPercent, formatPoints, joinPieces } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import { useNow } from '../ui/use-now.ts';
import { CheckpointTable, DomainTable } from './checkpoint-table.tsx';
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
  const { checkpoints, best, shown, comparison, meaning, seconds, reportPath } = result.data;
  const { left, right, difference } = comparison;
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
        <CheckpointTable checkpoints={checkpoints} best={best} />
        <DomainTable checkpoints={checkpoints} />
        <small>{`Kept: right answers gained and lost against the checkpoint it was trained from. Best: ${best.rule}`}</small>
        <div className={styles.words}>
          <p className={styles.meaning}>{meaning}</p>
          <div className={styles.proof}>
            <div className={styles.pills}>
              <Pill
                tone={difference.low > 0 ? 'good' : 'neutral'}
              >{`${formatPoints(difference.value)} points`}</Pill>
              <small>
                {`${shown.name} against the base: 95 % interval ${formatPoints(difference.low)} to ${formatPoints(difference.high)} · exact McNemar p ${formatP(comparison.pValue)}`}
              </small>
              <small className={styles.flips}>
                {`${comparison.gained} gained, ${comparison.lost} lost · strict format ${formatPercent(left.format.share, 0)} → ${formatPercent(right.format.share, 0)} %`}
              </small>
            </div>
            <div className={styles.acts}>
              <Button onClick={() => go('compare', { params: { left: left.id, right: right.id } })}>
                Read what flipped
              </Button>
              <Button kind="quiet" onClick={() => showInFolder(reportPath, 'The report')}>
                Show the report
              </Button>
            </div>
          </div>
        </div>
      </div>
    </Card>
  );
}
