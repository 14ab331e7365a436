// Both accuracies on one axis, the difference with its interval, the test, and what flipped; cautions when the comparison is not fair.
import type { Comparison } from '../../core/contract/comparisons.ts';
import { formatCount, formatNumber, formatP, formatPercent, formatPoints } from '../ui/format.ts';
import { Interval, intervalInWords, sharedAxis } from '../ui/interval.tsx';
import { Pill } from '../ui/pill.tsx';
import styles from './headline.module.css';

export function Headline({ comparison }: { comparison: Comparison }) {
  const { left, right, difference, pValue, n } = comparison;
  const axis = sharedAxis([left.accuracy, right.accuracy]);
  const sure = difference.low > 0 || difference.high < 0;
  const tone = !sure ? 'neutral' : difference.value > 0 ? 'good' : 'bad';
  return (
    <section className={styles.headline} aria-label="Headline">
      <div className={styles.sides}>
        {[left, right].map((side, i) => (
          <div key={side.id} className={styles.side}>
            <span className={styles.name} title={side.name}>
              {side.name}
            </span>
            <Interval
              value={side.accuracy}
              label={`${side.name}: accuracy`}
              {...axis}
              color={i === 0 ? 'var(--c5)' : 'var(--c1)'}
              width="100%"
            />
            <b className={styles.share}>
              {formatPercent(side.accuracy.share)} <small>%</small>
            </b>
            <small className={styles.more}>
              {`${intervalInWords(side.accuracy)} · format ${formatPercent(side.format.share, 0)} % · ${formatNumber(side.meanTokens, 0)} tokens`}
            </small>
          </div>
        ))}
      </div>
      <div className={styles.difference}>
        <span className={styles.figure} data-tone={tone}>
          {formatPoints(difference.value)}
          <small> points</small>
        </span>
        <small>{`95 % interval ${formatPoints(difference.low)} to ${formatPoints(difference.high)}`}</small>
        <small>{`exact McNemar p ${formatP(pValue)} · n ${formatCount(n)}`}</small>
      </div>
      <dl className={styles.flips}>
        <div>
          <dt>
            <Pill tone="good">wrong → right</Pill>
          </dt>
          <dd>{formatCount(comparison.gained)}</dd>
        </div>
        <div>
          <dt>
            <Pill tone="bad">right → wrong</Pill>
          </dt>
          <dd>{formatCount(comparison.lost)}</dd>
        </div>
        <div>
          <dt>
            <Pill>unchanged</Pill>
          </dt>
          <dd>{formatCount(comparison.bothRight + comparison.bothWrong)}</dd>
        </div>
      </dl>
      {comparison.cautions.length > 0 && (
        <ul className={styles.cautions}>
          {comparison.cautions.map((caution) => (
            <li key={caution}>
              <Pill tone="warn">caution</Pill> {caution}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
