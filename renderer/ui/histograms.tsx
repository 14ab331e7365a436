// Distributions one below the other on one axis, with equal areas, and a table behind them.
import { useState } from 'react';
import { Button } from './button.tsx';
import { formatTick } from './chart-scale.ts';
import { formatCompact, formatCount } from './format.ts';
import { axisTicks, type Bar, barsOn, type Distribution, densestOf, sharedScale } from './histogram-scale.ts';
import styles from './histograms.module.css';
import { Cell, HeadCell, Table } from './table.tsx';

export interface NamedDistribution extends Distribution {
  id: string;
  title: string;
  color: string;
  /** Marked on the axis. */
  mean: number | null;
}

export function Histograms({
  label,
  distributions,
}: {
  label: string;
  distributions: readonly NamedDistribution[];
}) {
  const [asTable, setAsTable] = useState(false);
  const scale = sharedScale(distributions);
  const densest = densestOf(distributions);
  const rows = distributions.map((each) => ({ ...each, bars: barsOn(each, scale, densest) }));
  const at = (value: number) => `${(100 * (value - scale.from)) / (scale.to - scale.from)}%`;
  return (
    <div className={styles.frame}>
      {asTable ? (
        <Bins rows={rows} label={label} />
      ) : (
        <div className={styles.plot}>
          {axisTicks(scale).map((tick) => (
            <span
              key={tick}
              className={styles.tick}
              style={{ left: at(tick) }}
              data-zero={tick === 0 || undefined}
            >
              <small>{formatTick(tick)}</small>
            </span>
          ))}
          {rows.map(({ id, title, color, bars, mean }) => (
            <div key={id} className={styles.row} role="img" aria-label={summaryOf(title, bars, mean)}>
              {bars.map((bar) => (
                <i
                  key={bar.low}
                  title={`${formatCompact(bar.low)} to ${formatCompact(bar.high)}: ${formatCount(bar.count)}`}
                  style={{ left: `${100 * bar.from}%`, width: `${100 * bar.width}%` }}
                >
                  <b
                    style={{ height: `${100 * bar.height}%`, background: color }}
                    data-some={bar.count > 0 || undefined}
                  />
                </i>
              ))}
              {mean !== null && <span className={styles.mean} style={{ left: at(mean) }} />}
            </div>
          ))}
        </div>
      )}
      <Button kind="quiet" onClick={() => setAsTable(!asTable)} className={styles.more}>
        {asTable ? 'Show the bars' : 'Show the table'}
      </Button>
    </div>
  );
}

function summaryOf(title: string, bars: readonly Bar[], mean: number | null): string {
  const fullest = bars.reduce<Bar | undefined>(
    (most, bar) => (most && most.count >= bar.count ? most : bar),
    undefined,
  );
  const total = bars.reduce((sum, bar) => sum + bar.count, 0);
  const words = [`${title}: ${formatCount(total)} completions`];
  if (mean !== null) words.push(`mean ${formatCompact(mean)}`);
  if (fullest && fullest.count > 0)
    words.push(
      `most, ${formatCount(fullest.count)}, from ${formatCompact(fullest.low)} to ${formatCompact(fullest.high)}`,
    );
  return words.join(', ');
}

function Bins({ rows, label }: { rows: readonly (NamedDistribution & { bars: Bar[] })[]; label: string }) {
  const lines = rows.flatMap(({ title, bars }) =>
    bars.filter(({ count }) => count > 0).map((bar) => ({ title, ...bar })),
  );
  return (
    <div className={styles.bins}>
      <Table label={`${label}, as a table`}>
        <thead>
          <tr>
            <HeadCell>Suite</HeadCell>
            <HeadCell number>From</HeadCell>
            <HeadCell number>To</HeadCell>
            <HeadCell number>Completions</HeadCell>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ title, low, high, count }) => (
            <tr key={`${title}${low}`}>
              <Cell>{title}</Cell>
              <Cell number>{formatCompact(low)}</Cell>
              <Cell number>{formatCompact(high)}</Cell>
              <Cell number>{formatCount(count)}</Cell>
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}
