// What two suites say about one set: figures, distributions on one axis, both totals against each other, and the rows where they
// disagree most, one of them open to read.
import { Scale } from 'lucide-react';
import { useCallback, useState } from 'react';
import type { Disagreement, TryReport as Report, SuiteSpread } from '../../core/contract/rewards.ts';
import { adjust, useRoute } from '../route.ts';
import { verdictInWords, verdictTone } from '../run-state.ts';
import { Card } from '../ui/card.tsx';
import { classNames } from '../ui/class-names.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { formatDuration, formatNumber, joinPieces, plural } from '../ui/format.ts';
import { Histograms } from '../ui/histograms.tsx';
import { Pill } from '../ui/pill.tsx';
import { Scatter } from '../ui/scatter.tsx';
import screen from '../ui/screen.module.css';
import { type Column, VirtualTable } from '../ui/virtual-table.tsx';
import { useListKeys } from '../use-list-keys.ts';
import { DisagreementPane } from './disagreement-pane.tsx';
import { SpreadFigures } from './spread-figures.tsx';
import { titleOf } from './suite-names.ts';
import styles from './try-report.module.css';

export function TryReport({ report }: { report: Report }) {
  const { left, right, disagreements } = report;
  const row = useRoute((route) => route.params.row);
  const selected = row === undefined ? null : Math.min(Number(row), disagreements.length - 1);
  const select = (index: number) => adjust({ params: { row: String(index) } });
  useListKeys({ total: disagreements.length, selected, select });
  const open = selected === null ? undefined : disagreements[selected];
  return (
    <div className={classNames(screen.panes, styles.panes)}>
      <div className={styles.side}>
        <SpreadFigures left={left} right={right} />
        <Card title="Totals" aside={<small>mean marked; both on one axis</small>}>
          <Histograms
            label="Totals"
            distributions={[distributionOf(left, 'var(--c1)'), distributionOf(right, 'var(--c2)')]}
          />
        </Card>
        <Card title="Both totals of each completion" aside={<Legend />}>
          <Scatter
            label="Both totals of each completion"
            x={{ title: titleOf(left), min: left.min, max: left.max }}
            y={{ title: titleOf(right), min: right.min, max: right.max }}
            summary={`${plural(report.scatter.length, 'completion')}, ${titleOf(left)} across, ${titleOf(right)} up. The list names those that lie apart.`}
            points={report.scatter.map(({ left: x, right: y, correct }) => ({
              x,
              y,
              group: correct === null ? 'neutral' : correct ? 'good' : 'bad',
            }))}
          />
        </Card>
        <small>
          {joinPieces(
            report.set,
            report.n < report.total && `${report.n} of ${report.total}, evenly`,
            report.missing > 0 && `${report.missing} left out: their question is not in this lab`,
            report.broken.count > 0 &&
              `${plural(report.broken.count, 'line')} left out: no completion there, first in line ${report.broken.firstLine}`,
            report.judge && 'a judge was asked, which training does not do',
            `scored in ${formatDuration(report.ms)}`,
          )}
        </small>
      </div>
      <div className={classNames(screen.pane, styles.rows)}>
        <h2 className={styles.title}>Where they disagree most</h2>
        {disagreements.length === 0 ? (
          <EmptyState icon={Scale} title="They agree">
            Both suites put every completion of this set in the same order.
          </EmptyState>
        ) : (
          <Rows {...report} selected={selected} onSelect={select} />
        )}
        {open && <DisagreementPane key={open.index} row={open} left={left} right={right} />}
      </div>
    </div>
  );
}

function distributionOf(spread: SuiteSpread, color: string) {
  return {
    id: titleOf(spread),
    title: titleOf(spread),
    color,
    min: spread.min,
    max: spread.max,
    counts: spread.histogram,
    mean: spread.moments?.mean ?? null,
  };
}

const columnsFor = (left: string, right: string): readonly Column<Disagreement>[] => [
  { id: 'question', title: 'Question', width: 'minmax(120px, 1fr)', cell: (each) => each.question },
  {
    id: 'verdict',
    title: 'Answer',
    width: '124px',
    from: 620,
    cell: ({ left }) => <Pill tone={verdictTone(left.verdict)}>{verdictInWords(left.verdict)}</Pill>,
  },
  { id: 'left', title: left, width: '96px', number: true, cell: ({ left }) => formatNumber(left.total) },
  {
    id: 'right',
    title: right,
    width: '96px',
    number: true,
    cell: ({ right }) => formatNumber(right.total),
  },
  {
    id: 'ranks',
    title: 'Percentile',
    width: '104px',
    number: true,
    cell: ({ left, right }) => `${percentile(left.rank)} → ${percentile(right.rank)}`,
  },
];

/** 0 is the lowest of the set, 100 the highest. */
const percentile = (rank: number) => String(Math.round(100 * rank));

interface RowsProps extends Pick<Report, 'disagreements' | 'left' | 'right'> {
  selected: number | null;
  onSelect(index: number): void;
}

function Rows({ disagreements, left, right, selected, onSelect }: RowsProps) {
  const [, setRange] = useState<readonly [number, number]>([0, 0]);
  const onRange = useCallback((first: number, last: number) => setRange([first, last]), []);
  return (
    <VirtualTable
      label="Completions on which the suites disagree"
      total={disagreements.length}
      rowAt={(index) => disagreements[index]}
      columns={columnsFor(left.name, right.name)}
      selected={selected}
      onSelect={onSelect}
      onRange={onRange}
    />
  );
}

function Legend() {
  return (
    <span className={styles.legend}>
      <small data-tone="good">● correct</small>
      <small data-tone="bad">× wrong</small>
      <small>■ not checked</small>
    </span>
  );
}
