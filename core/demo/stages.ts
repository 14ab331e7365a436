// The stages of the demo, one after the other; what an earlier core finished is not done again. Called by demo.ts.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Activities, Work } from '../catalog/activities.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Changes } from '../catalog/changes.ts';
import type { Comparison, PairRow } from '../contract/comparisons.ts';
import {
  type CheckpointId,
  checkpointNames,
  type Demo,
  type DemoCheckpoint,
  type DemoResult,
  type DemoStage,
} from '../contract/demo.ts';
import { CoreError } from '../contract/errors.ts';
import type { Evaluation } from '../contract/evals.ts';
import type { Job } from '../contract/jobs.ts';
import type { RunArtifact, Series } from '../contract/run-views.ts';
import { withCheckpoint } from './checkpoints.ts';
import { meaningOf } from './meaning.ts';
import { writeReport } from './report.ts';
import { type Answer, type Answered, bestOf, type Statistics, scoresOf } from './table.ts';

/** What the demo asks of the other features; create-core wires it. */
export interface DemoDeps {
  catalog: Catalog;
  changes: Changes;
  activities: Activities;
  now: () => number;
  reportFolder: string;
  /** The embedded tiny model with its questions and tasks, imported when the lab lacks them. */
  prepare(): Promise<Prepared>;
  newId(): string;
  /** The same id a second time starts nothing. */
  evaluate(input: {
    id: string;
    modelId: string;
    adapterId?: string;
    sourceId: string;
    name: string;
  }): Promise<unknown>;
  evaluationEnded(id: string, signal: AbortSignal): Promise<Evaluation>;
  pauseEvaluation(id: string): Promise<unknown>;
  answers(evaluationId: string): Promise<Answer[]>;
  /** The same id a second time starts nothing. */
  launch(input: { id: string; seed: number } & Omit<Prepared, 'heldOut'>): Promise<unknown>;
  run(id: string): Promise<Job>;
  runEnded(id: string, signal: AbortSignal): Promise<Job>;
  stopRun(id: string): Promise<unknown>;
  /** Whether a rule of its own has ended a run, not a person. */
  endedByRule(id: string): Promise<boolean>;
  /** Adapters that a run has published, oldest first, with what became of them. */
  adapters(jobId: string): Promise<Pick<RunArtifact, 'name' | 'state' | 'reason' | 'modelId'>[]>;
  statistics: Statistics;
  compare(left: string, right: string): Promise<Comparison>;
  examples(left: string, right: string): Promise<PairRow[]>;
  curves(jobId: string): Promise<Series[]>;
}

export interface Prepared {
  baseId: string;
  trainSourceId: string;
  /** Traces of open tasks, as a file. */
  traces: string;
  /** Ids of the sources that the evaluations ask. */
  heldOut: { tasks: string; open: string };
}

/** Stops what of these is going on; what is over already, or not there yet, needs no stopping. */
export async function stopWork(
  deps: Pick<DemoDeps, 'stopRun' | 'pauseEvaluation'>,
  what: { jobId?: string | null; evalId?: string | null },
): Promise<void> {
  try {
    if (what.evalId) await deps.pauseEvaluation(what.evalId);
    if (what.jobId) await deps.stopRun(what.jobId);
  } catch (error) {
    if (error instanceof CoreError && (error.code === 'conflict' || error.code === 'not-found')) return;
    throw error;
  }
}

const fieldOf = { tasks: 'tasksEvalId', open: 'openEvalId' } as const;
const sets = ['tasks', 'open'] as const;

/** One stage after the other; what a previous core finished is not done again. Rejects when `work` is stopped. */
export async function runStages(
  deps: DemoDeps,
  demo: Demo,
  work: Work,
  update: (change: Partial<Demo>) => Demo,
): Promise<void> {
  let now = demo;
  const change = (part: Partial<Demo>) => {
    now = update(part);
  };
  const enter = (stage: DemoStage, text: string) => {
    work.signal.throwIfAborted();
    work.phase(text, null);
    change({ stage });
  };
  /**
   * Its id is written down first: a core that dies while it begins something must find it again, not begin a second one. What
   * was begun while a person stopped the demo is stopped; a core that closes leaves it to the next one.
   */
  const begin = async (
    known: string | null,
    note: (id: string | null) => Partial<Demo>,
    start: (id: string) => Promise<unknown>,
    begun: (id: string) => Parameters<typeof stopWork>[1],
  ): Promise<string> => {
    const id = known ?? deps.newId();
    change(note(id));
    try {
      await start(id);
    } catch (error) {
      change(note(null));
      throw error;
    }
    if (work.signal.aborted && update({}).state === 'stopped') await stopWork(deps, begun(id));
    work.signal.throwIfAborted();
    return id;
  };
  const evaluate = async ({ id, adapterId, ...evals }: DemoCheckpoint): Promise<void> => {
    for (const set of sets) {
      const field = fieldOf[set];
      const evalId = await begin(
        evals[field],
        (value) => ({ checkpoints: withCheckpoint(now, id, { [field]: value }) }),
        (value) =>
          deps.evaluate({
            id: value,
            modelId: prepared.baseId,
            ...(adapterId === null ? {} : { adapterId }),
            sourceId: prepared.heldOut[set],
            name: `${checkpointNames[id]}, ${set === 'tasks' ? 'questions' : 'open tasks'}, demo seed ${demo.seed}`,
          }),
        (value) => ({ evalId: value }),
      );
      await ended(deps, evalId, work.signal);
    }
  };

  enter('prepare', 'getting base model, questions and tasks ready');
  const prepared = await deps.prepare();

  enter('evaluate-base', 'the base answers held-out questions');
  await evaluate(now.checkpoints.find(({ id }) => id === 'base')!);

  enter('train', 'starting the trainer');
  const { heldOut: _, ...trained } = prepared;
  const jobId = await begin(
    now.jobId,
    (id) => ({ jobId: id }),
    (id) => deps.launch({ id, seed: demo.seed, ...trained }),
    (id) => ({ jobId: id }),
  );
  await programEnded(deps, jobId, work);
  change({ checkpoints: withAdapters(now, await arrivedAdapters(deps, jobId, work.signal)) });

  enter('evaluate', 'each checkpoint answers the same questions');
  for (const { id } of now.checkpoints)
    if (id !== 'base') await evaluate(now.checkpoints.find((each) => each.id === id)!);

  enter('report', 'writing the report');
  const result = await measured(deps, now);
  const { left, right } = result.comparison;
  const reportPath = await writeReport(deps.reportFolder, {
    demo: now,
    ...result,
    curves: await deps.curves(jobId),
    examples: await deps.examples(left.id, right.id),
  });
  update({ stage: 'done', state: 'done', reportPath, endedAt: deps.now() });
}

/** What a demo whose evaluations are done has shown. Throws `conflict` for one without them. */
export async function measured(
  deps: Pick<DemoDeps, 'answers' | 'compare' | 'statistics'>,
  { checkpoints }: Demo,
): Promise<Pick<DemoResult, 'checkpoints' | 'best' | 'shown' | 'comparison' | 'meaning'>> {
  const answered: Answered[] = [];
  for (const { id, tasksEvalId, openEvalId } of checkpoints)
    if (tasksEvalId !== null)
      answered.push({
        id,
        tasks: await deps.answers(tasksEvalId),
        open: openEvalId === null ? null : await deps.answers(openEvalId),
      });
  const evalOf = (id: CheckpointId) => checkpoints.find((each) => each.id === id)?.tasksEvalId;
  const base = evalOf('base');
  if (!base || answered.length < 2)
    throw new CoreError('conflict', 'The demo has not measured its base and one checkpoint more.');
  const best = bestOf(deps.statistics, answered);
  const shown = best.id === 'base' ? 'grpo' : best.id;
  const scores = scoresOf(deps.statistics, answered);
  return {
    checkpoints: scores,
    best,
    shown: { id: shown, name: checkpointNames[shown] },
    comparison: await deps.compare(base, evalOf(shown)!),
    meaning: meaningOf(scores),
  };
}

type Published = Awaited<ReturnType<DemoDeps['adapters']>>;

/** Waits for those that are still on their way: a run is done when its last one is home. */
async function arrivedAdapters(deps: DemoDeps, jobId: string, signal: AbortSignal): Promise<Published> {
  for (;;) {
    const adapters = await deps.adapters(jobId);
    if (adapters.every(({ state }) => state !== 'announced')) return adapters;
    await sleep(500, undefined, { signal });
  }
}

/**
 * Each stage's last adapter. A stage that its guard has ended before anything was worth keeping has published none, and is no
 * checkpoint. Throws `conflict` when one that was published is not home, and when GRPO has none: then there is nothing to show.
 */
function withAdapters(demo: Demo, adapters: Published): DemoCheckpoint[] {
  const seeRun = `The run's page says more: \`npx forethought jobs get ${demo.jobId}\`.`;
  return demo.checkpoints.flatMap((checkpoint) => {
    if (checkpoint.id === 'base') return checkpoint;
    const adapter = adapters.findLast(({ name }) => name.startsWith(`${checkpoint.id}-`));
    if (adapter?.state === 'home' && adapter.modelId) return { ...checkpoint, adapterId: adapter.modelId };
    if (adapter)
      throw new CoreError(
        'conflict',
        `The adapter ${adapter.name} did not come home: ${adapter.reason ?? adapter.state}. ${seeRun}`,
      );
    if (checkpoint.id !== 'grpo') return [];
    throw new CoreError('conflict', `GRPO published no adapter. ${seeRun}`);
  });
}

async function ended(deps: DemoDeps, id: string, signal: AbortSignal): Promise<void> {
  const evaluation = await deps.evaluationEnded(id, signal);
  if (evaluation.state !== 'done')
    throw new CoreError(
      'conflict',
      `The evaluation "${evaluation.name}" is ${evaluation.state}: ${evaluation.error ?? 'it was paused'}.`,
    );
}

/** Waits for the run while its steps become the demo's progress. Throws `conflict` when it did not come to its end. */
async function programEnded(deps: DemoDeps, jobId: string, work: Work): Promise<void> {
  let phase = '';
  const timer = setInterval(async () => {
    const job = await deps.run(jobId).catch(() => null); // whether the run is there is told by runEnded
    if (job === null) return;
    const words = job.phase.replace(/:? ?step \d+ of \d+.*/, ''); // the count beside it tells the step of the whole
    if (words !== phase) {
      phase = words;
      work.phase(`training: ${phase || 'waiting for the trainer'}`, job.totalSteps || null);
    }
    work.advance(job.step);
  }, 500);
  try {
    const job = await deps.runEnded(jobId, work.signal);
    if (job.state !== 'DONE' && !(job.state === 'STOPPED' && (await deps.endedByRule(jobId))))
      throw new CoreError(
        'conflict',
        `The run "${job.name}" ended ${job.state}${job.failure ? ` (${job.failure.class}): ${job.failure.message}` : ''}. Its logs are on the Train screen and by: \`npx forethought jobs logs ${jobId}\`.`,
      );
  } finally {
    clearInterval(timer);
  }
}
