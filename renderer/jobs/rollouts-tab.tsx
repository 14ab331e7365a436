// The rollout browser: every rewarded completion of a run, filtered by verdict and words, with one of them open to read.
import { MessagesSquare } from 'lucide-react';
import { useCallback, useMemo, useRef, useState } from 'react';
import type { JobDetail } from '../../core/contract/jobs.ts';
import { Verdict } from '../../core/contract/reward.ts';
import type { Rollout, RunStage } from '../../core/contract/run-views.ts';
import { usePages } from '../queries.ts';
import { adjust, useRoute } from '../route.ts';
import { shortStep } from '../run-stages.ts';
import { verdictInWords, verdictTone } from '../run-state.ts';
import { classNames } from '../ui/class-names.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatNumber, formatSigned, plural } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import screen from '../ui/screen.module.css';
import { Segmented } from '../ui/segmented.tsx';
import { SearchField } from '../ui/text-field.tsx';
import { type Column, VirtualTable } from '../ui/virtual-table.tsx';
import { useListKeys } from '../use-list-keys.ts';
import { useStages } from '../use-stages.ts';
import { RolloutPane } from './rollout-pane.tsx';
import styles from './rollouts-tab.module.css';

const verdictChoices = [
  { value: 'all', label: 'All' },
  { value: 'correct', label: 'Correct' },
  { value: 'wrong', label: 'Wrong' },
  { value: 'unparsable', label: 'No answer' },
] as const;

const orders = [
  { value: 'newest', label: 'Newest' },
  { value: 'suspicious', label: 'High reward, not right' },
] as const;

const columnsFor = (stages: readonly RunStage[]): readonly Column<Rollout>[] => [
  {
    id: 'step',
    title: 'Step',
    width: stages.length > 0 ? '104px' : '56px',
    number: true,
    cell: (r) => shortStep(stages, r.step),
  },
  { id: 'question', title: 'Prompt', width: 'minmax(120px, 1fr)', cell: (r) => r.question },
  { id: 'sample', title: 'Sample', width: '72px', number: true, cell: (r) => r.sample + 1, from: 520 },
  {
    id: 'verdict',
    title: 'Answer',
    width: '112px',
    cell: (r) => <Pill tone={verdictTone(r.verdict)}>{verdictInWords(r.verdict)}</Pill>,
  },
  { id: 'total', title: 'Total', width: '60px', number: true, cell: (r) => formatNumber(r.total) },
  {
    id: 'advantage',
    title: 'Advantage',
    width: '90px',
    number: true,
    cell: (r) => formatSigned(r.advantage),
  },
];

const setSearch = (q: string) => adjust({ params: { q, row: null } });

export function RolloutsTab({ run }: { run: JobDetail }) {
  const params = useRoute((route) => route.params);
  const verdict = Verdict.safeParse(params.verdict);
  const stages = useStages(run);
  const columns = useMemo(() => columnsFor(stages), [stages]);
  const [range, setRange] = useState<readonly [number, number]>([0, 40]);
  const onRange = useCallback((first: number, last: number) => setRange([first, last]), []);
  const filter = {
    id: run.id,
    ...(verdict.success ? { verdict: verdict.data } : {}),
    ...(params.q ? { search: params.q } : {}),
    ...(params.order === 'suspicious' ? { order: 'suspicious' as const } : {}),
  };
  const rollouts = usePages('jobs.rollouts', filter, range, (answer) => answer.rollouts);
  const total = rollouts.total ?? 0;
  const selected = Math.min(Number(params.row ?? 0), Math.max(0, total - 1));
  const select = (index: number) => adjust({ params: { row: String(index) } });
  const search = useRef<(() => void) | null>(null);
  useListKeys({ total, selected, select, search });
  const open = rollouts.at(selected);
  return (
    <>
      <div className={classNames(screen.bar, styles.bar)}>
        <SearchField
          label="Search prompts and completions"
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
        <Segmented
          label="Order"
          options={orders}
          value={params.order === 'suspicious' ? 'suspicious' : 'newest'}
          onChange={(next) => adjust({ params: { order: next === 'newest' ? null : next, row: null } })}
        />
        <span className={screen.count}>{rollouts.total !== null && plural(total, 'rollout')}</span>
      </div>
      <div className={classNames(screen.panes, styles.panes)}>
        <div className={screen.pane}>
          {rollouts.error ? (
            <ErrorCard what="The rollouts could not be loaded" error={rollouts.error} />
          ) : rollouts.total === 0 ? (
            <EmptyState icon={MessagesSquare} title="No rollout here">
              {run.rolloutCount > 0 ? 'None matches the filter.' : 'They come with the first step.'}
            </EmptyState>
          ) : (
            <VirtualTable
              label="Rollouts"
              total={total}
              rowAt={rollouts.at}
              columns={columns}
              selected={selected}
              onSelect={select}
              onRange={onRange}
            />
          )}
        </div>
        <aside className={classNames(screen.reading, styles.reading)} aria-label="The rollout">
          {open && <RolloutPane run={run} rollout={open} />}
        </aside>
      </div>
    </>
  );
}
