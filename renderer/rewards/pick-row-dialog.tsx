// Which question shall the completion answer? A row of the lab, found by its words, or a question of one's own.

import { Rows3 } from 'lucide-react';
import { useCallback, useRef, useState } from 'react';
import type { RowSummary } from '../../core/contract/datasets.ts';
import { usePages } from '../queries.ts';
import { Dialog } from '../ui/dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { nameInWords } from '../ui/format.ts';
import { Segmented } from '../ui/segmented.tsx';
import { SearchField } from '../ui/text-field.tsx';
import { type Column, VirtualTable } from '../ui/virtual-table.tsx';
import { closeDialog } from '../view.ts';
import { OwnQuestion } from './own-question.tsx';
import styles from './pick-dialog.module.css';
import { setPlayground } from './playground-state.ts';

const columns: readonly Column<RowSummary>[] = [
  { id: 'question', title: 'Question', width: 'minmax(120px, 1fr)', cell: (row) => row.question },
  { id: 'answer', title: 'Gold', width: '92px', cell: (row) => row.answer ?? 'open' },
  { id: 'domain', title: 'Domain', width: '130px', cell: (row) => nameInWords(row.domain) },
];

export function PickRowDialog() {
  const [own, setOwn] = useState(false);
  return (
    <Dialog wide title="Which question shall it answer?" onClose={closeDialog}>
      <div className={styles.room}>
        <Segmented
          label="Where the question is from"
          options={[
            { value: 'lab', label: 'A row of the lab' },
            { value: 'own', label: 'A question of your own' },
          ]}
          value={own ? 'own' : 'lab'}
          onChange={(next) => setOwn(next === 'own')}
        />
        {own ? <OwnQuestion onDone={closeDialog} /> : <LabRows />}
      </div>
    </Dialog>
  );
}

function LabRows() {
  const [search, setSearch] = useState('');
  const [selected, setSelected] = useState(0);
  const [range, setRange] = useState<readonly [number, number]>([0, 40]);
  const onRange = useCallback((first: number, last: number) => setRange([first, last]), []);
  const onSearch = useCallback((words: string) => {
    setSearch(words);
    setSelected(0);
  }, []);
  const rows = usePages('datasets.rows', search ? { search } : {}, range, (answer) => answer.rows);
  const list = useRef<(() => void) | null>(null);
  const take = (index: number) => {
    const row = rows.at(index);
    if (!row) return;
    setPlayground({ subject: { rowId: row.id } });
    closeDialog();
  };
  return (
    <>
      <SearchField label="Search questions and options" value={search} onChange={onSearch} />
      <div className={styles.list}>
        {rows.error ? (
          <ErrorCard what="The rows could not be loaded" error={rows.error} />
        ) : rows.total === 0 ? (
          <EmptyState icon={Rows3} title={search ? 'No row matches' : 'No questions yet'}>
            {search ? 'Search for fewer words.' : 'Import some in Data, or write one of your own.'}
          </EmptyState>
        ) : (
          <VirtualTable
            label="Rows to choose from"
            total={rows.total ?? 0}
            rowAt={rows.at}
            columns={columns}
            selected={selected}
            onSelect={(index) => (index === selected ? take(index) : setSelected(index))}
            onOpen={take}
            onRange={onRange}
            focusRef={list}
          />
        )}
      </div>
      <small>Enter or a second press takes the row.</small>
    </>
  );
}
