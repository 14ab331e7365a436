// A run that was cut goes on as another attempt in the same job folder: whether it can, from which step, and back into the queue.
// Used by jobs.ts, drive.ts and queries.ts.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import { CoreError } from '../contract/errors.ts';
import { trainingNothing } from '../contract/job-kinds.ts';
import { momentInWords } from '../contract/moment.ts';
import { hasAdapter, tracesAtHome } from './artifacts.ts';
import { voided } from './attempts.ts';
import type { JobsDeps, RunHost } from './deps.ts';
import { logName } from './events.ts';
import { hostFor } from './launch.ts';
import { attemptOf, type JobRecord, jobRecord, transition } from './records.ts';
import { toldStages } from './stages.ts';
import { isTerminal } from './states.ts';
import { claimPath, isAnyoneAlive, readTraces } from './vigil.ts';

const Step = z.object({ seq: z.int(), step: z.int() });
const Line = z.object({ seq: z.int() });

/** Failures that another attempt would only repeat, by class. */
const repeating: Readonly<Record<string, string>> = {
  spec: 'The same spec would be refused again. Start a new run with what is named changed.',
  numerics:
    'It would go on exactly as it was, to the same numbers. Start a new run, with a lower learning rate for example.',
  'nothing-kept':
    'It would draw the same completions and keep none of them. Start a new run, with more samples or a lower bar.',
};
const finished = 'Its trainer has finished in good order';

/**
 * Why a run that has ended is over for good, which leaves a tombstone on the host: its trainer has said that it is done, or would
 * fail in the same way again. Null where another attempt can go on.
 */
export function whyOver(catalog: Catalog, id: string, failureClass: string | null): string | null {
  const told = sql`SELECT seq FROM job_events WHERE job = ${id} AND kind = 'done' LIMIT 1`;
  if (catalog.get(Line, told)) return `${finished}${whatToDoWith(catalog, id)}`;
  return repeating[failureClass ?? ''] ?? null;
}

/** How the sentence about a finished run goes on: what there is to train upon, or from. */
function whatToDoWith(catalog: Catalog, id: string): string {
  if (hasAdapter(catalog, id)) return '. To train on, start a new run upon what it has published.';
  if (tracesAtHome(catalog, id))
    return '. To learn from its traces, start a new run of SFT with the id of this one as data.';
  return trainingNothing.includes(jobRecord(catalog, id).kind)
    ? '.'
    : ' and has left no adapter to go on from. To train, start a new run.';
}

/** Of a run that has ended: the step after which another attempt goes on (0: from the start), and the same in words. */
export async function resumption(
  deps: JobsDeps,
  job: JobRecord,
): Promise<{ resumesAfter: number | null; next: string }> {
  const nothing = { resumesAfter: null, next: '' };
  if (!isTerminal(job.state) || job.recorded === 1) return nothing;
  const why = await whyNot(deps, job);
  // One that has ended in good order has nothing to explain.
  if (why !== null)
    return job.failure_class === null ? nothing : { ...nothing, next: `It cannot be resumed. ${why}` };
  const step = keptSteps(deps.catalog, job);
  const from =
    step > 0
      ? `goes on after ${stepInWords(deps.catalog, job, step)}`
      : 'starts over: nothing is saved to go on from';
  return { resumesAfter: step, next: `It can be resumed, and ${from}.` };
}

/** It has ended, and no other attempt can go on. */
export async function isFinal(deps: JobsDeps, id: string): Promise<boolean> {
  const job = jobRecord(deps.catalog, id);
  return isTerminal(job.state) && (await resumption(deps, job)).resumesAfter === null;
}

/** Kinds that keep each batch of answers instead of writing checkpoints. After a restart they tell of the last one again. */
const keepingAnswers: readonly string[] = ['rejection', 'generate', 'evaluate'];

/** How many steps are on the disk, as far as the log has told: by the last checkpoint, by finished stages, by answers. */
function keptSteps(catalog: Catalog, job: JobRecord): number {
  const stages = toldStages(catalog, job.id);
  const current = stages.at(-1)?.state === 'done' ? undefined : (stages.at(-1)?.kind ?? job.kind);
  if (current && keepingAnswers.includes(current)) return Math.max(0, job.step - 1);
  const isVoid = voided(catalog, job.id);
  const checkpoint = catalog
    .all(
      Step,
      sql`SELECT seq, json_extract(body, '$.step') AS step FROM job_events WHERE job = ${job.id} AND kind = 'checkpoint'
          AND json_type(body, '$.step') = 'integer' ORDER BY seq DESC`,
    )
    .find((line) => !isVoid(line));
  const stagesDone = stages.filter(({ state }) => state === 'done').map((s) => s.firstStep + s.steps);
  return Math.max(0, checkpoint?.step ?? 0, ...stagesDone);
}

/** Nobody of a run lives that is not known to be over, or its end is known and it is on its way home: waiting is worth it. */
export async function isEnding(deps: JobsDeps, id: string): Promise<boolean> {
  const job = jobRecord(deps.catalog, id);
  if (job.state !== 'RUNNING' && job.state !== 'STOPPING') return job.state === 'SYNCING';
  const host = hostFor(deps, job.host);
  const traces = await readTraces(host, host.path(job.folder), attemptOf(deps.catalog, id));
  return !(await isAnyoneAlive(host, traces));
}

/** "step 4 of 12"; of a program "sft · step 4 of 10", where a stage is finished "the stage grpo": its steps have a count of their own. */
function stepInWords(catalog: Catalog, job: JobRecord, step: number): string {
  const stages = toldStages(catalog, job.id);
  const finished = stages.findLast((s) => s.state === 'done' && s.firstStep + s.steps === step);
  if (finished) return `the stage ${finished.id}`;
  const stage = stages.findLast(({ firstStep }) => firstStep < step);
  if (!stage) return momentInWords({ stage: null, step, steps: job.total_steps });
  return momentInWords({ stage: stage.id, step: step - stage.firstStep, steps: stage.steps });
}

/** Back into the queue; returns the step after which it goes on. Throws `conflict` with the reason where it cannot. */
export async function requeue(deps: JobsDeps, id: string): Promise<number> {
  const job = jobRecord(deps.catalog, id);
  const refuse = (why: string) =>
    new CoreError('conflict', `The run "${job.name}" cannot be resumed. ${why}`, { id });
  if (job.recorded === 1) throw refuse('It was recorded on another machine; its files are not here.');
  if (!isTerminal(job.state)) throw refuse(`It is not over (${job.state}).`);
  const why = await whyNot(deps, job);
  if (why !== null) throw refuse(why);
  const step = keptSteps(deps.catalog, job);
  const from = step > 0 ? `to go on after ${stepInWords(deps.catalog, job, step)}` : 'to start over';
  const moved = transition(deps.catalog, id, job.state, {
    to: 'QUEUED',
    at: deps.now(),
    reason: `A person asked it ${from}.`,
  });
  if (!moved) throw refuse('It is going on already.');
  return step;
}

/** Why no other attempt can follow one that has ended, by what its host has of it, too; null where one can. */
async function whyNot(deps: JobsDeps, job: JobRecord): Promise<string | null> {
  const over = whyOver(deps.catalog, job.id, job.failure_class);
  if (over !== null) return over;
  const host = deps.hosts.host(job.host);
  if (!host) return `The host "${job.host}" is not known here.`;
  // Earlier versions left one of every run that had ended, and the shim starts none that has one.
  if (await host.exists(host.path('tombstones', job.id)))
    return 'An earlier version closed it for good when it ended. Start a new run.';
  if (await isInItsFolder(deps.catalog, host, job)) return null;
  return `Its job folder ${host.path(job.folder)} was moved or emptied. Start a new run.`;
}

/** What it has told and the claim of its last attempt lie there; the folder of one that was never launched is made anew. */
async function isInItsFolder(catalog: Catalog, host: RunHost, job: JobRecord): Promise<boolean> {
  const folder = host.path(job.folder);
  const attempt = attemptOf(catalog, job.id);
  if (attempt > 0 && !(await host.exists(claimPath(folder, attempt)))) return false;
  if (job.log_uuid === null) return true;
  const head = await host.read(`${folder}/events.jsonl`, 0, 4096);
  return head !== null && logName(head.bytes) === job.log_uuid;
}
