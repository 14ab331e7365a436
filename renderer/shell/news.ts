// Tells when long work ended, wherever the person is now: a run or an evaluation that was going on and is not any more.
import { useEffect, useRef } from 'react';
import type { Evaluation } from '../../core/contract/evals.ts';
import type { Job, JobState } from '../../core/contract/jobs.ts';
import { useQuery } from '../queries.ts';
import { go, useRoute } from '../route.ts';
import { isEnded, runStepInWords } from '../run-state.ts';
import { formatPercent, joinPieces } from '../ui/format.ts';
import { tell } from '../ui/toast.tsx';

interface Watched {
  id: string;
  state: string;
}

/** Calls back for each object that was in a `going` state at the last look and is in another one now. */
function useEnded<T extends Watched>(
  objects: readonly T[] | undefined,
  going: (state: string) => boolean,
  onEnd: (object: T) => void,
): void {
  const before = useRef<Map<string, string> | null>(null);
  useEffect(() => {
    if (!objects) return;
    for (const object of objects) {
      const was = before.current?.get(object.id);
      if (was !== undefined && going(was) && !going(object.state)) onEnd(object);
    }
    before.current = new Map(objects.map((object) => [object.id, object.state]));
  }, [objects, going, onEnd]);
}

const isGoingRun = (state: string) => !isEnded(state as JobState);
const isGoingEvaluation = (state: string) => state === 'running';

export function useEndNews(): void {
  const runs = useQuery('jobs.list', {});
  const evaluations = useQuery('evals.list', {});
  useEnded(runs.data, isGoingRun, tellRun);
  useEnded(evaluations.data, isGoingEvaluation, tellEvaluation);
}

function tellRun(run: Job): void {
  if (useRoute.getState().id === run.id) return;
  const good = run.state === 'DONE' || run.state === 'STOPPED';
  tell({
    title: good ? 'A run has ended' : 'A run has failed',
    detail: run.failure ? `${run.name}: ${run.failure.message}` : joinPieces(run.name, runStepInWords(run)),
    tone: good ? 'good' : 'bad',
    act: { title: 'Open the run', run: () => go('train', { id: run.id }) },
  });
}

function tellEvaluation(evaluation: Evaluation): void {
  if (evaluation.state === 'paused' || useRoute.getState().id === evaluation.id) return;
  const { accuracy } = evaluation;
  tell({
    title: evaluation.state === 'done' ? 'An evaluation is finished' : 'An evaluation has failed',
    detail: accuracy
      ? `${evaluation.name}: ${formatPercent(accuracy.share)} % correct, n ${accuracy.n}`
      : (evaluation.error ?? evaluation.name),
    tone: evaluation.state === 'done' ? 'good' : 'bad',
    act: { title: 'Open the results', run: () => go('evaluate', { id: evaluation.id }) },
  });
}
