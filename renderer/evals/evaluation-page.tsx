// One evaluation: its figures with intervals, by domain, and every completion with how it was read.
import { Pause, Play } from 'lucide-react';
import type { Evaluation } from '../../core/contract/evals.ts';
import { ActionButton } from '../action-button.tsx';
import { useCommand, useQuery } from '../queries.ts';
import { go } from '../route.ts';
import { Button } from '../ui/button.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatCount, formatEnd, formatLeft, joinPieces } from '../ui/format.ts';
import { PageHead } from '../ui/page-head.tsx';
import { Pill } from '../ui/pill.tsx';
import { ProgressBar } from '../ui/progress.tsx';
import screen from '../ui/screen.module.css';
import { useNow } from '../ui/use-now.ts';
import { useHandler } from '../view.ts';
import { CompletionBrowser } from './completion-browser.tsx';
import { EvaluationFigures } from './evaluation-figures.tsx';
import styles from './evaluation-page.module.css';
import { evaluationStateInWords, evaluationTone } from './evaluation-state.ts';

export function EvaluationPage({ id }: { id: string }) {
  const evaluation = useQuery('evals.get', { id });
  useHandler('item.close', () => go('evaluate'));
  if (evaluation.error)
    return (
      <>
        <PageHead crumb="Evaluate" onUp={() => go('evaluate')} title="An evaluation that cannot be shown" />
        <div className={screen.scroll}>
          <ErrorCard what={`The evaluation ${id} could not be read`} error={evaluation.error} />
        </div>
      </>
    );
  if (!evaluation.data) return <PageHead crumb="Evaluate" onUp={() => go('evaluate')} title="…" />;
  return (
    <>
      <EvaluationHead evaluation={evaluation.data} />
      <EvaluationFigures evaluation={evaluation.data} />
      <CompletionBrowser evaluation={evaluation.data} />
    </>
  );
}

function EvaluationHead({ evaluation }: { evaluation: Evaluation }) {
  const { id, state } = evaluation;
  const now = useNow();
  const pause = useCommand('evals.pause');
  const resume = useCommand('evals.resume');
  const running = state === 'running';
  const turn = () => (running ? pause : resume).mutate({ id });
  useHandler('evaluate.pause', state === 'done' ? undefined : turn);
  const failed = pause.error ?? resume.error;
  return (
    <>
      <PageHead
        crumb="Evaluate"
        onUp={() => go('evaluate')}
        title={evaluation.name}
        state={
          <>
            <Pill tone={evaluationTone(state)} live={running}>
              {evaluationStateInWords(state)}
            </Pill>
            <span>{newsOf(evaluation, now)}</span>
          </>
        }
        acts={
          state === 'done' ? (
            <Button onClick={() => go('compare', { params: { right: id } })}>Compare with…</Button>
          ) : (
            <ActionButton
              action="evaluate.pause"
              icon={running ? Pause : Play}
              busy={pause.isPending || resume.isPending}
            >
              {running ? 'Pause' : 'Go on'}
            </ActionButton>
          )
        }
      />
      {state !== 'done' && (
        <ProgressBar
          label={evaluation.name}
          done={evaluation.done}
          total={evaluation.total}
          className={styles.progress}
        />
      )}
      {(evaluation.error || failed) && (
        <div className={screen.bar}>
          {evaluation.error && (
            <ErrorCard
              what={`It stopped after ${evaluation.done} of ${evaluation.total} questions; what was answered is kept`}
              error={new Error(evaluation.error)}
            />
          )}
          {failed && <ErrorCard what="That could not be done" error={failed} />}
        </div>
      )}
    </>
  );
}

function newsOf(evaluation: Evaluation, now: number): string {
  const { done, total, createdAt, endedAt } = evaluation;
  const going = evaluation.state === 'running' && done > 0;
  return joinPieces(
    `${formatCount(done)} of ${formatCount(total)} questions`,
    evaluation.tokensPerSecond !== null && `${formatCount(evaluation.tokensPerSecond)} tokens/s`,
    endedAt !== null && formatEnd(endedAt, evaluation.recorded, now),
    going && formatLeft(((now - createdAt) / done) * (total - done)),
  );
}
