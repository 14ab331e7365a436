// Every completion of an evaluation: a table to filter and search, and one of them open to read.
import { MessagesSquare } from 'lucide-react';
import { useCallback, useRef, useState } from 'react';
import type { Evaluation, StoredCompletion } from '../../core/contract/evals.ts';
import { Verdict } from '../../core/contract/reward.ts';
import { usePages } from '../queries.ts';
import { adjust, useRoute } from '../route.ts';
import { verdictInWords, verdictTone } from '../run-state.ts';
import { classNames } from '../ui/class-names.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatCount, nameInWords, plural } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import screen from '../ui/screen.module.css';
import { Segmented } from '../ui/segmented.tsx';
import { Select } from '../ui/select.tsx';
import { SearchField } from '../ui/text-field.tsx';
import { type Column, VirtualTable } from '../ui/virtual-table.tsx';
import { useListKeys } from '../use-list-keys.ts';
import styles from './completion-browser.module.css';
import { CompletionPane } from './completion-pane.tsx';

const verdictChoices = [
  { value: 'all', label: 'All' },
  { value: 'correct', label: 'Correct' },
  { value: 'wrong', label: 'Wrong' },
  { value: 'ambiguous', label: 'Ambiguous' },
  { value: 'unparsable', label: 'No answer' },
] as const;

const columns: readonly Column<StoredCompletion>[] = [
  { id: 'question', title: 'Question', width: 'minmax(140px, 1fr)', cell: (c) => c.question },
  {
    id: 'verdict',
    title: 'Answer',
    width: '132px',
    cell: (c) => <Pill tone={verdictTone(c.verdict)}>{verdictInWords(c.verdict)}</Pill>,
  },
  { id: 'given', title: 'Given', width: '84px', cell: (c) => c.answer ?? '–' },
  { id: 'gold', title: 'Gold', width: '84px', cell: (c) => c.gold ?? '–', from: 540 },
  {
    id: 'tokens',
    title: 'Tokens',
    width: '72px',
    number: true,
    cell: (c) => formatCount(c.tokens),
    from: 540,
  },
];

const setSearch = (q: string) => adjust({ params: { q, row: null } });

export function CompletionBrowser({ evaluation }: { evaluation: Evaluation }) {
  const params = useRoute((route) => route.params);
  const verdict = Verdict.safeParse(params.verdict);
  const [range, setRange] = useState<readonly [number, number]>([0, 40]);
  const onRange = useCallback((first: number, last: number) => setRange([first, last]), []);
  const filter = {
    id: evaluation.id,
    ...(verdict.success ? { verdict: verdict.data } : {}),
    ...(params.domain ? { domain: params.domain } : {}),
    ...(params.q ? { search: params.q } : {}),
  };
  const completions = usePages('evals.completions', filter, range, (answer) => answer.completions);
  const total = completions.total ?? 0;
  const selected = Math.min(Number(params.row ?? 0), Math.max(0, total - 1));
  const select = (index: number) => adjust({ params: { row: String(index) } });
  const search = useRef<(() => void) | null>(null);
  useListKeys({ total, selected, select, search });
  const open = completions.at(selected);
  const domains = evaluation.byDomain.map((part) => part.domain);
  return (
    <>
      <div className={screen.bar}>
        <SearchField
          label="Search questions and answers"
          value={params.q ?? ''}
          onChange={setSearch}
          focusRef={search}
          className={styles.search}
        />
        <Segmented
          label="Verdict"
          options={verdictChoices}
          value={verdict.success ? (verdict.data as 'correct') : 'all'}
          onChange={(next) => adjust({ params: { verdict: next === 'all' ? null : next, row: null } })}
        />
        <Select
          label="Domain"
          options={[
            { value: 'all', label: 'All domains' },
            ...domains.map((value) => ({ value, label: nameInWords(value) })),
          ]}
          value={params.domain ?? 'all'}
          onChange={(next) => adjust({ params: { domain: next === 'all' ? null : next, row: null } })}
        />
        <span className={screen.count}>{completions.total !== null && plural(total, 'completion')}</span>
      </div>
      <div className={classNames(screen.panes, styles.panes)}>
        <div className={screen.pane}>
          {completions.error ? (
            <ErrorCard what="The completions could not be loaded" error={completions.error} />
          ) : completions.total === 0 ? (
            <EmptyState icon={MessagesSquare} title="No completion here">
              {evaluation.done > 0 ? 'None matches the filter.' : 'They come as the model answers.'}
            </EmptyState>
          ) : (
            <VirtualTable
              label="Completions"
              total={total}
              rowAt={completions.at}
              columns={columns}
              selected={selected}
              onSelect={select}
              onRange={onRange}
            />
          )}
        </div>
        <aside className={classNames(screen.reading, styles.reading)} aria-label="The completion">
          {open && <CompletionPane id={evaluation.id} index={open.index} />}
        </aside>
      </div>
    </>
  );
}
