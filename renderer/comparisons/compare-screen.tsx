// Compare: two evaluations on the same questions, what was gained and lost, whether chance explains it, and both answers side by side.
import { ArrowRightLeft, Scale } from 'lucide-react';
import type { Evaluation } from '../../core/contract/evals.ts';
import { ActionButton } from '../action-button.tsx';
import { useQuery } from '../queries.ts';
import { adjust, useRoute } from '../route.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatPercent } from '../ui/format.ts';
import { PageHead } from '../ui/page-head.tsx';
import screen from '../ui/screen.module.css';
import { Select } from '../ui/select.tsx';
import styles from './compare-screen.module.css';
import { ComparisonView } from './comparison-view.tsx';
import { defaultPair } from './default-pair.ts';

export function CompareScreen() {
  const evaluations = useQuery('evals.list', {});
  const params = useRoute((route) => route.params);
  const done = (evaluations.data ?? []).filter((each) => each.state === 'done');
  const { left, right } = defaultPair(done, params.left, params.right);
  const choose = (change: { left?: string; right?: string }) =>
    adjust({
      params: { left: left?.id ?? null, right: right?.id ?? null, row: null, domain: null, ...change },
    });
  return (
    <>
      <PageHead
        crumb="Compare"
        title="What was gained, and what was lost?"
        acts={
          done.length > 1 && (
            <div className={styles.pair}>
              <EvaluationSelect
                label="Left"
                options={done}
                value={left?.id ?? null}
                onChange={(id) => choose({ left: id })}
              />
              <ActionButton action="compare.swap" kind="quiet" icon={ArrowRightLeft}>
                Swap
              </ActionButton>
              <EvaluationSelect
                label="Right"
                options={done.filter((each) => !left || each.sourceId === left.sourceId)}
                value={right?.id ?? null}
                onChange={(id) => choose({ right: id })}
              />
            </div>
          )
        }
      />
      {evaluations.error && (
        <div className={screen.scroll}>
          <ErrorCard what="The evaluations could not be listed" error={evaluations.error} />
        </div>
      )}
      {evaluations.data && (!left || !right) && (
        <EmptyState
          icon={Scale}
          title="Two finished evaluations are needed"
          act={<ActionButton action="evaluate.new" kind="primary" />}
        >
          Measure a base and its adapter on the same held-out questions; here you read what changed, row by
          row.
        </EmptyState>
      )}
      {left && right && <ComparisonView key={`${left.id}${right.id}`} left={left.id} right={right.id} />}
    </>
  );
}

interface EvaluationSelectProps {
  label: string;
  options: readonly Evaluation[];
  value: string | null;
  onChange(id: string): void;
}

function EvaluationSelect({ label, options, value, onChange }: EvaluationSelectProps) {
  return (
    <Select
      label={label}
      className={styles.select}
      options={options.map((each) => ({
        value: each.id,
        label: each.name,
        detail: each.accuracy ? `${formatPercent(each.accuracy.share)} % of ${each.accuracy.n}` : undefined,
      }))}
      value={value}
      onChange={onChange}
    />
  );
}
