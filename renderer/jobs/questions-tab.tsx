// A run by its questions: how what each one earned has changed, and its completions of any two steps against each other.
import { MessageCircleQuestion } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { JobDetail } from '../../core/contract/jobs.ts';
import type { RunPrompt } from '../../core/contract/run-views.ts';
import { useQuery } from '../queries.ts';
import { adjust, useRoute } from '../route.ts';
import { classNames } from '../ui/class-names.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatNumber, formatSigned, nameInWords, plural } from '../ui/format.ts';
import screen from '../ui/screen.module.css';
import { SearchField } from '../ui/text-field.tsx';
import { type Column, VirtualTable } from '../ui/virtual-table.tsx';
import { useListKeys } from '../use-list-keys.ts';
import { openAmong } from './question-groups.ts';
import { QuestionPane } from './question-pane.tsx';
import styles from './rollouts-tab.module.css';

const columns: readonly Column<RunPrompt>[] = [
  { id: 'question', title: 'Question', width: 'minmax(140px, 1fr)', cell: (each) => each.question },
  {
    id: 'domain',
    title: 'Domain',
    width: '138px',
    cell: (each) => (each.domain ? nameInWords(each.domain) : '–'),
    from: 620,
  },
  { id: 'steps', title: 'Asked', width: '60px', number: true, cell: (each) => each.steps },
  { id: 'last', title: 'Reward', width: '68px', number: true, cell: (each) => formatNumber(each.lastMean) },
  {
    id: 'change',
    title: 'Change',
    width: '72px',
    number: true,
    cell: (each) => (each.steps > 1 ? formatSigned(each.lastMean - each.firstMean) : '–'),
  },
];

/** The two completions beside each other are of the question that was open before. */
const openRow = (row: string | null) => adjust({ params: { row, left: null, right: null } });
const setSearch = (q: string) => adjust({ params: { q, row: null } });

export function QuestionsTab({ run }: { run: JobDetail }) {
  const params = useRoute((route) => route.params);
  const prompts = useQuery(
    'jobs.prompts',
    { id: run.id, ...(params.q ? { search: params.q } : {}) },
    { keep: true },
  );
  const all = prompts.data ?? [];
  const { selected, toOpen } = openAmong(all, params.row);
  const select = (index: number) => openRow(all[index]?.rowId ?? null);
  useEffect(() => {
    if (toOpen !== null) openRow(toOpen);
  }, [toOpen]);
  const search = useRef<(() => void) | null>(null);
  useListKeys({ total: all.length, selected, select, search });
  const open = all[selected];
  return (
    <>
      <div className={classNames(screen.bar, styles.bar)}>
        <SearchField
          label="Search questions"
          value={params.q ?? ''}
          onChange={setSearch}
          focusRef={search}
          className={styles.search}
        />
        <span className={screen.count}>{prompts.data && plural(all.length, 'question')}</span>
      </div>
      <div className={classNames(screen.panes, styles.panes)}>
        <div className={screen.pane}>
          {prompts.error ? (
            <ErrorCard what="The questions could not be loaded" error={prompts.error} />
          ) : prompts.data && all.length === 0 ? (
            <EmptyState icon={MessageCircleQuestion} title="No question here">
              {run.rolloutCount > 0 ? 'None matches the filter.' : 'They come with the first step.'}
            </EmptyState>
          ) : (
            <VirtualTable
              label="Questions"
              total={all.length}
              rowAt={(index) => all[index]}
              columns={columns}
              selected={selected}
              selectedKey={params.row ?? null}
              onSelect={select}
              onRange={() => {}}
            />
          )}
        </div>
        <aside className={classNames(screen.reading, styles.reading)} aria-label="The question">
          {open && <QuestionPane run={run} prompt={open} />}
        </aside>
      </div>
    </>
  );
}
