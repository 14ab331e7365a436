// The attack list: every known way to cheat beside its honest answer, and whether it pays under a suite.
import { ShieldCheck } from 'lucide-react';
import { useCallback, useRef, useState } from 'react';
import type { AttackReport, AttackResult, SuiteInfo } from '../../core/contract/rewards.ts';
import { AnswerType } from '../../core/contract/row.ts';
import { runCommand, useQuery } from '../queries.ts';
import { adjust, useRoute } from '../route.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatCount, formatNumber, formatSigned } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import { Progress } from '../ui/progress.tsx';
import screen from '../ui/screen.module.css';
import { Segmented } from '../ui/segmented.tsx';
import { Select } from '../ui/select.tsx';
import { SearchField } from '../ui/text-field.tsx';
import { type Column, VirtualTable } from '../ui/virtual-table.tsx';
import { useListKeys } from '../use-list-keys.ts';
import { inOrder, orderIn, pressed } from './attack-order.ts';
import { AttackPane } from './attack-pane.tsx';
import styles from './attacks-tab.module.css';
import { MarginBar } from './margin-bar.tsx';
import { findSuite, keyOf, suiteOptions, titleOf, useSuites } from './suite-names.ts';

const columns: readonly Column<AttackResult>[] = [
  {
    id: 'title',
    title: 'Attack',
    width: 'minmax(150px, 1fr)',
    cell: (each) => <span className={styles.name}>{each.title}</span>,
  },
  { id: 'type', title: 'Answer', width: '74px', cell: (each) => each.answerType, from: 480 },
  {
    id: 'honest',
    title: 'Honest',
    width: '68px',
    number: true,
    cell: (each) => formatNumber(each.honestTotal),
    from: 620,
  },
  {
    id: 'hack',
    title: 'Hack',
    width: '62px',
    number: true,
    cell: (each) => formatNumber(each.hackTotal),
    from: 620,
  },
  {
    id: 'margin',
    title: 'Margin',
    width: '122px',
    cell: (each) => (
      <span className={styles.margin}>
        <MarginBar margin={each.margin} max={each.max} />
        <span>{formatSigned(each.margin)}</span>
      </span>
    ),
  },
  {
    id: 'pays',
    title: 'Does it pay?',
    width: '96px',
    cell: (each) => (
      <Pill tone={each.pays ? 'bad' : each.needsJudge ? 'warn' : 'good'}>
        {each.pays ? 'pays' : each.needsJudge ? 'needs judge' : 'no'}
      </Pill>
    ),
  },
];

const kinds = [
  { value: 'all', label: 'All answers' },
  ...AnswerType.options.map((value) => ({ value, label: value })),
];

const setSearch = (q: string) => adjust({ params: { q, row: null } });

export function AttacksTab() {
  const params = useRoute((route) => route.params);
  const suites = useSuites();
  const suite = findSuite(suites.data, params.suite ?? null);
  const report = useQuery(
    'rewards.attack',
    { suite: suite ? keyOf(suite) : '' },
    { enabled: suite !== undefined },
  );
  const order = orderIn(params.order);
  const [, setRange] = useState<readonly [number, number]>([0, 0]);
  const onRange = useCallback((first: number, last: number) => setRange([first, last]), []);
  const outcomes = report.data?.outcomes ?? [];
  const words = (params.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const shown = inOrder(
    outcomes.filter(
      (each) =>
        (!params.type || each.answerType === params.type) &&
        (params.pays !== 'yes' || each.pays) &&
        words.every((word) => each.title.toLowerCase().includes(word)),
    ),
    order,
  );
  const selected = Math.min(Number(params.row ?? 0), Math.max(0, shown.length - 1));
  const select = (index: number) => adjust({ params: { row: String(index) } });
  const search = useRef<(() => void) | null>(null);
  useListKeys({ total: shown.length, selected, select, search });
  const open = shown[selected];
  return (
    <>
      <div className={classNames(screen.bar, styles.bar)}>
        <Select
          label="Suite"
          className={styles.suite}
          options={suiteOptions(suites.data)}
          value={suite ? keyOf(suite) : null}
          onChange={(key) => adjust({ params: { suite: key, row: null } })}
        />
        <SearchField
          label="Search attacks"
          value={params.q ?? ''}
          onChange={setSearch}
          focusRef={search}
          className={styles.search}
        />
        <Select
          label="Kind of answer"
          options={kinds}
          value={params.type ?? 'all'}
          onChange={(type) => adjust({ params: { type: type === 'all' ? null : type, row: null } })}
        />
        <Segmented
          label="Which attacks"
          options={[
            { value: 'all', label: 'All' },
            { value: 'yes', label: 'That pay' },
          ]}
          value={params.pays === 'yes' ? 'yes' : 'all'}
          onChange={(next) => adjust({ params: { pays: next === 'yes' ? next : null, row: null } })}
        />
        {report.data && !report.isFetching && <Summary {...report.data.summary} />}
      </div>
      <div className={classNames(screen.panes, styles.panes)}>
        <div className={screen.pane}>
          {(report.error ?? suites.error) ? (
            <ErrorCard
              what="The attacks could not be tried"
              error={(report.error ?? suites.error) as Error}
              act={<Button onClick={() => void report.refetch()}>Try again</Button>}
            />
          ) : report.isFetching ? (
            suite && <Trying suite={suite} />
          ) : report.data && shown.length === 0 ? (
            <EmptyState icon={ShieldCheck} title={params.pays === 'yes' ? 'None pays' : 'No attack here'}>
              {params.pays === 'yes'
                ? 'No attack of this list earns as much as the honest answer under this suite.'
                : 'None matches the filter, or the suite does not judge answers of this kind.'}
            </EmptyState>
          ) : (
            <VirtualTable
              label="Attacks"
              total={shown.length}
              rowAt={(index) => shown[index]}
              columns={columns}
              rowHeight={44}
              selected={shown.length > 0 ? selected : null}
              onSelect={select}
              onRange={onRange}
              sort={{
                ...order,
                columns: ['title', 'type', 'honest', 'hack', 'margin'],
                onSort: (column) => adjust({ params: { order: pressed(order, column), row: null } }),
              }}
            />
          )}
        </div>
        <aside className={classNames(screen.reading, styles.reading)} aria-label="The attack">
          {open && suite && !report.isFetching && <AttackPane attack={open} suite={suite} />}
        </aside>
      </div>
    </>
  );
}

/** How far the core is; a suite with a function in Python takes a moment. */
function Trying({ suite }: { suite: SuiteInfo }) {
  const activities = useQuery('lab.activities', {});
  const work = activities.data?.find(
    ({ about, title }) => about?.id === 'attacks' && title.endsWith(` ${keyOf(suite)}`),
  );
  if (!work) return null;
  return (
    <div className={styles.trying}>
      <p>{`Trying every attack on ${titleOf(suite)}…`}</p>
      <Progress
        label="Trying the attacks"
        done={work.done}
        total={work.total}
        leftMs={work.leftMs}
        unit=" completions"
      />
      <Button kind="quiet" onClick={() => void runCommand('lab.cancel', { id: work.id })}>
        Stop
      </Button>
    </div>
  );
}

function Summary({ tried, pays, needJudge, skipped }: AttackReport['summary']) {
  return (
    <span className={classNames(screen.count, styles.summary)}>
      <Pill tone={pays > 0 ? 'bad' : 'good'}>{`${formatCount(pays)} of ${formatCount(tried)} pay`}</Pill>
      {needJudge > 0 && <small>{`${formatCount(needJudge)} only a judge stops`}</small>}
      {skipped > 0 && <small>{`${formatCount(skipped)} not judged by it`}</small>}
    </span>
  );
}
