// Data: every imported row in one table with facets and full-text search, and a pane to read one row as the model sees it.
import { Import, ListFilter, Rows3 } from 'lucide-react';
import { useCallback, useMemo, useRef, useState } from 'react';
import { ActionButton } from '../action-button.tsx';
import { usePages, useQuery } from '../queries.ts';
import { adjust, useRoute } from '../route.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatCount, plural } from '../ui/format.ts';
import { PageHead } from '../ui/page-head.tsx';
import { Popover } from '../ui/popover.tsx';
import screen from '../ui/screen.module.css';
import { SearchField } from '../ui/text-field.tsx';
import { VirtualTable } from '../ui/virtual-table.tsx';
import { useListKeys } from '../use-list-keys.ts';
import { useHandler } from '../view.ts';
import styles from './data-screen.module.css';
import { Facets } from './facets.tsx';
import { filterOf } from './filter.ts';
import { FilterPills } from './filter-pills.tsx';
import { rowColumns } from './row-columns.tsx';
import { RowPane } from './row-pane.tsx';
import { SourceCards } from './source-cards.tsx';

const setSearch = (q: string) => adjust({ params: { q } });

export function DataScreen() {
  const params = useRoute((route) => route.params);
  const filter = useMemo(() => filterOf(params), [params]);
  const filterKey = JSON.stringify(filter);
  const [choice, setChoice] = useState<{ filterKey: string; index: number } | null>(null);
  const selected = choice?.filterKey === filterKey ? choice.index : null;
  const select = (index: number | null) => setChoice(index === null ? null : { filterKey, index });
  const [range, setRange] = useState<readonly [number, number]>([0, 40]);
  const onRange = useCallback((first: number, last: number) => setRange([first, last]), []);

  const sources = useQuery('datasets.list', {});
  const rows = usePages('datasets.rows', filter, range, (answer) => answer.rows);
  const total = rows.total ?? 0;
  const search = useRef<(() => void) | null>(null);
  useListKeys({ total, selected, select, search });
  useHandler('item.close', selected === null ? undefined : () => select(null));

  const all = sources.data?.reduce((sum, source) => sum + source.rowCount, 0) ?? 0;
  const row = selected === null ? undefined : rows.at(selected);
  return (
    <>
      <PageHead
        crumb="Data"
        title={
          sources.data
            ? `${plural(all, 'row')} from ${plural(sources.data.length, 'source')}`
            : 'Questions with known answers'
        }
        acts={
          <ActionButton
            action="data.import"
            icon={Import}
            kind={sources.data?.length === 0 ? 'primary' : 'usual'}
          />
        }
      />
      <div className={screen.bar}>
        <SearchField
          label={`Search ${formatCount(all)} rows`}
          value={params.q ?? ''}
          onChange={setSearch}
          focusRef={search}
          className={styles.search}
        />
        {/* Where the window has no room for the column of facets, they float. */}
        <Popover
          trigger={
            <Button icon={ListFilter} className={styles.narrow}>
              Filter
            </Button>
          }
        >
          <Facets filter={filter} sources={sources.data ?? []} />
        </Popover>
        <FilterPills filter={filter} sources={sources.data ?? []} />
        <span className={screen.count} aria-live="polite">
          {rows.total !== null && plural(total, 'row')}
        </span>
      </div>
      <div className={classNames(screen.panes, styles.panes)}>
        <div className={styles.column}>
          <Facets filter={filter} sources={sources.data ?? []} />
        </div>
        <div className={screen.pane}>
          {rows.error ? (
            <div className={styles.notice}>
              <ErrorCard what="The rows could not be loaded" error={rows.error} />
            </div>
          ) : rows.total === 0 ? (
            <Nothing imported={all > 0} />
          ) : (
            <VirtualTable
              label="Rows"
              total={total}
              rowAt={rows.at}
              columns={rowColumns}
              selected={selected}
              onSelect={select}
              onRange={onRange}
            />
          )}
        </div>
        <aside className={screen.reading} aria-label={row ? 'The row' : 'Sources'}>
          {row ? (
            <RowPane id={row.id} onClose={() => select(null)} />
          ) : (
            <SourceCards sources={sources.data} error={sources.error} />
          )}
        </aside>
      </div>
    </>
  );
}

function Nothing({ imported }: { imported: boolean }) {
  if (imported)
    return (
      <EmptyState icon={Rows3} title="No row matches">
        Take away a filter or search for fewer words.
      </EmptyState>
    );
  return (
    <EmptyState
      icon={Rows3}
      title="No questions yet"
      act={<ActionButton action="data.import" kind="primary" />}
    >
      Rows are questions with known answers. They train the model and they measure it, never the same ones for
      both.
    </EmptyState>
  );
}
