// Which question shall the completion answer? A row of the lab, found by its words, or a question of one's own.

import { PencilLine, Rows3 } from 'lucide-react';
import { useCallback, useState } from 'react';
import type { RowSummary } from '../../core/contract/datasets.ts';
import { usePages } from '../queries.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { nameInWords } from '../ui/format.ts';
import { SearchField } from '../ui/text-field.tsx';
import { type Column, listKeys, VirtualTable } from '../ui/virtual-table.tsx';
import { closeDialog } from '../view.ts';
import { OwnQuestion } from './own-question.tsx';
import styles from './pick-dialog.module.css';
import { setPlayground } from './playground-state.ts';

const columns: readonly Column<RowSummary>[] = [
  { id: 'question', title: 'Question', width: 'minmax(120px, 1fr)', cell: (row) => withChoices(row) },
  {
    id: 'answer',
    title: 'Gold',
    width: '92px',
    cell: (row) => row.answer ?? (row.answerType === 'code' ? 'tests' : 'open'),
  },
  { id: 'domain', title: 'Domain', width: '130px', cell: (row) => nameInWords(row.domain) },
];

/** Rows with the same question differ in their options. */
function withChoices({ question, choices }: RowSummary): string {
  return choices?.length ? `${question} · ${choices.join(' / ')}` : question;
}

export function PickRowDialog() {
  const [own, setOwn] = useState(false);
  if (own) return <OwnQuestion onBack={() => setOwn(false)} />;
  return (
    <Dialog
      wide
      title="Which question shall it answer?"
      about="Enter or a second press takes the row."
      onClose={closeDialog}
      foot={
        <Button icon={PencilLine} onClick={() => setOwn(true)}>
          Write one of your own
        </Button>
      }
    >
      <div className={styles.room}>
        <LabRows />
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
  const take = (index: number) => {
    const row = rows.at(index);
    if (!row) return;
    setPlayground({ subject: { rowId: row.id } });
    closeDialog();
  };
  return (
    <>
      <SearchField
        inDialog
        label="Search questions and options"
        value={search}
        onChange={onSearch}
        onListKey={listKeys(rows.total ?? 0, selected, setSelected, take)}
      />
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
          />
        )}
      </div>
    </>
  );
}
