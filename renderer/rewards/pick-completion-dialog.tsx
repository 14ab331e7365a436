// Which stored completion shall be looked at? Of an evaluation of this lab, found by its words or its verdict.
import { MessagesSquare } from 'lucide-react';
import { useCallback, useState } from 'react';
import type { StoredCompletion } from '../../core/contract/evals.ts';
import { usePages, useQuery } from '../queries.ts';
import { verdictInWords, verdictTone } from '../run-state.ts';
import { Dialog } from '../ui/dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { plural } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import { Select } from '../ui/select.tsx';
import { SearchField } from '../ui/text-field.tsx';
import { type Column, listKeys, VirtualTable } from '../ui/virtual-table.tsx';
import { closeDialog } from '../view.ts';
import styles from './pick-dialog.module.css';
import { setPlayground } from './playground-state.ts';

const columns: readonly Column<StoredCompletion>[] = [
  { id: 'question', title: 'Question', width: 'minmax(120px, 1fr)', cell: (each) => each.question },
  { id: 'answer', title: 'Given', width: '92px', cell: (each) => each.answer ?? '–' },
  {
    id: 'verdict',
    title: 'Answer',
    width: '132px',
    cell: (each) => <Pill tone={verdictTone(each.verdict)}>{verdictInWords(each.verdict)}</Pill>,
  },
];

export function PickCompletionDialog() {
  const evaluations = useQuery('evals.list', {});
  const [chosen, setChosen] = useState<string | null>(null);
  const id = chosen ?? evaluations.data?.[0]?.id ?? null;
  return (
    <Dialog
      wide
      title="Which completion shall be looked at?"
      about="Enter or a second press takes it."
      onClose={closeDialog}
    >
      <div className={styles.room}>
        {evaluations.data?.length === 0 ? (
          <EmptyState icon={MessagesSquare} title="No completions yet">
            An evaluation keeps every answer of a model; then they can be looked at here.
          </EmptyState>
        ) : (
          <>
            <Select
              label="Evaluation"
              options={(evaluations.data ?? []).map((each) => ({
                value: each.id,
                label: each.name,
                detail: plural(each.done, 'completion'),
              }))}
              value={id}
              onChange={setChosen}
            />
            {id && <Completions key={id} id={id} />}
          </>
        )}
      </div>
    </Dialog>
  );
}

function Completions({ id }: { id: string }) {
  const [search, setSearch] = useState('');
  const [selected, setSelected] = useState(0);
  const [range, setRange] = useState<readonly [number, number]>([0, 40]);
  const onRange = useCallback((first: number, last: number) => setRange([first, last]), []);
  const onSearch = useCallback((words: string) => {
    setSearch(words);
    setSelected(0);
  }, []);
  const filter = search ? { id, search } : { id };
  const found = usePages('evals.completions', filter, range, (answer) => answer.completions);
  const take = (index: number) => {
    const each = found.at(index);
    if (!each) return;
    const { rowId, text, tokens, truncated } = each;
    setPlayground({ subject: { rowId }, completion: text, tokens, truncated });
    closeDialog();
  };
  return (
    <>
      <SearchField
        inDialog
        label="Search questions and answers"
        value={search}
        onChange={onSearch}
        onListKey={listKeys(found.total ?? 0, selected, setSelected, take)}
      />
      <div className={styles.list}>
        {found.error ? (
          <ErrorCard what="The completions could not be loaded" error={found.error} />
        ) : found.total === 0 ? (
          <EmptyState icon={MessagesSquare} title="No completion matches">
            Search for fewer words.
          </EmptyState>
        ) : (
          <VirtualTable
            label="Completions to choose from"
            total={found.total ?? 0}
            rowAt={found.at}
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
