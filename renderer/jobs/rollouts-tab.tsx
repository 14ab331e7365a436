// The rollout browser: every rewarded completion of a run under a filter, with one of them open to read.
import { MessagesSquare } from 'lucide-react';
import { useCallback, useMemo, useRef, useState } from 'react';
import type { JobDetail } from '../../core/contract/jobs.ts';
import type { Rollout, RunStage } from '../../core/contract/run-views.ts';
import { usePages } from '../queries.ts';
import { useRoute } from '../route.ts';
import { shortStep } from '../run-stages.ts';
import { verdictInWords, verdictTone } from '../run-state.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatNumber, formatSigned, plural } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import screen from '../ui/screen.module.css';
import { type Column, VirtualTable } from '../ui/virtual-table.tsx';
import { useListKeys } from '../use-list-keys.ts';
import { useStages } from '../use-stages.ts';
import { askedFor, filterOf } from './rollout-filter.ts';
import { clearFilters, RolloutFilters } from './rollout-filters.tsx';
import { RolloutPane } from './rollout-pane.tsx';
import styles from './rollouts-tab.module.css';
import { useRolloutSelection } from './use-rollout-selection.ts';

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

export function RolloutsTab({ run }: { run: JobDetail }) {
  const asked = askedFor(useRoute((route) => route.params));
  const stages = useStages(run);
  const columns = useMemo(() => columnsFor(stages), [stages]);
  const [range, setRange] = useState<readonly [number, number]>([0, 40]);
  const onRange = useCallback((first: number, last: number) => setRange([first, last]), []);
  const filter = filterOf(run.id, stages, asked);
  const rollouts = usePages('jobs.rollouts', filter, range, (answer) => answer.rollouts);
  const { selected, key, open, select } = useRolloutSelection(filter, rollouts);
  const total = rollouts.total ?? 0;
  const search = useRef<(() => void) | null>(null);
  useListKeys({ total, selected, select, search });
  return (
    <>
      <RolloutFilters
        asked={asked}
        stages={stages}
        count={rollouts.total === null ? null : plural(total, 'rollout')}
        searchRef={search}
      />
      <div className={classNames(screen.panes, styles.panes)}>
        <div className={screen.pane}>
          {rollouts.error ? (
            <ErrorCard what="The rollouts could not be loaded" error={rollouts.error} />
          ) : rollouts.total === 0 ? (
            <NoRollout filtered={run.rolloutCount > 0} />
          ) : (
            <VirtualTable
              label="Rollouts"
              total={total}
              rowAt={rollouts.at}
              columns={columns}
              selected={selected}
              selectedKey={key}
              onSelect={select}
              onRange={onRange}
            />
          )}
        </div>
        <aside className={classNames(screen.reading, styles.reading)} aria-label="The rollout">
          {open && total > 0 && <RolloutPane run={run} rollout={open} />}
        </aside>
      </div>
    </>
  );
}

function NoRollout({ filtered }: { filtered: boolean }) {
  return filtered ? (
    <EmptyState
      icon={MessagesSquare}
      title="No rollout here"
      act={<Button onClick={clearFilters}>Show all of them</Button>}
    >
      None matches the filter.
    </EmptyState>
  ) : (
    <EmptyState icon={MessagesSquare} title="No rollout here">
      They come with the first step.
    </EmptyState>
  );
}
