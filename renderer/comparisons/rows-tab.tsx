// Row by row: the list with what flipped first, and the two answers beside each other.
import { Rows3 } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { type Comparison, Outcome, type PairRow } from '../../core/contract/comparisons.ts';
import { prefetch, usePages } from '../queries.ts';
import { adjust, useRoute } from '../route.ts';
import { classNames } from '../ui/class-names.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatCount, nameInWords } from '../ui/format.ts';
import { KeyHint } from '../ui/key-hint.tsx';
import { Pill, type Tone } from '../ui/pill.tsx';
import screen from '../ui/screen.module.css';
import { Select } from '../ui/select.tsx';
import { type Column, VirtualTable } from '../ui/virtual-table.tsx';
import { useListKeys } from '../use-list-keys.ts';
import { useHandler } from '../view.ts';
import styles from './rows-tab.module.css';
import { SideBySide } from './side-by-side.tsx';

const outcomes: Readonly<Record<Outcome, readonly [words: string, tone: Tone]>> = {
  lost: ['lost', 'bad'],
  gained: ['gained', 'good'],
  'both-right': ['both right', 'neutral'],
  'both-wrong': ['both wrong', 'neutral'],
};

const columns: readonly Column<PairRow>[] = [
  {
    id: 'row',
    title: 'Row',
    width: 'minmax(0, 1fr)',
    cell: (row) => (
      <span className={styles.row}>
        <span>{row.left.question}</span>
        <Pill tone={outcomes[row.outcome][1]}>{outcomes[row.outcome][0]}</Pill>
        <small>{`${row.left.answer ?? '–'} → ${row.right.answer ?? '–'}`}</small>
      </span>
    ),
  },
];

export function RowsTab({ comparison }: { comparison: Comparison }) {
  const params = useRoute((route) => route.params);
  const outcome = Outcome.safeParse(params.outcome);
  const [range, setRange] = useState<readonly [number, number]>([0, 20]);
  const [folded, setFolded] = useState(false);
  const onRange = useCallback((first: number, last: number) => setRange([first, last]), []);
  const filter = {
    left: comparison.left.id,
    right: comparison.right.id,
    ...(outcome.success ? { outcome: outcome.data } : {}),
    ...(params.domain ? { domain: params.domain } : {}),
  };
  const rows = usePages('comparisons.rows', filter, range, (answer) => answer.rows);
  const total = rows.total ?? 0;
  const index = Math.min(Number(params.row ?? 0), Math.max(0, total - 1));
  const select = (next: number) => adjust({ params: { row: String(next) } });
  useListKeys({ total, selected: index, select });
  useHandler('fold.toggle', () => setFolded((now) => !now));
  const row = rows.at(index);
  const next = rows.at(index + 1);
  const previous = rows.at(index - 1);
  useEffect(() => {
    for (const side of [next?.left, next?.right, previous?.left, previous?.right])
      if (side) void prefetch('evals.completion', { id: side.runId, index: side.index });
  }, [next, previous]);
  if (rows.error)
    return (
      <div className={screen.scroll}>
        <ErrorCard what="The rows could not be loaded" error={rows.error} />
      </div>
    );
  return (
    <div className={classNames(screen.panes, styles.panes)}>
      <div className={classNames(screen.pane, styles.list)}>
        <div className={styles.filters}>
          <Select
            quiet
            label="Outcome"
            options={[
              { value: 'all', label: 'Flipped first' },
              ...Outcome.options.map((value) => ({ value, label: outcomes[value][0] })),
            ]}
            value={outcome.success ? outcome.data : 'all'}
            onChange={(value) => adjust({ params: { outcome: value === 'all' ? null : value, row: null } })}
          />
          <Select
            quiet
            label="Domain"
            options={[
              { value: 'all', label: 'All domains' },
              ...comparison.byDomain.map(({ domain }) => ({
                value: domain,
                label: nameInWords(domain),
              })),
            ]}
            value={params.domain ?? 'all'}
            onChange={(value) => adjust({ params: { domain: value === 'all' ? null : value, row: null } })}
          />
        </div>
        {rows.total === 0 ? (
          <EmptyState icon={Rows3} title="No such row">
            None of the shared rows has this outcome.
          </EmptyState>
        ) : (
          <VirtualTable
            bare
            label="Rows of the comparison"
            rowHeight={52}
            total={total}
            rowAt={rows.at}
            columns={columns}
            selected={total > 0 ? index : null}
            onSelect={select}
            onRange={onRange}
          />
        )}
        <div className={styles.foot}>
          <span>{total > 0 && `row ${formatCount(index + 1)} of ${formatCount(total)}`}</span>
          <span>
            <KeyHint keys="J" /> <KeyHint keys="K" /> next, previous <KeyHint keys="F" /> fold
          </span>
        </div>
      </div>
      <div className={styles.reading}>
        {row && <SideBySide row={row} comparison={comparison} folded={folded} />}
      </div>
    </div>
  );
}
