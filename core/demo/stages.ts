// The stages of the demo, one after the other; what an earlier core finished is not done again. Called by demo.ts.
import type { Activities, Work } from '../catalog/activities.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Changes } from '../catalog/changes.ts';
import type { Comparison, PairRow } from '../contract/comparisons.ts';
import type { Demo, DemoStage } from '../contract/demo.ts';
import { CoreError } from '../contract/errors.ts';
import type { Evaluation } from '../contract/evals.ts';
import type { Job } from '../contract/jobs.ts';
import type { Series } from '../contract/run-views.ts';
import { meaningOf } from './meaning.ts';
import { writeReport } from './report.ts';

/** What the demo asks of the other features; create-core wires it. */
export interface DemoDeps {
  catalog: Catalog;
  changes: Changes;
  activities: Activities;
  now: () => number;
  reportFolder: string;
  /** Base model and question pools of the embedded tiny model, imported when the lab lacks them. */
  prepare(): Promise<{ baseId: string; trainSourceId: string; heldOutSourceId: string }>;
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
  /** The same id a second time starts nothing. */
  launch(input: { id: string; baseId: string; sourceId: string; seed: number }): Promise<unknown>;
  run(id: string): Promise<Job>;
  runEnded(id: string, signal: AbortSignal): Promise<Job>;
  stopRun(id: string): Promise<unknown>;
  compare(left: string, right: string): Promise<Comparison>;
  examples(left: string, right: string): Promise<PairRow[]>;
  curves(jobId: string): Promise<Series[]>;
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

/** One stage after the other; what a previous core finished is not done again. Rejects when `work` is stopped. */
export async function runStages(
  deps: DemoDeps,
  demo: Demo,
  work: Work,
  update: (change: Partial<Demo>) => Demo,
): Promise<void> {
  const enter = (stage: DemoStage, text: string, total: number | null = null) => {
    work.signal.throwIfAborted();
    work.phase(text, total);
    return update({ stage });
  };
  /** What was begun while a person stopped the demo. A core that closes leaves it to the next one. */
  const endIfStopped = async (begun: Parameters<typeof stopWork>[1]) => {
    if (work.signal.aborted && update({}).state === 'stopped') await stopWork(deps, begun);
    work.signal.throwIfAborted();
  };
  /** Its id is written down first: a core that dies while it begins something must find it again, not begin a second one. */
  const begin = async (
    field: 'baseEvalId' | 'jobId' | 'adapterEvalId',
    start: (id: string) => Promise<unknown>,
  ): Promise<string> => {
    const id = now[field] ?? deps.newId();
    now = update({ [field]: id });
    try {
      await start(id);
    } catch (error) {
      update({ [field]: null });
      throw error;
    }
    await endIfStopped(field === 'jobId' ? { jobId: id } : { evalId: id });
    return id;
  };
  let now = enter('prepare', 'getting base model and questions ready');
  const { baseId, trainSourceId, heldOutSourceId } = await deps.prepare();

  now = enter('evaluate-base', 'the base answers held-out questions');
  const base = { modelId: baseId, sourceId: heldOutSourceId };
  const left = await begin('baseEvalId', (id) =>
    deps.evaluate({ id, ...base, name: `Base, demo seed ${demo.seed}` }),
  );
  await ended(deps, left, work.signal);

  now = enter('train', 'starting the trainer');
  const jobId = await begin('jobId', (id) =>
    deps.launch({ id, baseId, sourceId: trainSourceId, seed: demo.seed }),
  );
  const adapterId = now.adapterId ?? (await trained(deps, jobId, work));
  update({ adapterId });

  now = enter('evaluate-adapter', 'the adapter answers the same questions');
  const right = await begin('adapterEvalId', (id) =>
    deps.evaluate({ id, ...base, adapterId, name: `Base + GRPO adapter, demo seed ${demo.seed}` }),
  );
  await ended(deps, right, work.signal);

  now = enter('report', 'writing the report');
  const comparison = await deps.compare(left, right);
  const reportPath = await writeReport(deps.reportFolder, {
    demo: now,
    comparison,
    meaning: meaningOf(comparison),
    curves: await deps.curves(jobId),
    examples: await deps.examples(left, right),
  });
  update({ stage: 'done', state: 'done', reportPath: reportPath, endedAt: deps.now() });
}

async function ended(deps: DemoDeps, id: string, signal: AbortSignal): Promise<void> {
  const evaluation = await deps.evaluationEnded(id, signal);
  if (evaluation.state !== 'done')
    throw new CoreError(
      'conflict',
      `The evaluation "${evaluation.name}" is ${evaluation.state}: ${evaluation.error ?? 'it was paused'}.`,
    );
}

/** Waits for the run while its steps become the demo's progress; the id of the checked adapter. */
async function trained(deps: DemoDeps, jobId: string, work: Work): Promise<string> {
  let phase = '';
  const timer = setInterval(async () => {
    const job = await deps.run(jobId).catch(() => null); // whether the run is there is told by runEnded
    if (job === null) return;
    if (job.phase !== phase) {
      phase = job.phase;
      work.phase(`training: ${phase || 'waiting for the trainer'}`, job.totalSteps);
    }
    work.advance(job.step);
  }, 500);
  try {
    const job = await deps.runEnded(jobId, work.signal);
    if (job.state !== 'DONE' || !job.adapterId)
      throw new CoreError(
        'conflict',
        `The run "${job.name}" ended ${job.state}${job.failure ? ` (${job.failure.class}): ${job.failure.message}` : ''}. Its logs are on the Train screen and by: forethought jobs logs ${jobId}`,
      );
    return job.adapterId;
  } finally {
    clearInterval(timer);
  }
}
