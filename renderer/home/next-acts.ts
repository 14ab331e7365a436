// What a person should do next, from the state of the lab. Pure; the first act is the one Home offers as its button.
import type { Evaluation } from '../../core/contract/evals.ts';
import type { Job } from '../../core/contract/jobs.ts';
import type { LabStatus } from '../../core/contract/lab.ts';
import type { Model } from '../../core/contract/models.ts';
import { isEnded } from '../run-state.ts';
import { formatDuration, joinPieces } from '../ui/format.ts';

export interface NextAct {
  id: string;
  title: string;
  detail: string;
  button: string;
  /** What the button does: an act of the table, or a place. */
  to:
    | { action: string }
    | { dialog: 'import-data' | 'start-evaluation'; about: Readonly<Record<string, string>> }
    | {
        screen: 'train' | 'models' | 'evaluate' | 'compare';
        id?: string;
        params?: Readonly<Record<string, string>>;
      };
  /** Why it cannot be done now. */
  reason?: string;
}

export interface LabView {
  status: LabStatus;
  demoRunning: boolean;
  runs: readonly Job[];
  models: readonly Model[];
  evaluations: readonly Evaluation[];
  /** How long the recorded demo took from start to proof; null where none was recorded. */
  recordedMs: number | null;
}

const MOST = 3;

/** At most three, most useful first; empty only while the demo runs and nothing else waits. */
export function nextActs(lab: LabView): NextAct[] {
  const acts = [
    ...demo(lab),
    ...refusedAdapters(lab),
    ...pausedEvaluations(lab),
    ...unmeasuredAdapters(lab),
    ...unmeasuredBase(lab),
    ...uncompared(lab),
    ...watching(lab),
    ...questions(lab),
    ...anotherRun(lab),
  ];
  return acts.slice(0, MOST);
}

function demo({ status, demoRunning, runs, recordedMs }: LabView): NextAct[] {
  if (demoRunning || !(status.isSample || runs.length === 0)) return [];
  const act: NextAct = {
    id: 'demo',
    title: 'Run the demo on this machine',
    detail: `The tiny base goes through the whole recipe, and each checkpoint is measured. ${
      recordedMs === null ? 'It takes minutes.' : `The recording took ${formatDuration(recordedMs)}.`
    }`,
    button: 'Run the demo',
    to: { action: 'demo.start' },
  };
  if (!status.trainer.ready) {
    act.reason = [status.trainer.detail, status.trainer.fix].filter(Boolean).join(' ');
    act.detail = act.reason;
  }
  return [act];
}

function refusedAdapters({ models }: LabView): NextAct[] {
  return models
    .filter((model) => model.state === 'refused')
    .slice(0, 1)
    .map((model) => ({
      id: `refused-${model.id}`,
      title: `See why ${model.name} was refused`,
      detail: model.reason ?? 'One of its arrival checks failed.',
      button: 'Open the checks',
      to: { screen: 'models', id: model.id },
    }));
}

function pausedEvaluations({ evaluations }: LabView): NextAct[] {
  return evaluations
    .filter((each) => each.state === 'paused' || each.state === 'failed')
    .slice(0, 1)
    .map((each) => ({
      id: `paused-${each.id}`,
      title: `Go on with ${each.name}`,
      detail: `${each.state === 'failed' ? 'It failed' : 'Paused'} after ${each.done} of ${each.total} questions. ${each.error ?? 'What was answered is kept.'}`,
      button: 'Open',
      to: { screen: 'evaluate', id: each.id },
    }));
}

/** Of a run its result, which stands for what it made on its way; else any that a person brought in. The newest first. */
function unmeasuredAdapters({ models, evaluations, runs }: LabView): NextAct[] {
  const measured = new Set([
    ...evaluations.map((each) => each.adapterId),
    ...runs
      .filter(({ kind, state }) => kind === 'evaluate' && state === 'DONE')
      .map((run) => run.uponAdapterId),
  ]);
  const runOf = (model: Model) => runs.find(({ id }) => id === model.jobId);
  const isResult = (model: Model) => {
    const run = runOf(model);
    if (!run) return true;
    // A run that was lost names no result, and each of its adapters may be one; where all went well, none of them was the best.
    return (
      !isUnderWay(run) && (run.adapterId === model.id || (run.adapterId === null && run.failure !== null))
    );
  };
  return models
    .filter(
      (model) =>
        model.kind === 'adapter' && model.state === 'ready' && isResult(model) && !measured.has(model.id),
    )
    .toSorted((a, b) => b.createdAt - a.createdAt)
    .slice(0, 1)
    .map((model) => ({
      id: `measure-${model.id}`,
      title: `Evaluate ${model.name}`,
      detail: joinPieces(
        runOf(model)?.name,
        'It arrived and passed its checks, but nobody has measured it on held-out questions.',
      ),
      button: 'Evaluate',
      to: {
        dialog: 'start-evaluation',
        about: { modelId: model.parentId ?? '', adapterId: model.id },
      },
    }));
}

/** What it publishes now is not its result yet. */
const isUnderWay = (run: Job): boolean => !isEnded(run.state);

function unmeasuredBase({ models, evaluations, status }: LabView): NextAct[] {
  if (status.counts.sources === 0) return [];
  const measured = new Set(evaluations.filter((each) => each.adapterId === null).map((each) => each.modelId));
  return models
    .filter((model) => model.kind === 'base' && model.state === 'ready' && !measured.has(model.id))
    .slice(0, 1)
    .map((model) => ({
      id: `measure-${model.id}`,
      title: `Evaluate ${model.name}`,
      detail: 'Without a figure for the base nobody can tell what an adapter gains.',
      button: 'Evaluate',
      to: { dialog: 'start-evaluation', about: { modelId: model.id } },
    }));
}

function watching({ runs }: LabView): NextAct[] {
  return runs
    .filter((run) => run.state === 'RUNNING')
    .slice(0, 1)
    .map((run) => ({
      id: `watch-${run.id}`,
      title: `Watch ${run.name} learn`,
      detail: 'Its curves, its last rollouts with what they earned, and its log, as they come.',
      button: 'Open the run',
      to: { screen: 'train', id: run.id },
    }));
}

/** The newest two finished evaluations of different models on the same source. */
function uncompared({ evaluations }: LabView): NextAct[] {
  const done = evaluations.filter((each) => each.state === 'done' && each.accuracy !== null);
  const right = done.find((each) => each.adapterId !== null);
  const left =
    right && done.find((each) => each.sourceId === right.sourceId && each.adapterId !== right.adapterId);
  if (!left || !right) return [];
  return [
    {
      id: `compare-${left.id}-${right.id}`,
      title: `What did ${right.name} change?`,
      detail: 'The same questions with and without it: gained and lost answers, side by side.',
      button: 'Compare',
      to: { screen: 'compare', params: { left: left.id, right: right.id } },
    },
  ];
}

function questions({ status }: LabView): NextAct[] {
  const few = status.counts.sources === 0;
  return [
    {
      id: 'questions',
      title: few ? 'Bring in questions' : 'Bring in questions of your own',
      detail: 'gsm8k, ARC or your own rows, from a file or from the Hugging Face hub.',
      button: 'Import',
      to: { dialog: 'import-data', about: {} },
    },
  ];
}

function anotherRun({ status, runs }: LabView): NextAct[] {
  if (status.counts.runningRuns > 0) return [];
  return [
    {
      id: 'run',
      title: runs.length === 0 ? 'Start the first training run' : 'Train again with another seed',
      detail:
        runs.length === 0
          ? 'Choose a preset, a base and training questions; the run makes an adapter.'
          : 'One good run can be luck. A second seed shows whether it holds.',
      button: 'New run',
      to: { screen: 'train', id: 'new' },
    },
  ];
}
