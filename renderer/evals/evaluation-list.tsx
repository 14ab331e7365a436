// Which model answers best? One table per set of questions, accuracy with its interval, and two to compare.
import { Gauge, Plus, Scale } from 'lucide-react';
import { useState } from 'react';
import { ActionButton } from '../action-button.tsx';
import { useQuery } from '../queries.ts';
import { go } from '../route.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { PageHead } from '../ui/page-head.tsx';
import screen from '../ui/screen.module.css';
import { useHandler } from '../view.ts';
import { EvaluationMatrix } from './evaluation-matrix.tsx';
import { choosePair, groupEvaluations } from './matrix.ts';

export function EvaluationList() {
  const evaluations = useQuery('evals.list', {});
  const sources = useQuery('datasets.list', {});
  const [chosen, setChosen] = useState<string[]>([]);
  const groups = groupEvaluations(evaluations.data ?? []);
  const compare = () => {
    const order = groups.flatMap((group) => group.evaluations.map((each) => each.id));
    const [left, right] = [...chosen].sort((a, b) => order.indexOf(a) - order.indexOf(b));
    if (left && right) go('compare', { params: { left, right } });
  };
  useHandler('evaluate.compare', chosen.length === 2 ? compare : undefined);
  const sourceName = (id: string) => {
    const source = sources.data?.find((each) => each.id === id);
    return source ? `${source.dataset} · ${source.split}` : id;
  };
  return (
    <>
      <PageHead
        crumb="Evaluate"
        title="Which model answers best?"
        acts={
          <>
            <ActionButton
              action="evaluate.compare"
              icon={Scale}
              reason={chosen.length === 2 ? undefined : 'Tick two evaluations of the same questions first.'}
            >
              Compare two
            </ActionButton>
            <ActionButton action="evaluate.new" kind="primary" icon={Plus} />
          </>
        }
      />
      <div className={`${screen.scroll} ${screen.stack}`}>
        {evaluations.error && (
          <ErrorCard what="The evaluations could not be listed" error={evaluations.error} />
        )}
        {evaluations.data?.length === 0 && (
          <EmptyState
            icon={Gauge}
            title="Nothing was measured yet"
            act={<ActionButton action="evaluate.new" />}
          >
            An evaluation asks a model held-out questions on this machine and keeps every answer with how it
            was read.
          </EmptyState>
        )}
        {groups.map((group) => (
          <EvaluationMatrix
            key={group.sourceId}
            group={group}
            title={sourceName(group.sourceId)}
            chosen={chosen}
            onChoose={(id) => setChosen((now) => choosePair(now, id))}
          />
        ))}
      </div>
    </>
  );
}
